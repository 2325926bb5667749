"""The top page: what the monitor finds as it is written, the key figures, the last days, each pipeline, the months."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import PurePosixPath

from miyabi_dw.common.report_folders import TABLES, midnight
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import index_page, lock_transaction
from miyabi_dw.db.statements import one_or_none_as, rows_as
from miyabi_dw.monitor.findings import SEVERITY, Finding, headline, worst_level
from miyabi_dw.monitor.health import examine
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.reports.formats import LEVEL_TONES
from miyabi_dw.reports.month import write_month
from miyabi_dw.reports.morning import read_morning
from miyabi_dw.reports.nights import read_grid
from miyabi_dw.reports.pipelines_now import PipelineNow, read_pipelines
from miyabi_dw.reports.records import ReportedRun
from miyabi_dw.reports.render import publish
from miyabi_dw.reports.tiles import read_tiles

RUN_ID = re.compile(r"\b\d{8}T\d{6}Z-[\w-]+")
# What can be typed as it is; anything before or after it is a sentence.
COMMAND = re.compile(r"miyabi-dw [^,;]+")


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How the runs of a pipeline's month ended."""

    pipeline: str
    month_start: date
    runs: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run's pages are, as seen from the reports folder."""

    run_id: str
    path: str


@dataclass(frozen=True)
class ToDo:
    """A finding that is not ok: what to type, what else to do, and the page that says more; '' for none."""

    tone: str
    level: str
    sentence: str
    command: str
    remedy: str
    page: str


def write_index(settings: Settings, database: Database, now: datetime | None = None) -> None:
    """Writes reports/index.html as of `now`. It reads the last days and the counts of months, never all runs."""
    with database.connect("etl") as connection:
        lock_transaction(connection, index_page("index.html"))
        now = now or settings.now()
        declared = load_declarations().needed(settings.home)
        findings = examine(database, settings, now)
        pipelines = read_pipelines(connection, settings, declared, findings, now)
        context: dict[str, object] = {"pipelines": pipelines, "examined_at": now}
        context |= {"tone": LEVEL_TONES[worst_level(findings)], "level": worst_level(findings)}
        context |= {"sentence": headline(findings), "night": _night(findings)}
        context |= {"to_do": _to_do(connection, findings, pipelines)}
        context |= {"tiles": read_tiles(database, local_day(now, settings.business_zone))}
        context |= {"grid": read_grid(connection, settings, now, pipelines)}
        context |= {"refused": [refused.error.finding for refused in declared.refused]}
        context |= {"has_tables": (settings.reports_dir / TABLES / "index.html").is_file()}
        context |= {"months": _months(rows_as(MonthCount, connection, "reports/index/months"))}
        publish(settings, PurePosixPath("index.html"), "index.html", context | _morning(connection, settings))


def write_all(settings: Settings, database: Database) -> None:
    """Writes every month's page and the top page again; for the day after a recovery or a new design."""
    with database.connect("etl") as connection:
        months = rows_as(MonthCount, connection, "reports/index/months")
    for month in months:
        write_month(settings, database, month.pipeline, midnight(settings, month.month_start))
    write_index(settings, database)


def _night(findings: Sequence[Finding]) -> str:
    """How many runs went well; nothing where that is itself among what is to do."""
    return next((each.sentence for each in findings if each.name == "success_rate" and each.level == "ok"), "")


def _to_do(connection: Connection, findings: Sequence[Finding], pipelines: Sequence[PipelineNow]) -> list[ToDo]:
    """What is not ok, the worst first."""
    wrong = [finding for finding in findings if finding.level != "ok"]
    runs = {each.name: each.last.run_id for each in pipelines if each.last}
    about = {finding.name: _run_named(finding) or runs.get(finding.name, "") for finding in wrong}
    places = rows_as(RunPlace, connection, "reports/index/paths", {"run_ids": [*about.values()]})
    pages = {place.run_id: f"{place.path}/index.html" for place in places}
    order = sorted(wrong, key=lambda finding: -SEVERITY[finding.level])
    return [_line(finding, pages.get(about[finding.name], "")) for finding in order]


def _line(finding: Finding, page: str) -> ToDo:
    typed = COMMAND.match(finding.remedy)
    command, rest = (typed[0], finding.remedy[typed.end() :].lstrip(",; ")) if typed else ("", finding.remedy)
    return ToDo(LEVEL_TONES[finding.level], finding.level, finding.sentence, command, rest, page)


def _run_named(finding: Finding) -> str:
    named = RUN_ID.search(f"{finding.sentence} {finding.remedy}")
    return named[0] if named else ""


def _months(months: Sequence[MonthCount]) -> list[tuple[date, list[MonthCount]]]:
    return [(first, list(of)) for first, of in groupby(months, lambda row: row.month_start)]


def _morning(connection: Connection, settings: Settings) -> dict[str, object]:
    """The last morning report's run, with its sign-off."""
    morning = read_morning(settings)
    asked = {"run_id": morning.run_id if morning else ""}
    return {"morning": one_or_none_as(ReportedRun, connection, "reports/run_report/run", asked)}
