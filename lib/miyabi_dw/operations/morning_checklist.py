"""The morning report: one level, what to do about each finding, and how the key metrics have moved."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.settings import Band, Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day, now, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, frame
from miyabi_dw.operations.day_cost import day_cost
from miyabi_dw.operations.findings import Finding, Level
from miyabi_dw.operations.health import examine, record, trend, worst_level
from miyabi_dw.operations.health_rows import TrendPoint
from miyabi_dw.registry import find_run, list_runs
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.reports import Line, Morning, write_index, write_morning
from miyabi_dw.reports.morning import Tone

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects

HISTORY_DAYS = 30
TONES: Mapping[Level, Tone] = {"ok": "good", "warning": "warn", "critical": "bad"}
SENTENCES: Mapping[Level, str] = {
    "ok": "All is well.",
    "warning": "Something needs attention today.",
    "critical": "Something is broken and needs you now.",
}


@dataclass(frozen=True)
class MorningReport:
    """What was found, and the queries behind each part of the report; opened by `open_morning`."""

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
        if self.level == "ok":
            return SENTENCES["ok"]
        found = Counter(finding.level for finding in self.findings)
        told = [f"{found['critical']} critical"] * bool(found["critical"])
        told += [counted(found["warning"], "warning")] * bool(found["warning"])
        return f"{SENTENCES[self.level]} {', '.join(told)}."

    def to_do(self) -> "pandas.DataFrame":
        """What is not ok, the worst first, and what to do about it."""
        import pandas

        order = sorted(self.findings, key=lambda finding: finding.level != "critical")
        rows = [(f.level, f.name, f.sentence, f.remedy) for f in order if f.level != "ok"]
        return pandas.DataFrame(rows, columns=["level", "metric", "what was found", "what to do"])

    def table(self) -> "pandas.DataFrame":
        """Every finding with its value and, where the guide sets one, its normal range and alert."""
        import pandas

        rows = [(f.level, f.name, f.value, f.unit, *self._bands(f.name), f.sentence) for f in self.findings]
        columns = ["level", "metric", "value", "unit", "normal", "alert", "what was found"]
        return pandas.DataFrame(rows, columns=columns)

    def runs(self) -> "pandas.DataFrame":
        """The pipelines' runs of the last 24 hours."""
        pipelines = [name for name, pipeline in load_declarations().items() if pipeline.kind == "etl"]
        return self._frame("runs", pipelines=pipelines, business_timezone=self.settings.business_timezone)

    def dora(self) -> "pandas.DataFrame":
        """The last week and month that are over, all repositories, and how far they were loaded."""
        return self._frame("dora", business_timezone=self.settings.business_timezone)

    def growth_chart(self) -> "plotly.graph_objects.Figure":
        """Rows of fact_issue_processing by business day against the guide's band."""
        import plotly.graph_objects as go

        rows = self._frame("growth", **self._history())
        figure = go.Figure(go.Bar(x=rows["day"], y=rows["issue_rows"], name="rows", text=rows["holiday_name"]))
        _draw_band(figure, self.settings.bands["fact_growth"])
        return figure.update_layout(title="fact_issue_processing, rows per business day", yaxis_title="rows")

    def cost_sentences(self) -> str:
        """What the last day's language models cost, a sentence a line."""
        first, last = self._days()
        with self.database.connect("etl", application_name="miyabi-dw:morning") as connection:
            return "\n".join(day_cost(connection, first, last).sentences(last))

    def cost_chart(self) -> "plotly.graph_objects.Figure":
        """US dollars for language models by business day, reported and estimated, without suspect reports."""
        import plotly.graph_objects as go

        rows = self._frame("cost", **self._history())
        figure = go.Figure(
            [
                go.Bar(x=rows["day"], y=rows["reported_usd"].astype(float), name="reported"),
                go.Bar(x=rows["day"], y=rows["estimated_usd"].astype(float), name="estimated"),
            ]
        )
        title = "LLM cost per business day: estimates by their lower end, no suspect reports"
        return figure.update_layout(title=title, yaxis_title="USD", barmode="stack")

    def trend_chart(self) -> "plotly.graph_objects.Figure":
        """How each metric of the guide has moved over the last 30 days, one small chart each, with its band."""
        from plotly.subplots import make_subplots

        with self.database.connect("etl") as connection:
            known = trend(connection, self.settings, self.as_of)
        names = list(self.settings.bands)
        titles = [f"{name} ({self.settings.bands[name].unit})" for name in names]
        figure = make_subplots(rows=len(names), cols=1, subplot_titles=titles, vertical_spacing=0.09)
        for at, name in enumerate(names, start=1):
            _draw_trend(figure, at, [point for point in known if point.name == name])
            _draw_band(figure, self.settings.bands[name], row=at)
        figure.update_xaxes(range=[self.as_of - timedelta(days=HISTORY_DAYS), self.as_of], tickformat="%-d %b")
        return figure.update_layout(title="Key metrics over 30 days", height=170 * len(names), showlegend=False)

    def _days(self) -> tuple[date, date]:
        """The first and the last of the days that the report looks back on."""
        last = local_day(self.as_of, self.settings.business_zone) - timedelta(days=1)
        return last - timedelta(days=HISTORY_DAYS - 1), last

    def _history(self) -> dict[str, int]:
        first, last = self._days()
        return {"first_time_key": time_key(first), "last_time_key": time_key(last)}

    def _bands(self, name: str) -> tuple[str, str]:
        band = self.settings.bands.get(name)
        return ("", "") if band is None else (band_text(band), alert_text(band))

    def _frame(self, name: str, **parameters: object) -> "pandas.DataFrame":
        with self.database.connect("etl", application_name="miyabi-dw:morning") as connection:
            return frame(
                connection,
                statements.statement(f"operations/morning_checklist/{name}"),
                {"as_of": self.as_of, **parameters},
            )


