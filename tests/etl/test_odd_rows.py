"""What real sources carry: moments that no calendar holds, values that cannot be, clocks that repeat an hour."""

from datetime import UTC, date, datetime, timedelta

import pytest

from etl.kit import DAILY, Warehouse, differences
from etl.test_bad_rows import DAY, NOON, put, reasons
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import gates
from miyabi_dw.etl.batch import make_stage
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.reconcile import reconcile
from miyabi_dw.etl.transform import transform
from miyabi_dw.registry.declarations import load_declarations


@pytest.fixture
def platform(source: Connection) -> Connection:
    """One issue, deployed once with success and once without."""
    for number in (1, 2):
        put(source, "issues", id=number, number=number, title="t", repository="r", created_at=NOON, updated_at=NOON)
    put(source, "deployment_pipelines", id=1, issue_id=1, deployment_status="success", environment="production",
        created_at=NOON, deployed_at="2026-01-15 04:00")  # fmt: skip
    return source


def fields(miyabi: Warehouse) -> dict[tuple[str, str, str], str]:
    rows = miyabi.query("SELECT * FROM ops.quarantine WHERE state = 'open' AND field IS NOT NULL")
    return {(row["source_table"], row["source_key"], row["field"]): row["reason"] for row in rows}


def at(miyabi: Warehouse, day: date, as_of: datetime) -> None:
    """A gated run that takes `as_of` for now."""
    stage = miyabi.stage(business_day(day, miyabi.settings.business_zone))
    again = make_stage(
        miyabi.settings, load_declarations().find(DAILY), stage.interval, stage.run_id, as_of.isoformat()
    )
    extract(again)
    transform(again)
    gates.run_suites(again, "conformed")
    load(again)


