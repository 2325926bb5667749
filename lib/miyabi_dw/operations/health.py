"""How the installation is, as findings: each a metric with its level, one sentence and what to do about it."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError, json_value
from miyabi_dw.db.errors import explained, redacted_error
from miyabi_dw.registry.declarations import Pipeline, load_declarations

Level = Literal["ok", "warning", "critical"]
LEVEL_OF_BAND: Mapping[str, Level] = {"normal": "ok", "warning": "warning", "alert": "critical"}
SEVERITY: Mapping[Level, int] = {"ok": 0, "warning": 1, "critical": 2}
# A pipeline is late when its last success is older than one interval and this much on top.
GRACE_HOURS = 2
INTERVAL_HOURS = {"day": 24, "hour": 1}
BACKUP_LATE_HOURS, BACKUP_LOST_HOURS = 26, 50
QUARANTINE_WARNING = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the morning page; `value` is null when the metric is no number or could not be measured."""

    name: str
    level: Level
    sentence: str
    value: Decimal | None = None
    unit: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What every look needs: an open connection, the settings, the declared pipelines and the moment taken for now."""

    connection: Connection
    settings: Settings
    pipelines: Mapping[str, Pipeline]
    as_of: datetime

    def ask(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        return statements.run(self.connection, f"operations/health/{name}", {"as_of": self.as_of, **parameters})

    @property
    def etl(self) -> list[str]:
        return [name for name, pipeline in self.pipelines.items() if pipeline.kind == "etl"]


def examine(database: Database, settings: Settings, as_of: datetime) -> list[Finding]:
    """Every finding, in the order of the page. A warehouse that cannot be reached is itself the finding."""
    findings = [source_reachable(database)]
    try:
        # In autocommit what one look cannot read spoils no other.
        with database.connect("etl", application_name="miyabi-dw:health", autocommit=True) as connection:
            view = View(connection, settings, load_declarations(), as_of)
            findings += [finding for look in LOOKS for finding in _looked(look, view)]
    except MiyabiError as error:
        sentence = f"The warehouse cannot be read: {error.finding}."
        unreachable = Finding("warehouse", "critical", sentence, remedy=error.remedy)
        return [unreachable, *findings, *disk(settings)]
    return [Finding("warehouse", "ok", "The warehouse answers."), *findings, *disk(settings)]


def _looked(look: Callable[[View], Iterable[Finding]], view: View) -> list[Finding]:
    try:
        return list(look(view))
    except DatabaseError as error:
        if view.connection.closed:
            raise explained(error, "health") from error
        said = redacted_error(error).partition(" LINE ")[0]
        name = look.__name__.removeprefix("_")
        return [Finding(name, "critical", f"This could not be looked at: {said}.", remedy="miyabi-dw doctor")]


def verdict(findings: Iterable[Finding]) -> Level:
    """The worst level among them."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__, default="ok")


def record(connection: Connection, run_id: str, findings: Iterable[Finding]) -> None:
    """Keeps the findings with the run of the morning page; a repeated call replaces them."""
    rows = [asdict(finding) | {"position": at} for at, finding in enumerate(findings, start=1)]
    values = {"run_id": run_id, "findings": json_value([{**row, "value": _number(row["value"])} for row in rows])}
    statements.run(connection, "operations/health/record_finding", values)


def trend(connection: Connection, settings: Settings, as_of: datetime) -> list[dict[str, Any]]:
    """name, day, value, unit and level of each recorded metric over the last 30 days."""
    values = {"as_of": as_of, "business_timezone": settings.business_timezone}
    return statements.run(connection, "operations/health/trend", values)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def source_reachable(database: Database) -> Finding:
    try:
        with database.connect("source", application_name="miyabi-dw:health", statement_timeout=10) as connection:
            statements.run(connection, "operations/health/ping")
    except MiyabiError as error:
        return Finding("source", "critical", f"The source cannot be read: {error.finding}.", remedy=error.remedy)
    return Finding("source", "ok", "The source answers.")


