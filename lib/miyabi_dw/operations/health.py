"""How the installation is, as findings: each a metric with its level, one sentence and what to do about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from miyabi_dw import alerts
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError, json_value
from miyabi_dw.db.errors import explained, told_error
from miyabi_dw.operations import kept
from miyabi_dw.operations.findings import LEVEL_OF_BAND, SEVERITY, Finding, Level, disk, source_reachable
from miyabi_dw.operations.health_rows import (
    BackupAge,
    CheckNotPassed,
    DayRows,
    Duration,
    LastRun,
    OpenIncident,
    QuarantineReason,
    SuccessRate,
    TrendPoint,
    UnmatchedSetting,
    UnsignedMorning,
)
from miyabi_dw.registry.declarations import Pipeline, load_declarations
from miyabi_dw.registry.loaded_days import commands, gaps, told

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RowType = TypeVar("RowType", bound="DataclassInstance")

# A pipeline is late when its last success is older than one interval and this much on top.
GRACE_HOURS = 2
INTERVAL_HOURS = {"day": 24, "hour": 1}
BACKUP_LATE_HOURS, BACKUP_LOST_HOURS = 26, 50
QUARANTINE_WARNING = 1
# How a sentence says it.
ENDED = {"failed": "failed", "lost": "was lost", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True)
class View:
    """What every check needs: an open connection, the settings, the declared pipelines and the moment taken for now."""

    connection: Connection
    settings: Settings
    pipelines: Mapping[str, Pipeline]
    as_of: datetime

    def ask(self, row_type: type[RowType], name: str, **parameters: object) -> list[RowType]:
        values = {"as_of": self.as_of, **parameters}
        return statements.rows_as(row_type, self.connection, f"operations/health/{name}", values)

    @property
    def etl(self) -> list[str]:
        return [name for name, pipeline in self.pipelines.items() if pipeline.kind == "etl"]


Check = Callable[[View], Iterable[Finding]]


def examine(database: Database, settings: Settings, as_of: datetime) -> list[Finding]:
    """Every finding, in the order of the page. A warehouse that cannot be reached is itself the finding."""
    findings = [source_reachable(database)]
    try:
        # In autocommit what one check cannot read spoils no other.
        with database.connect("etl", application_name="miyabi-dw:health", autocommit=True) as connection:
            view = View(connection, settings, load_declarations(), as_of)
            findings += [finding for check in CHECKS for finding in _checked(check, view)]
    except MiyabiError as error:
        unreachable = Finding.of("warehouse", "The warehouse cannot be read", error)
        return [unreachable, *findings, *disk(settings)]
    return [Finding("warehouse", "ok", "The warehouse answers."), *findings, *disk(settings)]


def _checked(check: Check, view: View) -> list[Finding]:
    try:
        return list(check(view))
    except DatabaseError as error:
        if view.connection.closed:
            raise explained(error, "health") from error
        what, remedy = told_error(error)
        name = check.__name__.removeprefix("_")
        return [Finding(name, "critical", f"This was not examined: {what}.", remedy=remedy)]


def worst_level(findings: Iterable[Finding]) -> Level:
    """The worst level among them."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__, default="ok")


def record(connection: Connection, run_id: str, findings: Iterable[Finding]) -> None:
    """Keeps the findings with the run of the morning report; a repeated call replaces them."""
    rows = [asdict(finding) | {"position": at} for at, finding in enumerate(findings, start=1)]
    values = {"run_id": run_id, "findings": json_value([{**row, "value": _number(row["value"])} for row in rows])}
    statements.run(connection, "operations/health/record_finding", values)


def trend(connection: Connection, settings: Settings, as_of: datetime) -> list[TrendPoint]:
    """Each recorded metric over the last 30 days, in order of day."""
    values = {"as_of": as_of, "business_timezone": settings.business_timezone}
    return statements.rows_as(TrendPoint, connection, "operations/health/trend", values)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _runs(view: View) -> Iterable[Finding]:
    for row in view.ask(LastRun, "last_runs", pipelines=view.etl):
        yield _last_run(view.pipelines[row.pipeline], row)


