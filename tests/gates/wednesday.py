"""A Wednesday with a little of everything in it, and one execution with a quarantined field."""

from datetime import date

from gates.kit import DAILY, Bench
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.etl import gates
from miyabi_dw.etl.batch import StageContext, make_stage
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from miyabi_dw.registry.declarations import load_declarations

WEDNESDAY = date(2026, 1, 14)
ROWS = {
    "issues": "(id, number, title, priority, issue_type, repository, created_at, updated_at, closed_at) VALUES"
    " (1, 1, 'one', 'P1', 'bug', 'r', '2026-01-13 03:00', '2026-01-14 06:00', '2026-01-14 06:00'),"
    " (2, 2, 'two', 'P2', 'task', 'r', '2026-01-14 03:00', '2026-01-14 03:00', NULL)",
    "agent_execution_logs": "(id, issue_id, agent_id, started_at, completed_at, execution_duration_ms,"
    " llm_tokens_input, llm_tokens_output, llm_cost_usd, success, created_at) VALUES"
    " (1, 1, 'CodeGen', '2026-01-14 03:00', '2026-01-14 03:01', 60000, 1000, 100, 0.25, true, '2026-01-14 03:00'),"
    " (2, 1, 'agent-review', '2026-01-14 04:00', '2026-01-14 04:01', 60001, 1000, 100, 0.000000001, true, '2026-01-14 04:00'),"
    " (3, NULL, 'nobody', '2026-01-14 05:00', '2026-01-14 05:01', NULL, NULL, NULL, NULL, NULL, '2026-01-14 05:00'),"
    " (4, 2, 'CodeGen', '2026-01-14 05:00', '2026-01-14 05:01', -5, 1, 1, 1, true, '2026-01-14 05:00')",
    "code_gen_tasks": "(id, issue_id, total_files_generated, total_lines_generated, clippy_warnings, fmt_issues,"
    " created_at, updated_at) VALUES (1, 1, 3, 100, 0, 0, '2026-01-14 03:00', '2026-01-14 05:00')",
    "deployment_pipelines": "(id, issue_id, deployment_status, infrastructure_cost_usd, environment, deployed_at, created_at)"
    " VALUES (1, 1, 'success', 1.5, 'production', '2026-01-14 07:00', '2026-01-14 06:30'),"
    " (2, 2, 'running', NULL, 'production', NULL, '2026-01-14 06:30')",
    "commits": "(id, issue_id, commit_sha, committed_at) VALUES"
    " (1, 1, repeat('a', 40), '2026-01-14 02:00'), (2, NULL, repeat('b', 40), '2026-01-14 02:30')",
    "label_history": "(id, issue_id, label_name, applied_at) VALUES (1, 1, 'priority:p0', '2026-01-14 02:00')",
}
# Of the execution with a quarantined field.
HOSTILE_MESSAGE = "UPDATE agent_execution_logs SET error_message = '<script>alert(1)</script> \u202e' WHERE id = 4"


def loaded(settings: Settings, day: date, last: date | None = None) -> Bench:
    """A run of the daily pipeline up to its facts."""
    stage = stage_of(settings, day, last)
    gates.check_source_contract(stage)
    extract(stage)
    transform(stage)
    gates.run_suites(stage, "conformed")
    load(stage)
    return Bench(stage)


def stage_of(settings: Settings, day: date, last: date | None = None) -> StageContext:
    zone = settings.business_zone
    interval = Interval(business_day(day, zone).start, business_day(last or day, zone).end)
    return make_stage(settings, load_declarations().find(DAILY), interval)
