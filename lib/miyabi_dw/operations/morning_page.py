"""How the morning report is shown: sentences, tiles, charts, tables."""

from collections.abc import Sequence
from datetime import timedelta

from miyabi_dw.common.display import Chart, Charts, Grid, Sentences, Series, Tile, Tiles, columns
from miyabi_dw.common.settings import Band, Settings
from miyabi_dw.common.text import UNKNOWN, counted, dollars, short_day
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.format import UNITS
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.monitor.rows import TrendPoint
from miyabi_dw.operations import limits
from miyabi_dw.operations import morning_numbers as numbers
from miyabi_dw.operations.day_cost import day_cost
from miyabi_dw.operations.job_pages.words import number
from miyabi_dw.operations.morning_numbers import Asked, CostDay, DayRun, Days, GrowthDay
from miyabi_dw.reports.formats import STATE_TONES, Clock, day, duration

WORDS = {"ok": "good:ok", "warning": "warn:warning", "critical": "bad:critical"}
PIPELINES = {"daily_duration": "daily_issue_processing_etl", "hourly_duration": "hourly_agent_metrics_etl"}
COUNTED = ("agent_executions", "deployments")
TRENDS = ("agent_success_rate", "deployments")


def sentences(connection: Connection, days: Days, runs: Sequence[DayRun]) -> Sentences:
    """What the last business day brought, what it cost, how the runs of the last 24 hours ended."""
    growth, *counts = (numbers.of_day(connection, name, days) for name in ("fact_growth", *COUNTED))
    told = [_count(growth, "row of issues", "rows of issues")]
    told += [_count(one, UNITS[one.metric.unit].one, UNITS[one.metric.unit].word) for one in counts]
    brought = ", ".join(filter(None, told)) or "not loaded"
    cost = day_cost(connection, days.first, days.last).sentences()
    return Sentences((f"{day(days.last)}: {brought}.", *cost, _ended(runs)))


def _count(asked: Asked, one: str, many: str) -> str:
    return counted(int(asked.last.value), one, many) if asked.last and asked.last.value is not None else ""


def _ended(runs: Sequence[DayRun]) -> str:
    bad = [run for run in runs if STATE_TONES[run.state] == "bad"]
    if not runs:
        return "No run in the last 24 hours."
    ended = f"{counted(len(bad), 'run')} failed" if bad else "none failed"
    return f"{counted(len(runs), 'run')} in the last 24 hours, {ended}."


def dora(connection: Connection, days: Days) -> Tiles:
    """The four metrics of the last week that is over, with their class, and the month before beside it."""
    return Tiles(tuple(_dora_tile(connection, name, days) for name in numbers.DORA))


def _dora_tile(connection: Connection, name: str, days: Days) -> Tile:
    week, month = numbers.of_week(connection, name, days), numbers.of_month(connection, name, days)
    metric = week.metric
    value = week.last.value if week.last else None
    grade = f"{week.last.dora_class} in the week" if week.last and week.last.dora_class else "no class in the week"
    before = metric.told(month.last.value) if month.last else UNKNOWN
    return Tile(
        metric.label,
        *metric.parts(value),
        f"{grade} from {short_day(days.week)}; {days.month.first:%B %Y}: {before}",
    )


def growth(rows: Sequence[GrowthDay], band: Band) -> Chart:
    """Rows of fact_issue_processing by business day; days off are lighter."""
    labels = tuple(short_day(row.day) for row in rows)
    off = tuple(short_day(row.day) for row in rows if not row.is_business_day)
    told = tuple(counted(row.issue_rows, "row") + _holiday(row) for row in rows)
    series = Series("rows", tuple(float(row.issue_rows) for row in rows), told)
    note = "Weekends and holidays are lighter; they raise no alert for few rows."
    title = "Issues worked on, rows of fact_issue_processing"
    return Chart(title, "rows a business day", labels, (series,), limits=limits.limits(band), quiet=off, note=note)


def _holiday(row: GrowthDay) -> str:
    return f" ({row.holiday_name})" if row.holiday_name else ""


