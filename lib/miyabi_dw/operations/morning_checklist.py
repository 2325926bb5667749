"""The morning report: one level, what to do about each finding, and how the key metrics have moved."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from miyabi_dw.common.display import Chart, Charts, Grid, Sentences, Tiles
from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.monitor.findings import Finding, Level, headline, worst_level
from miyabi_dw.monitor.health import examine, trend
from miyabi_dw.operations import morning_numbers, morning_page
from miyabi_dw.operations.morning_numbers import DayRun, Days
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.operations.table_pages import write_table_pages
from miyabi_dw.registry import find_run, list_runs
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.reports import Line, Morning, write_index, write_morning
from miyabi_dw.reports.formats import LEVEL_TONES, Clock

JOB = "morning_checklist"


@dataclass(frozen=True)
class MorningReport:
    """What was found, and each part of the report ready to be shown; opened by `open_morning`."""

    settings: Settings
    database: Database
    run_id: str
    as_of: datetime
    findings: Sequence[Finding]

    @property
    def level(self) -> Level:
        return worst_level(self.findings)

    @property
    def sentence(self) -> str:
        """The level in words, and how many findings are behind it; the findings themselves follow."""
        return headline(self.findings)

    @property
    def days(self) -> Days:
        return Days(local_day(self.as_of, self.settings.business_zone) - timedelta(days=1))

    def yesterday(self) -> Sentences:
        """What the last business day brought and cost, and how the last 24 hours went."""
        with self._connection() as connection:
            return morning_page.sentences(connection, self.days, self._runs(connection))

    def dora(self) -> Tiles:
        """The last week that is over, all repositories, and the month before."""
        with self._connection() as connection:
            return morning_page.dora(connection, self.days)

    def growth(self) -> Chart:
        """Rows of fact_issue_processing by business day against the guide's band."""
        with self._connection() as connection:
            return morning_page.growth(
                morning_numbers.growth(connection, self.days), self.settings.bands["fact_growth"]
            )

    def cost(self) -> Chart:
        """US dollars for language models by business day, reported and estimated, without suspect reports."""
        with self._connection() as connection:
            return morning_page.cost(morning_numbers.cost(connection, self.days))

    def trends(self) -> Charts:
        """How each metric of the guide has moved over the last 30 days, one small chart each, with its band."""
        with self._connection() as connection:
            disk = [point for point in trend(connection, self.settings, self.as_of) if point.name == "disk_used"]
            return morning_page.trends(connection, self.settings, self.days, disk)

    def runs(self) -> Grid:
        """The pipelines' runs of the last 24 hours."""
        with self._connection() as connection:
            return morning_page.runs(self._runs(connection), Clock(self.settings.business_zone))

    def everything(self) -> Grid:
        """Every finding with its value and, where the guide sets one, its normal range and alert."""
        return morning_page.everything(self.findings, self.settings)

    def tables(self) -> Sentences:
        """Writes the pages of the tables; where that fails, the report says so and is none the worse."""
        try:
            written = write_table_pages(self.settings, self.database, self.as_of)
        except (MiyabiError, OSError) as error:
            return Sentences((f"The pages of the tables could not be written: {error}.",))
        return Sentences(
            (f"{counted(written, 'table')}: the page of each was written, with its lineage and its checks.",)
        )

    def _runs(self, connection: Connection) -> list[DayRun]:
        pipelines = [name for name, pipeline in load_declarations().items() if pipeline.kind == "etl"]
        return morning_numbers.runs(connection, pipelines, self.as_of)

    def _connection(self) -> AbstractContextManager[Connection]:
        return self.database.connect("etl", application_name="miyabi-dw:morning")


def open_morning(run_id: str = "", as_of: str = "") -> MorningReport:
    """Checks everything once, keeps the findings with the run, and hands them to the top page."""
    settings = load_settings()
    database, moment = Database(settings), settings.now(as_of)
    report = MorningReport(settings, database, run_id, moment, examine(database, settings, moment))
    if run_id:
        _keep(report)
    return report


def sign(database: Database, settings: Settings, run: str | None, by: str, note: str | None = None) -> str:
    """Signs a morning report once, the latest unless `run` is given; the run's id. The top page shows who signed."""
    if not by.strip():
        raise BadRequest("a sign-off needs a name", remedy="give --by NAME")
    with database.connect("etl", application_name="miyabi-dw:sign-off") as connection:
        run_id = _morning_run(connection, run)
        values = {"run_id": run_id, "signed_by": by.strip(), "note": note}
        if not statements.run(connection, "operations/morning_checklist/sign", values):
            raise BadRequest(f"{run_id} is signed already", remedy="nothing is left to do")
    write_index(settings, database)
    return run_id


def _morning_run(connection: Connection, run: str | None) -> str:
    if run is None:
        latest = list_runs(connection, pipeline=JOB, state="succeeded", limit=1)
        if not latest:
            raise BadRequest("there is no morning report yet", remedy="miyabi-dw run morning_checklist")
        return latest[0].run_id
    found = find_run(connection, run)
    if found.pipeline != JOB:
        raise BadRequest(
            f"{found.run_id} is no morning report", remedy="list them: miyabi-dw runs --pipeline morning_checklist"
        )
    return found.run_id


def _keep(report: MorningReport) -> None:
    """A dead warehouse does not keep the report from being written; then only the file has the findings."""
    told = tuple(Line(LEVEL_TONES[f.level], f.sentence) for f in report.findings if f.level != "ok")
    write_morning(
        report.settings, Morning(report.run_id, LEVEL_TONES[report.level], report.sentence, report.as_of, told)
    )
    keep_outcome(report.database, report.run_id, JOB, report.sentence, report.findings)