def _runs(view: View) -> Iterable[Finding]:
    for row in view.ask("last_runs", pipelines=view.etl):
        yield _last_run(view.pipelines[row["pipeline"]], row)


def _last_run(pipeline: Pipeline, row: Mapping[str, Any]) -> Finding:
    name, hours = pipeline.name, row["hours_since_success"]
    allowed = INTERVAL_HOURS[pipeline.interval or "day"] + GRACE_HOURS
    if row["is_paused"]:
        return Finding(
            name, "warning", f"{name} is paused: {row['paused_why']}.", hours, "h", f"miyabi-dw unpause {name}"
        )
    if row["state"] in ("failed", "lost", "cancelled"):
        remedy = f"miyabi-dw resume {row['run_id']}"
        return Finding(name, "critical", f"The last run of {name} {row['state']}: {row['reason']}", hours, "h", remedy)
    if hours is None:
        return Finding(name, "critical", f"{name} has never succeeded.", remedy=f"miyabi-dw run {name}")
    if hours > allowed:
        remedy = "miyabi-dw doctor, then miyabi-dw schedule install if it is not scheduled"
        return Finding(name, "critical", f"{name} last succeeded {hours} hours ago.", hours, "h", remedy)
    return Finding(name, "ok", f"{name} succeeded {hours} hours ago.", hours, "h")


def _success_rate(view: View) -> Iterable[Finding]:
    row = view.ask("success_rate", pipelines=view.etl)[0]
    if row["value"] is None:
        yield Finding("success_rate", "warning", "No run ended in the last 24 hours.", remedy="miyabi-dw doctor")
        return
    level = _band(view, "success_rate", row["value"])
    sentence = f"{row['runs'] - row['failed']} of {row['runs']} runs succeeded in the last 24 hours."
    remedy = "" if level == "ok" else f"miyabi-dw runs show {row['example']}"
    yield Finding("success_rate", level, sentence, row["value"], "%", remedy)


def _durations(view: View) -> Iterable[Finding]:
    for name in view.etl:
        metric = "daily_duration" if view.pipelines[name].interval == "day" else "hourly_duration"
        for row in view.ask("duration", pipeline=name):
            level = _band(view, metric, row["value"])
            sentence = f"The last run of {name} took {row['value']} minutes."
            remedy = "" if level == "ok" else f"miyabi-dw runs show {row['example']}, then notebook query_tuning"
            yield Finding(metric, level, sentence, row["value"], "min", remedy)


def _fact_growth(view: View) -> Iterable[Finding]:
    """Yesterday's rows against the band; a day off is no anomaly, whatever it brought."""
    yesterday = local_day(view.as_of, view.settings.business_zone) - timedelta(days=1)
    for row in view.ask("fact_growth", first_day=yesterday, last_day=yesterday):
        rows = row["issue_rows"]
        sentence = f"fact_issue_processing has {counted(rows, 'row')} for {yesterday}."
        level = _band(view, "fact_growth", rows)
        if not row["is_business_day"] and rows <= (view.settings.bands["fact_growth"].alert_max or rows):
            level = "ok"
            sentence += f" That was {row['holiday_name'] or 'a weekend'}."
        remedy = (
            ""
            if level == "ok"
            else f"miyabi-dw run daily_issue_processing_etl --date {yesterday}, then miyabi-dw doctor"
        )
        yield Finding("fact_growth", level, sentence, Decimal(rows), "rows/day", remedy)


def _checks(view: View) -> Iterable[Finding]:
    found = view.ask("checks")
    critical = [row for row in found if row["severity"] == "critical" or row["outcome"] == "could not check"]
    if not found:
        yield Finding("gates", "ok", "Every check of the last 24 hours passed.", Decimal(0), "checks")
        return
    first = found[0]
    sentence = (
        f"{counted(len(found), 'check')} did not pass, {len(critical)} critical; the first is {first['check_id']}."
    )
    level: Level = "critical" if critical else "warning"
    yield Finding("gates", level, sentence, Decimal(len(found)), "checks", f"miyabi-dw runs show {first['run_id']}")


