"""The pages that lead to the runs: one a pipeline and month, and the top page. None of them reads history."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import index_page, lock_transaction
from miyabi_dw.db.statements import run, run_count
from miyabi_dw.registry.cron import fire_after
from miyabi_dw.registry.declarations import Declarations, Pipeline, load_declarations
from miyabi_dw.reports import assets
from miyabi_dw.reports.layout import month_folder
from miyabi_dw.reports.morning import read_morning
from miyabi_dw.reports.render import render
from miyabi_dw.reports.run_report import Row, readable

LATEST_EACH = 30
RUNS_A_PAGE = 1000
UNWELL = ("failed", "lost")


@dataclass(frozen=True)
class PipelineNow:
    """How a pipeline stands: its latest runs, newest first, when it is next due and whether it rests."""

    name: str
    title: str
    runs: list[Row]
    due: datetime | None
    paused: Row | None

    @property
    def last(self) -> Row | None:
        return self.runs[0] if self.runs else None


@dataclass(frozen=True)
class Year:
    """The months of a year, newest first; for each the counts of every pipeline that ran in it."""

    year: int
    months: list[tuple[date, list[Row]]]


def write_month(settings: Settings, database: Database, pipeline: str, moment: datetime) -> None:
    """Writes the page of the month that `moment` lies in anew, from the runs of that month alone."""
    first = moment.astimezone(settings.business_zone).date().replace(day=1)
    folder = month_folder(pipeline, first)
    with database.connect("etl") as connection:
        lock_transaction(connection, index_page(str(folder)))
        runs = run(connection, "reports/index/month_runs", _month(settings, first) | {"pipeline": pipeline})
        run_count(connection, "reports/index/count_month", _counted(pipeline, first, runs))
        _publish_month(settings, folder, {"pipeline": pipeline, "month": first, "runs": runs})


def _publish_month(settings: Settings, folder: PurePosixPath, month: dict[str, Any]) -> None:
    runs = month["runs"]
    parts = [runs[at : at + RUNS_A_PAGE] for at in range(0, len(runs), RUNS_A_PAGE)] or [[]]
    # A day that is split over two pages begins on the first of them.
    day_page = {_local_day(settings, row): page_name(at // RUNS_A_PAGE + 1) for at, row in reversed([*enumerate(runs)])}
    shared = month | {"pages": len(parts), "calendar": _calendar(settings, runs), "day_page": day_page}
    for number, shown in enumerate(parts, 1):
        context = shared | {"number": number, "days": _by_day(settings, shown), "page_name": page_name}
        _publish(settings, folder / page_name(number), "month.html", context)


def write_index(settings: Settings, database: Database) -> None:
    """Writes reports/index.html anew: the morning's verdict, how each pipeline stands now, the months."""
    with database.connect("etl") as connection:
        lock_transaction(connection, index_page("index.html"))
        latest = run(connection, "reports/index/latest", {"each": LATEST_EACH})
        pauses = {row["pipeline"]: row for row in run(connection, "reports/index/pauses")}
        months = run(connection, "reports/index/months")
        declared, now = load_declarations(), datetime.now(UTC)
        pipelines = _pipelines(declared, latest, pauses, now)
        context = {"pipelines": pipelines, "standing": _standing(pipelines), "years": _years(months)}
        context |= {"refused": [refused.error.finding for refused in declared.refused]}
        context |= _morning(connection, settings) | {"written_at": now}
        _publish(settings, PurePosixPath("index.html"), "index.html", context)


def write_all(settings: Settings, database: Database) -> None:
    """Writes every month's page and the top page anew; for the day after a recovery or a new design."""
    with database.connect("etl") as connection:
        months = run(connection, "reports/index/months")
    for month in months:
        write_month(settings, database, month["pipeline"], _midnight(settings, month["month_start"]))
    write_index(settings, database)


def page_name(number: int) -> str:
    return "index.html" if number == 1 else f"index-{number}.html"


def _publish(settings: Settings, page: PurePosixPath, template: str, context: Mapping[str, Any]) -> None:
    assets.ensure(settings.reports_dir)
    path = settings.reports_dir / page
    path.parent.mkdir(parents=True, exist_ok=True)
    assets.write_atomically(path, render(template, settings, page, context))


