"""What must be so when a play is over: the facts are those of a rebuild, the registry is true, nothing is left over."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from etl.kit import DAILY, Warehouse, differences, remember_ends, versions_are_sound
from homes import processes_of
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.db import embedded
from miyabi_dw.registry import run_schema
from miyabi_dw.reports import verify
from soak.home import Home

# A run begins by removing those that have been there for so long and whose owner is gone.
KERNELS, YOUNG_SECONDS = "miyabi-", 65
LOADED = """
    SELECT coalesce(bool_or(tstzrange(%s, %s) <@ loaded.spans), false) FROM (
        SELECT range_agg(tstzrange(interval_start, interval_end)) AS spans FROM ops.run
        WHERE pipeline = %s AND state = 'succeeded' AND trigger NOT IN ('stage', 'replay')
    ) AS loaded
"""
UNMENDED = """
    SELECT DISTINCT ON (pipeline, interval_start) bad.pipeline, bad.interval_start, bad.run_id, bad.state::text, bad.reason
    FROM ops.run AS bad
    WHERE bad.state IN ('failed', 'lost', 'cancelled') AND bad.interval_start IS NOT NULL AND NOT EXISTS (
        SELECT FROM ops.run AS good WHERE good.pipeline = bad.pipeline AND good.state = 'succeeded'
        AND good.interval_start <= bad.interval_start AND good.interval_end >= bad.interval_end
        AND good.finished_at >= bad.finished_at
    )
    ORDER BY pipeline, interval_start, queued_at DESC