def _last_run(pipeline: Pipeline, row: LastRun) -> Finding:
    name, hours = pipeline.name, row.hours_since_success
    allowed = INTERVAL_HOURS[pipeline.interval or "day"] + GRACE_HOURS
    if row.is_paused:
        return Finding(name, "warning", f"{name} is paused: {row.paused_why}.", hours, "h", f"miyabi-dw unpause {name}")
    if row.state in ("failed", "lost", "cancelled"):
        remedy = f"miyabi-dw resume {row.run_id}"
        return Finding(name, "critical", f"The last run of {name} {ENDED[row.state]}: {row.reason}", hours, "h", remedy)
    if hours is None:
        return Finding(name, "critical", f"{name} has never succeeded.", remedy=f"miyabi-dw run {name}")
    if hours > allowed:
        remedy = "miyabi-dw doctor, then miyabi-dw schedule install if it is not scheduled"
        return Finding(name, "critical", f"{name} last succeeded {hours} hours ago.", hours, "h", remedy)
    return Finding(name, "ok", f"{name} succeeded {hours} hours ago.", hours, "h")


def _success_rate(view: View) -> Iterable[Finding]:
    row = view.ask(SuccessRate, "success_rate", pipelines=view.etl)[0]
    if row.value is None:
        yield Finding("success_rate", "warning", "No run ended in the last 24 hours.", remedy="miyabi-dw doctor")
        return
    level = _band(view, "success_rate", row.value)
    sentence = f"{row.runs - row.failed} of {row.runs} runs succeeded in the last 24 hours."
    remedy = "" if level == "ok" else f"miyabi-dw runs show {row.example}"
    yield Finding("success_rate", level, sentence, row.value, "%", remedy)


def _durations(view: View) -> Iterable[Finding]:
    for name in view.etl:
        metric = "daily_duration" if view.pipelines[name].interval == "day" else "hourly_duration"
        for row in view.ask(Duration, "duration", pipeline=name):
            level = _band(view, metric, row.value)
            sentence = f"The last run of {name} took {row.value} minutes."
            remedy = "" if level == "ok" else f"miyabi-dw runs show {row.example}, then notebook query_tuning"
            yield Finding(metric, level, sentence, row.value, "min", remedy)


def _fact_growth(view: View) -> Iterable[Finding]:
    """Yesterday's rows against the band; a day off is no anomaly, whatever it brought."""
    yesterday = local_day(view.as_of, view.settings.business_zone) - timedelta(days=1)
    for day in view.ask(DayRows, "fact_growth", day=yesterday):
        rows = day.issue_rows
        sentence = f"fact_issue_processing has {counted(rows, 'row')} for {yesterday}."
        sentence = sentence if rows or day.is_loaded else f"{yesterday} was not loaded."
        level = _band(view, "fact_growth", rows)
        if not day.is_business_day and rows <= (view.settings.bands["fact_growth"].alert_max or rows):
            level = "ok"
            sentence += f" That was {day.holiday_name or 'a weekend'}."
        remedy = (
            ""
            if level == "ok"
            else f"miyabi-dw run daily_issue_processing_etl --date {yesterday}, then miyabi-dw doctor"
        )
        yield Finding("fact_growth", level, sentence, Decimal(rows), "rows/day", remedy)


def _never_loaded(view: View) -> Iterable[Finding]:
    found = gaps(view.connection, [view.pipelines[name] for name in view.etl])
    level: Level = "warning" if found else "ok"
    days = Decimal(sum(gap.days for gap in found))
    yield Finding("days_not_loaded", level, told(found), days, "days", commands(found))


def _checks(view: View) -> Iterable[Finding]:
    found = view.ask(CheckNotPassed, "checks")
    critical = [check for check in found if check.severity == "critical" or check.outcome != "failed"]
    if not found:
        yield Finding("gates", "ok", "Every check of the last 24 hours passed.", Decimal(0), "checks")
        return
    first = found[0]
    sentence = f"{counted(len(found), 'check')} did not pass, {len(critical)} critical; the first is {first.check_id}."
    level: Level = "critical" if critical else "warning"
    yield Finding("gates", level, sentence, Decimal(len(found)), "checks", f"miyabi-dw runs show {first.run_id}")