def _month(settings: Settings, first: date) -> dict[str, datetime]:
    month = Month.of(first)
    return {"from_moment": _midnight(settings, month.first), "to_moment": _midnight(settings, (month + 1).first)}


def _midnight(settings: Settings, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=settings.business_zone).astimezone(UTC)


def _counted(pipeline: str, first: date, runs: list[Row]) -> dict[str, Any]:
    states = Counter(row["state"] for row in runs)
    failed = sum(states[state] for state in UNWELL)
    counts = {"runs": len(runs), "succeeded": states["succeeded"], "failed": failed}
    return {"pipeline": pipeline, "month_start": first} | counts


def _local_day(settings: Settings, row: Row) -> date:
    placed: datetime = row["placed_at"]
    return placed.astimezone(settings.business_zone).date()


def _by_day(settings: Settings, runs: list[Row]) -> list[tuple[date, list[Row]]]:
    return [(day, list(rows)) for day, rows in groupby(runs, lambda row: _local_day(settings, row))]


def _calendar(settings: Settings, runs: list[Row]) -> dict[date, str]:
    """The worst of each day that has runs; a failure that a later run made good is no longer one."""
    return {day: _tone(rows) for day, rows in _by_day(settings, runs)}


def _tone(rows: list[Row]) -> str:
    latest: dict[Any, str] = {}
    for row in rows:
        latest.setdefault(row["interval_start"] or row["run_id"], row["state"])
    states = set(latest.values())
    ranked = (
        ("bad", states & {"failed", "lost"}),
        ("good", "succeeded" in states),
        ("busy", states & {"running", "queued"}),
    )
    return next((tone for tone, there in ranked if there), "idle")


def _pipelines(
    declared: Declarations, latest: list[Row], pauses: Mapping[str, Row], now: datetime
) -> list[PipelineNow]:
    runs = {name: list(rows) for name, rows in groupby(latest, lambda row: row["pipeline"])}
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


def _order(declared: Mapping[str, Pipeline], runs: Mapping[str, list[Row]]) -> Iterator[str]:
    """Pipelines first, then jobs, then what is no longer declared."""
    ranks = {name: 0 if pipeline.kind == "etl" else 1 for name, pipeline in declared.items()}
    return iter(sorted({*declared, *runs}, key=lambda name: (ranks.get(name, 2), name)))


def _standing(pipelines: list[PipelineNow]) -> dict[str, str]:
    """How the latest runs ended, in one sentence."""
    last = [pipeline.last for pipeline in pipelines if pipeline.last]
    failed = [row["pipeline"] for row in last if row["state"] in UNWELL]
    if failed:
        return {"tone": "bad", "sentence": f"The latest run of {' and of '.join(failed)} did not succeed."}
    if not last:
        return {"tone": "idle", "sentence": "Nothing has run yet."}
    return {"tone": "good", "sentence": "The latest run of every pipeline ended well."}


def _due(pipeline: Pipeline | None, now: datetime) -> datetime | None:
    return fire_after(pipeline.schedule, pipeline.zone, now) if pipeline else None


def _years(months: list[Row]) -> list[Year]:
    years = []
    for year, rows in groupby(months, lambda row: row["month_start"].year):
        by_month = [(first, list(of)) for first, of in groupby(rows, lambda row: row["month_start"])]
        years.append(Year(year, by_month))
    return years


def _morning(connection: Connection, settings: Settings) -> dict[str, Any]:
    """The verdict left by the morning's run, and that run's row with its page and sign-off."""
    morning = read_morning(settings)
    rows = run(connection, "reports/run_report/run", {"run_id": morning.run_id}) if morning else []
    found = rows[0] if rows else None
    return {"morning": morning, "morning_run": found, "morning_page": _checklist(connection, found)}


def _checklist(connection: Connection, found: dict[str, Any] | None) -> str | None:
    """The executed checklist itself, which says more than the page of the run around it."""
    if found is None or not found["archive_path"]:
        return None
    attempts = run(connection, "reports/run_report/attempts", {"run_id": found["run_id"]})
    notebooks = [attempt["notebook"] for attempt in attempts if attempt["notebook"]]
    page = notebooks[-1].removesuffix(".ipynb") + ".html" if notebooks else "index.html"
    return f"{found['archive_path']}/{page}"