def cost(rows: Sequence[CostDay]) -> Chart:
    """What the language models cost by business day; a kind of cost that no day has is left out."""
    kinds = {
        "reported": tuple(row.reported_usd for row in rows),
        "estimated": tuple(row.estimated_usd for row in rows),
    }
    series = tuple(
        Series(name, tuple(map(float, values)), tuple(dollars(float(value)) for value in values))
        for name, values in kinds.items()
        if any(values)
    )
    unknown = sum(row.executions_of_unknown_cost for row in rows)
    note = "Estimates by their lower end; suspect reports are left out."
    note += f" {counted(unknown, 'execution')} of unknown cost." if unknown else ""
    labels = tuple(short_day(row.day) for row in rows)
    empty = (Series("USD", tuple(0.0 for _ in rows), tuple(dollars(0) for _ in rows)),)
    return Chart("LLM cost", "USD a business day", labels, series or empty, note=note)


def trends(connection: Connection, settings: Settings, days: Days, disk: Sequence[TrendPoint]) -> Charts:
    """How the key metrics have moved over the last 30 days, each with its band."""
    bands = settings.bands
    charts = [_trend(numbers.by_day(connection, "run_success", days), bands["success_rate"])]
    for name, pipeline in PIPELINES.items():
        asked = numbers.by_day(connection, "run_duration", days, {"pipeline": [pipeline]})
        charts.append(_trend(asked, bands[name], f"{asked.metric.label}: {pipeline}"))
    charts += [_trend(numbers.by_day(connection, name, days)) for name in TRENDS]
    charts.append(_disk(disk, bands["disk_used"]))
    return Charts(tuple(charts))


def _trend(asked: Asked, band: Band | None = None, title: str = "") -> Chart:
    labels = [short_day(figure.ends) for figure in asked.figures]
    return limits.line(asked.metric, labels, [figure.value for figure in asked.figures], band, title)


def _disk(points: Sequence[TrendPoint], band: Band) -> Chart:
    """As each morning has measured it; the metric is the host's and not the warehouse's."""
    told = tuple(f"{point.value:,} %" for point in points)
    series = Series("%", tuple(float(point.value) for point in points), told)
    labels = tuple(short_day(point.day) for point in points)
    note = "" if len(points) > 1 else "A value a morning report; the line begins with the second."
    return Chart("Disk in use", "%", labels, (series,), "line", limits.limits(band), note=note)


def runs(rows: Sequence[DayRun], clock: Clock) -> Grid:
    """The pipelines' runs of the last 24 hours, latest first."""
    head = columns("interval", "pipeline", "state|state", "took|number", "started by", "run|code", "reason")
    has_reason = any(run.reason for run in rows)
    shown = tuple(
        (
            _when(run, clock),
            run.pipeline,
            f"{STATE_TONES[run.state]}:{run.state}",
            duration(run.seconds),
            run.trigger,
            run.run_id,
            *([run.reason or ""] if has_reason else []),
        )
        for run in rows
    )
    return Grid(head if has_reason else head[:-1], shown, "No run in the last 24 hours.")


def _when(run: DayRun, clock: Clock) -> str:
    """Tue 10 Feb, or 11 Feb, 07:00 to 08:00; the page names the zone."""
    if run.interval_start is None or run.interval_end is None:
        return ""
    if run.interval_end - run.interval_start > timedelta(hours=1):
        return clock.brief(run.interval_start, run.interval_end)
    first, last = run.interval_start.astimezone(clock.zone), run.interval_end.astimezone(clock.zone)
    return f"{short_day(first)}, {first:%H:%M} to {last:%H:%M}"


def everything(findings: Sequence[Finding], settings: Settings) -> Grid:
    """Every finding with its value and, where there is one, its normal range and alert."""
    head = columns("state|state", "looked at", "value|number", "normal", "alert", "what was found", "what to do")
    rows = tuple(_finding(finding, settings.bands.get(finding.name)) for finding in findings)
    return Grid(head, rows, caption=counted(len(rows), "thing was looked at", "things were looked at"), folded=True)


def _finding(finding: Finding, band: Band | None) -> tuple[str, ...]:
    bands = (limits.band_text(band), limits.alert_text(band)) if band else ("", "")
    value = "" if finding.value is None else f"{number(finding.value)} {finding.unit}".strip()
    name = finding.name.replace("_", " ")
    return WORDS[finding.level], name, value, *bands, finding.sentence, finding.remedy
