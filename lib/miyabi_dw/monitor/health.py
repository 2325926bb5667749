"""How the installation is, as findings: each a metric with its level, one sentence and what to do about it."""

import logging
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from miyabi_dw import alerts
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError, json_value
from miyabi_dw.db.errors import explained, told_error
from miyabi_dw.monitor import kept, metric_findings
from miyabi_dw.monitor.findings import Finding, Level, disk, source_reachable
from miyabi_dw.monitor.rows import (
    BackupAge,
    CheckNotPassed,
    DayRows,
    OpenIncident,
    QuarantineReason,
    TrendPoint,
    UnmatchedSetting,
    UnsignedMorning,
)
from miyabi_dw.monitor.run_findings import RUN_CHECKS
from miyabi_dw.monitor.view import Check, View
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.registry.loaded_days import commands, gaps, told

logger = logging.getLogger(__name__)

BACKUP_LATE_HOURS, BACKUP_LOST_HOURS = 26, 50
QUARANTINE_WARNING = 1


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
        logger.warning("a check of the monitor could not be made: %s", error)
        what, remedy = told_error(error)
        return [Finding(_name(check), "critical", f"This was not examined: {what}.", remedy=remedy)]
    except MiyabiError as error:
        return [Finding.of(_name(check), "This was not examined", error)]


def _name(check: Check) -> str:
    return check.__name__.removeprefix("_")


def record(connection: Connection, run_id: str, findings: Iterable[Finding]) -> None:
    """Keeps the findings with the run of the morning report; a repeated call replaces them."""
    rows = [asdict(finding) | {"position": at} for at, finding in enumerate(findings, start=1)]
    values = {"run_id": run_id, "findings": json_value([{**row, "value": _number(row["value"])} for row in rows])}
    statements.run(connection, "monitor/record_finding", values)


def trend(connection: Connection, settings: Settings, as_of: datetime) -> list[TrendPoint]:
    """Each recorded metric over the last 30 days, in order of day."""
    values = {"as_of": as_of, "business_timezone": settings.business_timezone}
    return statements.rows_as(TrendPoint, connection, "monitor/trend", values)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _fact_growth(view: View) -> Iterable[Finding]:
    """Yesterday's rows against the band; a day off is no anomaly, whatever it brought."""
    yesterday = view.today - timedelta(days=1)
    for day in view.ask(DayRows, "fact_growth", day=yesterday):
        rows = day.issue_rows
        sentence = f"fact_issue_processing has {counted(rows, 'row')} for {yesterday}."
        sentence = sentence if rows or day.is_loaded else f"{yesterday} was not loaded."
        level = view.level("fact_growth", rows)
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
    first = view.today - timedelta(days=view.settings.lookback_days)
    values = {"as_of": view.as_of, "first_time_key": time_key(first), "last_time_key": time_key(view.today)}
    rows = statements.value_as(int, view.connection, "monitor/late_data", values)
    sentence = f"{counted(rows, 'execution')} arrived more than a day late." if rows else "Nothing arrived late."
    yield Finding("late_data", "ok", sentence, Decimal(rows), "rows")


def _budgets(view: View) -> Iterable[Finding]:
    yield from metric_findings.budgets(view.connection, view.today)


def _unusual(view: View) -> Iterable[Finding]:
    yield from metric_findings.unusual(view.connection, view.today)


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
        if view.settings.demo_clock:
            kinds = setting.words.replace(",", " or ")
            yield Finding(setting.name, "ok", f"The history has no issue of type {kinds}: DORA counts none.")
            continue
        sentence = f"{setting.name} ({setting.words}) is neither the type nor a label of any issue: DORA counts none."
        yield Finding(setting.name, "warning", sentence, remedy=f"correct {setting.name} in miyabi.toml")


CHECKS: tuple[Check, ...] = (
    *RUN_CHECKS,
    _fact_growth,
    _never_loaded,
    _checks,
    _quarantine,
    _late_data,
    _budgets,
    _unusual,
    _backup,
    _kept,
    _incidents,
    _alerts,
    _unsigned,
    _unmatched,
)