def open_morning(run_id: str = "", as_of: str = "") -> MorningReport:
    """Checks everything once, keeps the findings with the run, and hands them to the top page."""
    import pandas

    # A sentence or a command cut off in the middle helps nobody.
    pandas.set_option("display.max_colwidth", None)
    settings = load_settings()
    database, moment = Database(settings), now(as_of, settings.business_zone)
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
        latest = list_runs(connection, pipeline="morning_checklist", state="succeeded", limit=1)
        if not latest:
            raise BadRequest("there is no morning report yet", remedy="miyabi-dw run morning_checklist")
        return latest[0].run_id
    found = find_run(connection, run)
    if found.pipeline != "morning_checklist":
        raise BadRequest(
            f"{found.run_id} is no morning report", remedy="list them: miyabi-dw runs --pipeline morning_checklist"
        )
    return found.run_id


def _keep(report: MorningReport) -> None:
    """A dead warehouse must not keep the report from being written; then only the file has the findings."""
    told = tuple(Line(TONES[f.level], f.sentence) for f in report.findings if f.level != "ok")
    write_morning(report.settings, Morning(report.run_id, TONES[report.level], report.sentence, report.as_of, told))
    try:
        with report.database.connect("etl", application_name="miyabi-dw:morning") as connection:
            record(connection, report.run_id, report.findings)
    except MiyabiError:
        return


def band_text(band: Band) -> str:
    """'50 to 200', 'at least 95', 'at most 70'."""
    low, high = band.normal_min, band.normal_max
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}"


def alert_text(band: Band) -> str:
    """'under 90', 'over 30', 'under 1 or over 1000'."""
    parts = [f"under {band.alert_min}"] if band.alert_min is not None else []
    return " or ".join([*parts, *([f"over {band.alert_max}"] if band.alert_max is not None else [])])


def _draw_trend(figure: "plotly.graph_objects.Figure", row: int, points: Sequence[TrendPoint]) -> None:
    import plotly.graph_objects as go

    days, values = [point.day for point in points], [float(point.value) for point in points]
    figure.add_trace(go.Scatter(x=days, y=values, mode="lines+markers"), row=row, col=1)


def _draw_band(figure: "plotly.graph_objects.Figure", band: Band, row: int | None = None) -> None:
    """The edges of normal as dotted lines, those of the alert as dashed ones."""
    place = {} if row is None else {"row": row, "col": 1}
    edges = [(band.normal_min, "dot"), (band.normal_max, "dot"), (band.alert_min, "dash"), (band.alert_max, "dash")]
    for edge, dash in edges:
        if edge is not None:
            figure.add_hline(y=float(edge), line={"dash": dash, "width": 1}, opacity=0.6, **place)