"""
# Each of these returns rows that say what is not true of the registry.
UNTRUE = {
    "a run goes on for ever": "SELECT run_id, state FROM ops.run WHERE state IN ('queued', 'running')",
    "a stage goes on for ever": "SELECT run_id, stage FROM ops.stage_attempt WHERE state IN ('queued', 'running')",
    "an end that is no end": "SELECT run_id FROM ops.run WHERE finished_at IS NULL OR finished_at < queued_at",
    "a failure without a reason": "SELECT run_id FROM ops.run WHERE state IN ('failed', 'lost') AND coalesce(reason, '') = ''",
    "an interval loaded twice by the scheduler": """
        SELECT pipeline, interval_start, count(*) AS runs FROM ops.run
        WHERE state = 'succeeded' AND trigger IN ('schedule', 'catchup') GROUP BY 1, 2 HAVING count(*) > 1""",
    "a failure that no success followed": UNMENDED,
    "a due run that came to nothing": """
        SELECT pipeline, interval_start, outcome FROM ops.schedule_tick AS tick WHERE outcome IN ('started', 'skipped', 'lost')
        AND NOT EXISTS (SELECT FROM ops.run AS good WHERE good.pipeline = tick.pipeline AND good.state = 'succeeded'
            AND good.interval_start <= tick.interval_start AND good.interval_end > tick.interval_start)""",
    "a success whose stages did not succeed": """
        SELECT run_id, stage FROM (
            SELECT DISTINCT ON (run_id, stage) * FROM ops.stage_attempt ORDER BY run_id, stage, attempt DESC
        ) AS last INNER JOIN ops.run USING (run_id) WHERE run.state = 'succeeded' AND last.state <> 'succeeded'""",
    "an incident that is not over": "SELECT title, opened_at, last_seen_at FROM ops.incident WHERE recovered_at IS NULL",
    "a backup that is neither good nor bad": "SELECT backup_id, state FROM ops.backup WHERE state = 'running'",
}
# And each of these names what nobody needs any more.
LEFT_OVER = {
    "a table aside": "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = to_regnamespace('recovery') AND relkind IN ('r', 'p')",
    "a table of a load": """
        SELECT oid::regclass::text FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'
        AND relnamespace::regnamespace::text NOT LIKE 'run\\_%'""",
    "a scratch database": "SELECT datname FROM pg_database WHERE datname LIKE '%scratch%'",
    "a lock": "SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "a session": """
        SELECT pid, application_name FROM pg_stat_activity
        WHERE application_name ~ '^miyabi-dw' AND pid <> pg_backend_pid()""",
}


def is_loaded(miyabi: Warehouse, span: Interval) -> bool:
    """Whether runs that succeeded cover the interval."""
    return bool(miyabi.value(LOADED, span.start, span.end, DAILY))


def found(home: Home, first: date, last: date) -> list[str]:
    """Everything that is not as it must be; the server is stopped afterwards."""
    return [*_facts(home, first, last), *_registry(home, first, last), *_archive(home), *_rest(home)]


def _facts(home: Home, first: date, last: date) -> Iterator[str]:
    if not any(home.rebuilt.facts().values()):
        remember_ends(home.miyabi, home.rebuilt)
        home.rebuilt.days(first, last, gate=True)
    for fact, (ours, theirs) in differences(home.miyabi, home.rebuilt).items():
        yield f"{fact} is not that of a rebuild: only here {ours}, only there {theirs}"
    if not versions_are_sound(home.miyabi):
        yield "versions of an issue overlap, leave a hole, or are not those of the facts' days"
    if not any(home.miyabi.facts().values()):
        yield "there are no facts at all"


def _registry(home: Home, first: date, last: date) -> Iterator[str]:
    zone = home.settings.business_zone
    if not is_loaded(home.miyabi, Interval(business_day(first, zone).start, business_day(last, zone).end)):
        yield "a day was never loaded"
    yield from _said(home.miyabi, UNTRUE)
    spool = home.settings.home / "alerts"
    if spool.is_dir() and (waiting := [path.name for path in spool.iterdir()]):
        yield f"the spool of alerts is not empty: {waiting}"


def _said(miyabi: Warehouse, questions: dict[str, str]) -> Iterator[str]:
    for what, question in questions.items():
        if rows := miyabi.query(question):
            yield f"{what}: {rows[:5]}"


def _archive(home: Home) -> Iterator[str]:
    if wrong := verify(home.settings, home.database):
        yield f"the archive of runs is not as it was written: {wrong[:3]}"
    lacking = home.miyabi.query("SELECT run_id FROM ops.run WHERE state <> 'skipped' AND archive_path IS NULL")
    if lacking:
        yield f"runs without a page: {lacking[:5]}"


def _rest(home: Home) -> Iterator[str]:
    yield from _said(home.miyabi, LEFT_OVER)
    failed = {
        run_schema(row["run_id"]) for row in home.miyabi.query("SELECT run_id FROM ops.run WHERE state = 'failed'")
    }
    batches = {row["nspname"] for row in home.miyabi.query("SELECT nspname FROM pg_namespace WHERE nspname ~ '^run_'")}
    if unwanted := batches - failed:
        yield f"a batch that nobody resumes: {sorted(unwanted)}"
    if working := home.processes():
        yield f"a process is left over: {[each.cmdline() for each in working]}"
    remains = [*_unswept(home), *_partial(home.settings.home), *_partial(home.settings.reports_dir)]
    if remains:
        yield f"files are left over: {[str(path) for path in remains[:9]]}"
    embedded.stop(home.settings)
    if serving := processes_of(home.settings):
        yield f"the server is left over: {[each.cmdline() for each in serving]}"


def _unswept(home: Home) -> list[Path]:
    """What lies in the temporary folder, but for kernels' folders of a killed run that were too young for the last one to sweep."""
    last = home.miyabi.value("SELECT max(queued_at) FROM ops.run").timestamp()
    return [
        path
        for path in home.temporary.iterdir()
        if not path.name.startswith(KERNELS) or path.stat().st_mtime < last - YOUNG_SECONDS
    ]


def _partial(folder: Path) -> list[Path]:
    """What was being written when its writer ended: its name begins with a dot. A backup cut short is kept for a day."""
    hidden = (path for path in folder.rglob(".*") if "postgres" not in path.relative_to(folder).parts)
    return [path for path in hidden if not (path.parent.name == "backups" and path.name.endswith(".partial"))]