def _quarantine(view: View) -> Iterable[Finding]:
    found = view.ask(QuarantineReason, "quarantine")
    rows, fields = sum(reason.rows for reason in found), sum(reason.fields for reason in found)
    if rows + fields < QUARANTINE_WARNING:
        yield Finding("quarantine", "ok", "No row is in quarantine.", Decimal(0), "rows")
        return
    waiting = [counted(rows, "row")] * bool(rows) + [counted(fields, "field")] * bool(fields)
    verb = "is" if rows + fields == 1 else "are"
    sentence = f"{' and '.join(waiting)} {verb} in quarantine; most because: {found[0].reason}."
    yield Finding("quarantine", "warning", sentence, Decimal(rows + fields), "rows", "miyabi-dw quarantine list")


def _late_data(view: View) -> Iterable[Finding]:
    today = local_day(view.as_of, view.settings.business_zone)
    first = today - timedelta(days=view.settings.lookback_days)
    values = {"as_of": view.as_of, "first_time_key": time_key(first), "last_time_key": time_key(today)}
    rows = statements.value_as(int, view.connection, "operations/health/late_data", values)
    sentence = f"{counted(rows, 'execution')} arrived more than a day late." if rows else "Nothing arrived late."
    yield Finding("late_data", "ok", sentence, Decimal(rows), "rows")


def _backup(view: View) -> Iterable[Finding]:
    hours = view.ask(BackupAge, "backup")[0].hours_since_good
    if hours is None:
        yield Finding("backup", "warning", "There is no good backup.", remedy="miyabi-dw backup")
        return
    level: Level = "ok" if hours <= BACKUP_LATE_HOURS else "warning" if hours <= BACKUP_LOST_HOURS else "critical"
    remedy = "" if level == "ok" else "miyabi-dw backup"
    yield Finding("backup", level, f"The last good backup is {hours} hours old.", hours, "h", remedy)


def _kept(view: View) -> Iterable[Finding]:
    yield from kept.examine(view.connection, view.settings)


def _incidents(view: View) -> Iterable[Finding]:
    found = view.ask(OpenIncident, "incidents")
    if not found:
        yield Finding("incidents", "ok", "No incident is open.", Decimal(0), "incidents")
        return
    level: Level = "critical" if any(incident.severity == "critical" for incident in found) else "warning"
    sentence = f"{counted(len(found), 'incident is', 'incidents are')} open; the first: {found[0].title}"
    yield Finding("incidents", level, sentence, Decimal(len(found)), "incidents", "miyabi-dw alerts list --open")


def _alerts(view: View) -> Iterable[Finding]:
    for fault in alerts.faults(view.connection):
        sentence = f"The last message by {fault.channel} did not reach everybody: {fault.problem}."
        yield Finding("alerts", "warning", sentence, remedy="correct it, then miyabi-dw alerts test")


def _unsigned(view: View) -> Iterable[Finding]:
    found = view.ask(UnsignedMorning, "unsigned")
    if found:
        reports = counted(len(found), "critical morning report is", "critical morning reports are")
        first = local_day(found[0].as_of, view.settings.business_zone)
        sentence = f"{reports} unsigned, the first of {first}."
        remedy = f"miyabi-dw sign-off {found[0].run_id} --by NAME"
        yield Finding("sign_off", "warning", sentence, Decimal(len(found)), "reports", remedy)


def _unmatched(view: View) -> Iterable[Finding]:
    for setting in view.ask(UnmatchedSetting, "unmatched_settings"):
        sentence = f"{setting.name} ({setting.words}) is neither the type nor a label of any issue: DORA counts none."
        yield Finding(setting.name, "warning", sentence, remedy=f"correct {setting.name} in miyabi.toml")


def _band(view: View, metric: str, value: Decimal | int) -> Level:
    return LEVEL_OF_BAND[view.settings.bands[metric].judge(value)]


CHECKS: tuple[Check, ...] = (
    _runs,
    _success_rate,
    _durations,
    _fact_growth,
    _never_loaded,
    _checks,
    _quarantine,
    _late_data,
    _backup,
    _kept,
    _incidents,
    _alerts,
    _unsigned,
    _unmatched,
)