def _quarantine(view: View) -> Iterable[Finding]:
    found = view.ask("quarantine")
    rows = sum(row["rows"] for row in found)
    if rows < QUARANTINE_WARNING:
        yield Finding("quarantine", "ok", "No row is in quarantine.", Decimal(0), "rows")
        return
    sentence = f"{counted(rows, 'row is', 'rows are')} in quarantine; most because: {found[0]['reason']}."
    yield Finding("quarantine", "warning", sentence, Decimal(rows), "rows", "miyabi-dw quarantine list")


def _late_data(view: View) -> Iterable[Finding]:
    today = local_day(view.as_of, view.settings.business_zone)
    first = today - timedelta(days=view.settings.lookback_days)
    row = view.ask("late_data", first_time_key=time_key(first), last_time_key=time_key(today))[0]
    sentence = (
        f"{counted(row['rows'], 'execution')} arrived more than a day late." if row["rows"] else "Nothing arrived late."
    )
    yield Finding("late_data", "ok", sentence, Decimal(row["rows"]), "rows")


def _backup(view: View) -> Iterable[Finding]:
    row = view.ask("backup")[0]
    hours = row["hours_since_good"]
    if hours is None:
        yield Finding("backup", "warning", "There is no good backup.", remedy="miyabi-dw backup")
        return
    level: Level = "ok" if hours <= BACKUP_LATE_HOURS else "warning" if hours <= BACKUP_LOST_HOURS else "critical"
    remedy = "" if level == "ok" else "miyabi-dw backup"
    yield Finding("backup", level, f"The last good backup is {hours} hours old.", hours, "h", remedy)


def _incidents(view: View) -> Iterable[Finding]:
    found = view.ask("incidents")
    if not found:
        yield Finding("incidents", "ok", "No incident is open.", Decimal(0), "incidents")
        return
    level: Level = "critical" if any(row["severity"] == "critical" for row in found) else "warning"
    sentence = f"{counted(len(found), 'incident is', 'incidents are')} open; the first: {found[0]['title']}"
    yield Finding("incidents", level, sentence, Decimal(len(found)), "incidents", "miyabi-dw alerts list --open")


def _unsigned(view: View) -> Iterable[Finding]:
    found = view.ask("unsigned")
    if found:
        pages = counted(len(found), "red morning page is", "red morning pages are")
        sentence = f"{pages} unsigned, the first of {found[0]['as_of']:%Y-%m-%d}."
        remedy = f"miyabi-dw sign-off {found[0]['run_id']} --by NAME"
        yield Finding("sign_off", "warning", sentence, Decimal(len(found)), "pages", remedy)


def disk(settings: Settings) -> Iterable[Finding]:
    """Use of the disk that holds the state, as df counts it: what is kept for root counts as used."""
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    usage = shutil.disk_usage(place)
    used = Decimal(round(1000 * usage.used / (usage.used + usage.free))) / 10
    level = LEVEL_OF_BAND[settings.bands["disk_used"].judge(used)]
    free = f"{usage.free / 1e9:,.1f} GB are free"
    remedy = "" if level == "ok" else "miyabi-dw runs prune, miyabi-dw archive, or give it more room"
    yield Finding("disk_used", level, f"The disk is {used} % full, {free}.", used, "%", remedy)


def _band(view: View, metric: str, value: Decimal | int) -> Level:
    return LEVEL_OF_BAND[view.settings.bands[metric].judge(value)]


LOOKS: tuple[Callable[[View], Iterable[Finding]], ...] = (
    _runs,
    _success_rate,
    _durations,
    _fact_growth,
    _checks,
    _quarantine,
    _late_data,
    _backup,
    _incidents,
    _unsigned,
)
