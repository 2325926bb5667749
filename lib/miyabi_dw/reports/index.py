"""The top page: what the morning found, how each pipeline is, and the way to every month. It reads no history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import PurePosixPath

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import index_page, lock_transaction
from miyabi_dw.db.statements import one_or_none_as, rows_as
from miyabi_dw.registry import recoveries
from miyabi_dw.registry.cron import fire_after
from miyabi_dw.registry.declarations import Declarations, Pipeline, load_declarations
from miyabi_dw.reports.month import UNWELL, midnight, write_month
from miyabi_dw.reports.morning import read_morning
from miyabi_dw.reports.records import ReportedRun
from miyabi_dw.reports.render import publish
from miyabi_dw.reports.run_report import read_attempts, readable

LATEST_EACH = 30


@dataclass(frozen=True, slots=True)
class LatestRun:
    """A run as the top page shows it; `path` is null until it has pages, `pruned_at` until they went."""

    pipeline: str
    run_id: str
    state: str
    reason: str | None
    interval_start: datetime | None
    interval_end: datetime | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    path: str | None
    pruned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pause:
    pipeline: str
    paused_by: str
    why: str


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How the runs of a pipeline's month ended."""

    pipeline: str
    month_start: date
    runs: int
    succeeded: int
    failed: int


@dataclass(frozen=True)
class PipelineNow:
    """A pipeline's latest runs, newest first, when it is next due and whether it is paused."""

    name: str
    title: str
    runs: list[LatestRun]
    due: datetime | None
    paused: Pause | None

    @property
    def last(self) -> LatestRun | None:
        return self.runs[0] if self.runs else None


@dataclass(frozen=True)
class Year:
    """The months of a year, newest first; for each the counts of every pipeline that ran in it."""

    year: int
    months: list[tuple[date, list[MonthCount]]]


def write_index(settings: Settings, database: Database) -> None:
    """Writes reports/index.html: what the morning report found, how each pipeline is now, the months."""
    with database.connect("etl") as connection:
        lock_transaction(connection, index_page("index.html"))
        latest = rows_as(LatestRun, connection, "reports/index/latest", {"each": LATEST_EACH})
        pauses = {pause.pipeline: pause for pause in rows_as(Pause, connection, "reports/index/pauses")}
        months = rows_as(MonthCount, connection, "reports/index/months")
        declared, now = load_declarations().needed(settings.home), datetime.now(UTC)
        pipelines = _pipelines(declared, latest, pauses, now)
        context: dict[str, object] = {"pipelines": pipelines, "summary": _summary(pipelines), "years": _years(months)}
        context |= {"refused": [refused.error.finding for refused in declared.refused]}
        context |= {"unfinished": recoveries.unfinished(connection)}
        context |= _morning(connection, settings) | {"written_at": now}
        publish(settings, PurePosixPath("index.html"), "index.html", context)


def write_all(settings: Settings, database: Database) -> None:
    """Writes every month's page and the top page again; for the day after a recovery or a new design."""
    with database.connect("etl") as connection:
        months = rows_as(MonthCount, connection, "reports/index/months")
    for month in months:
        write_month(settings, database, month.pipeline, midnight(settings, month.month_start))
    write_index(settings, database)


def _pipelines(
    declared: Declarations, latest: list[LatestRun], pauses: Mapping[str, Pause], now: datetime
) -> list[PipelineNow]:
    runs = {name: list(rows) for name, rows in groupby(latest, lambda row: row.pipeline)}
    return [
        PipelineNow(
            name,
            declared[name].title if name in declared else readable(name),
            runs.get(name, []),
            _due(declared.get(name), now),
            pauses.get(name),
        )
        for name in _order(declared, runs)
        # A job that only people start, and that nobody has started, is no news.
        if name in runs or _due(declared.get(name), now)
    ]


def _order(declared: Mapping[str, Pipeline], runs: Mapping[str, list[LatestRun]]) -> Iterator[str]:
    """Pipelines first, then jobs, then what is no longer declared."""
    ranks = {name: 0 if pipeline.kind == "etl" else 1 for name, pipeline in declared.items()}
    return iter(sorted({*declared, *runs}, key=lambda name: (ranks.get(name, 2), name)))


def _summary(pipelines: list[PipelineNow]) -> dict[str, str]:
    """How the latest runs ended, in one sentence."""
    last = [pipeline.last for pipeline in pipelines if pipeline.last]
    failed = [row.pipeline for row in last if row.state in UNWELL]
    if failed:
        return {"tone": "bad", "sentence": f"The latest run of {' and of '.join(failed)} did not succeed."}
    if not last:
        return {"tone": "idle", "sentence": "Nothing has run yet."}
    return {"tone": "good", "sentence": "The latest run of every pipeline ended well."}


def _due(pipeline: Pipeline | None, now: datetime) -> datetime | None:
    return fire_after(pipeline.schedule, pipeline.zone, now) if pipeline else None


def _years(months: list[MonthCount]) -> list[Year]:
    years = []
    for year, rows in groupby(months, lambda row: row.month_start.year):
        by_month = [(first, list(of)) for first, of in groupby(rows, lambda row: row.month_start)]
        years.append(Year(year, by_month))
    return years


def _morning(connection: Connection, settings: Settings) -> dict[str, object]:
    """What the morning's run left, and that run's row with its page and sign-off."""
    morning = read_morning(settings)
    asked = {"run_id": morning.run_id if morning else ""}
    found = one_or_none_as(ReportedRun, connection, "reports/run_report/run", asked)
    return {"morning": morning, "morning_run": found, "morning_page": _checklist(connection, found)}


def _checklist(connection: Connection, found: ReportedRun | None) -> str | None:
    """The executed checklist itself, which says more than the page of the run around it."""
    if found is None or not found.archive_path:
        return None
    notebooks = [attempt.notebook for attempt in read_attempts(connection, found.run_id) if attempt.notebook]
    page = notebooks[-1].removesuffix(".ipynb") + ".html" if notebooks else "index.html"
    return f"{found.archive_path}/{page}"