def test_a11_a_cost_that_cannot_be_is_null_and_the_failure_counts(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    execute(platform, "ALTER TABLE deployment_pipelines DROP CONSTRAINT deployment_pipelines_issue_id_key")
    execute(platform, "ALTER TABLE deployment_pipelines ALTER infrastructure_cost_usd TYPE numeric")
    for number, cost in enumerate(("NaN", "Infinity", "123456789012345678901234567890"), start=2):
        put(platform, "deployment_pipelines", id=number, issue_id=2, deployment_status="failed", created_at=NOON,
            environment="production", deployed_at="2026-01-15 05:00", infrastructure_cost_usd=cost)  # fmt: skip
    stage = miyabi.day(DAY, gate=True)
    failed = "SELECT count(*), count(infrastructure_cost_usd) AS costs FROM fact_deployment WHERE deployment_status = 'FAILED'"
    assert miyabi.query(failed) == [{"count": 3, "costs": 0}]
    assert [reason.split(":")[0] for _, reason in sorted(fields(miyabi).items())] == [
        "infrastructure_cost_usd is NaN", "infrastructure_cost_usd is Infinity",
        "infrastructure_cost_usd is 123456789012345678901234567890",
    ]  # fmt: skip
    counts = miyabi.counts(stage)["deployment_pipelines"]
    assert (counts["extracted"], counts["inserted"], counts["quarantined"], counts["quarantined_fields"]) == (
        4,
        4,
        0,
        3,
    )
    execute(platform, "UPDATE deployment_pipelines SET infrastructure_cost_usd = 1 WHERE id = 2")
    miyabi.day(date(2026, 4, 1), gate=True)  # far from the row: it is read again because its field waits
    assert len(fields(miyabi)) == 2
    assert miyabi.value("SELECT sum(infrastructure_cost_usd) FROM fact_deployment") == 1
    rebuilt.day(DAY, gate=True)
    assert differences(miyabi, rebuilt) == {}


def test_a11_fields_of_every_kind_leave_their_rows_where_they_are(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE review_results ALTER review_score TYPE numeric")
    put(platform, "review_results", id=1, issue_id=1, review_score=7, test_coverage_percent=80, created_at=NOON)
    put(platform, "code_gen_tasks", id=1, issue_id=1, total_lines_generated=-3, clippy_warnings=0, fmt_issues=0,
        created_at=NOON, updated_at=NOON)  # fmt: skip
    put(platform, "agent_execution_logs", id=1, issue_id=1, agent_id="CodeGen", started_at="2026-01-15 03:00:02",
        completed_at="2026-01-15 03:00:00.5", execution_duration_ms=-5, llm_cost_usd=1)  # fmt: skip
    miyabi.day(DAY, gate=True)
    assert {key[0::2]: reason.split(":")[0] for key, reason in fields(miyabi).items()} == {
        ("review_results", "review_score"): "review_score is 7",
        ("code_gen_tasks", "total_lines_generated"): "total_lines_generated is -3",
        ("agent_execution_logs", "execution_duration_ms"): "execution_duration_ms is -5",
        ("agent_execution_logs", "started_at"): "completed_at is 2026-01-15 03",
    }
    assert reasons(miyabi).keys() == {(key[0], key[1]) for key in fields(miyabi)}
    day = miyabi.query("SELECT build_success, test_success, ai_cost_usd FROM fact_issue_processing WHERE issue_id = 1")
    assert [tuple(row.values()) for row in day] == [(True, True, 1)]


def test_a10_an_issue_closed_a_second_before_it_was_created_is_closed_without_a_lead_time(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    put(platform, "issues", id=3, number=3, issue_type="incident", created_at="2026-01-15 05:00:01",
        updated_at="2026-01-15 05:00:01", closed_at="2026-01-15 05:00:00")  # fmt: skip
    miyabi.day(DAY, gate=True)
    assert fields(miyabi) == {
        ("issues", "3", "closed_at"): "closed_at is 2026-01-15 05:00:00, one second before created_at"
    }
    assert miyabi.query("SELECT state, repository FROM dim_issue WHERE issue_id IN (1, 3) ORDER BY issue_id") == [
        {"state": "open", "repository": "r"}, {"state": "closed", "repository": None},
    ]  # fmt: skip
    assert miyabi.query("SELECT lead_time_hours FROM fact_issue_processing WHERE issue_id = 3") == [
        {"lead_time_hours": None}
    ]
    rebuilt.day(DAY, gate=True)
    assert differences(miyabi, rebuilt) == {}


def test_a19_a_moment_that_no_calendar_holds_is_found_in_every_run(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE deployment_pipelines DROP CONSTRAINT deployment_pipelines_issue_id_key")
    execute(platform, "ALTER TABLE worktree_states DROP CONSTRAINT worktree_states_associated_issue_id_key")
    moments = dict(enumerate(("0044-03-15 BC", "0001-01-01", "infinity", "-infinity", "2062-01-01"), start=3))
    for number, moment in moments.items():
        put(platform, "issues", id=number, number=number, title="odd", created_at=moment, updated_at=moment)
        put(platform, "agent_execution_logs", id=number, agent_id="CodeGen", started_at=NOON, completed_at=moment)
        put(platform, "commits", id=number, commit_sha=f"{number:040x}", committed_at=moment)
        put(platform, "deployment_pipelines", id=number, issue_id=2, deployment_status="success", created_at=moment,
            environment="production", deployed_at=moment)  # fmt: skip
        put(
            platform, "worktree_states", id=number, associated_issue_id=1, worktree_path=f"w{number}", created_at=moment
        )
    calendar = "SELECT min(full_date), max(full_date), count(*) FROM dim_time"
    before = miyabi.query(calendar)
    stage = miyabi.day(DAY, gate=True)
    keys = [str(number) for number in moments]
    whole = miyabi.query("SELECT source_table, source_key FROM ops.quarantine WHERE field IS NULL ORDER BY 1, 2")
    tables = ("agent_execution_logs", "commits", "deployment_pipelines")
    assert [tuple(row.values()) for row in whole] == [(table, key) for table in tables for key in keys]
    columns = (("issues", "created_at"), ("issues", "updated_at"), ("worktree_states", "created_at"))
    assert fields(miyabi).keys() == {(table, key, column) for table, column in columns for key in keys}
    assert all(" is " in reason for reason in fields(miyabi).values())
    assert miyabi.query("SELECT issue_id FROM dim_issue WHERE title = 'odd' ORDER BY 1") == [
        {"issue_id": number} for number in moments
    ]
    assert miyabi.query(calendar) == before
    assert miyabi.counts(stage)["issues"]["quarantined_fields"] == 2 * len(moments)
    compared = reconcile(miyabi.database, miyabi.settings, datetime.now(UTC))
    assert compared[~compared.is_equal].empty
    assert miyabi.value("SELECT count(*) FROM ops.quarantine WHERE state = 'open'") == 6 * len(moments)


def test_a7_a_future_moment_comes_back_when_its_day_arrives(platform: Connection, miyabi: Warehouse) -> None:
    soon = datetime.now(UTC) + timedelta(days=5)
    put(platform, "deployment_pipelines", id=2, issue_id=2, deployment_status="failed", created_at=NOON,
        environment="production", deployed_at=soon.replace(tzinfo=None))  # fmt: skip
    put(platform, "issues", id=3, number=3, created_at=NOON, updated_at=NOON, closed_at=soon.replace(tzinfo=None))
    miyabi.day(DAY, gate=True)
    assert reasons(miyabi).keys() == {("deployment_pipelines", "2"), ("issues", "3")}
    assert "in the future" in fields(miyabi)["issues", "3", "closed_at"]
    assert miyabi.value("SELECT count(*) FROM fact_deployment") == 1
    at(miyabi, DAY, soon + timedelta(hours=1))
    assert reasons(miyabi) == {}
    assert miyabi.value("SELECT count(*) FROM fact_deployment") == 2
    assert miyabi.value("SELECT state FROM dim_issue WHERE issue_id = 3 AND is_current") == "closed"


def test_a8_a_change_dated_ahead_is_known_since_it_was_read(platform: Connection, miyabi: Warehouse) -> None:
    miyabi.day(DAY, gate=True)
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=20)
    execute(platform, "UPDATE issues SET title = 'second', updated_at = %s WHERE id = 1", [ahead])
    miyabi.day(DAY, gate=True)
    execute(platform, "UPDATE issues SET title = 'third', updated_at = updated_at + interval '1 year' WHERE id = 1")
    miyabi.day(DAY, gate=True)
    held = miyabi.query("SELECT title, effective_date, is_current FROM dim_issue WHERE issue_id = 1 ORDER BY version")
    assert [row["title"] for row in held if row["is_current"]] == ["third"]
    assert all(row["effective_date"] <= datetime.now(UTC) for row in held)
    assert "in the future" in fields(miyabi)["issues", "1", "updated_at"]


@pytest.mark.parametrize(("started", "completed"), [
    ("2025-11-02 01:50", "2025-11-02 01:10"),  # the hour that is shown twice
    ("2025-03-09 02:50", "2025-03-09 03:10"),  # the hour that is never shown
])  # fmt: skip
def test_a21_where_the_clock_changes_the_duration_decides(
    platform: Connection, miyabi: Warehouse, started: str, completed: str
) -> None:
    miyabi.settings = miyabi.settings.model_copy(update={"source_timezone": "America/New_York"})
    day = date.fromisoformat(completed[:10])
    for number, duration in ((1, 1_200_000), (2, None)):
        put(platform, "agent_execution_logs", id=number, agent_id="CodeGen", started_at=started,
            completed_at=completed, execution_duration_ms=duration)  # fmt: skip
    put(platform, "agent_execution_logs", id=3, agent_id="CodeGen", started_at=f"{day} 12:30",
        completed_at=f"{day} 12:10", execution_duration_ms=5)  # fmt: skip
    miyabi.days(day - timedelta(days=1), day + timedelta(days=1), gate=True)
    taken = "SELECT execution_id, completed_at - started_at AS taken FROM fact_agent_execution ORDER BY 1"
    assert [(row["execution_id"], row["taken"]) for row in miyabi.query(taken)] == [
        (1, timedelta(minutes=20)), (2, None), (3, None),
    ]  # fmt: skip
    assert list(fields(miyabi)) == [("agent_execution_logs", "3", "started_at")]


def test_a27_a_row_without_the_moment_it_is_counted_by_is_found_by_the_reconciliation(
    platform: Connection, miyabi: Warehouse
) -> None:
    """It has another moment, so it is not without any; of an old one no look-back tells."""
    for number in (1, 2):
        put(platform, "worktree_states", id=number, associated_issue_id=number, worktree_path=f"w{number}",
            created_at=None, cleaned_up_at=None if number == 1 else "2025-06-01 00:00")  # fmt: skip
    put(platform, "deployment_pipelines", id=2, issue_id=2, deployment_status="success", created_at=None,
        environment="production", deployed_at="2025-06-01 00:00")  # fmt: skip
    miyabi.day(DAY, gate=True)
    compared = reconcile(miyabi.database, miyabi.settings, datetime.now(UTC))
    assert compared[~compared.is_equal].empty
    assert miyabi.value("SELECT count(*) FROM staging.worktree_states") == 2
    execute(platform, "DELETE FROM worktree_states")
    compared = reconcile(miyabi.database, miyabi.settings, datetime.now(UTC))
    assert compared[~compared.is_equal].empty
    assert miyabi.value("SELECT count(*) FROM staging.worktree_states") == 0
