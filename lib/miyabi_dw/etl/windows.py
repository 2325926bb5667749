"""Which stretches of the source's time a run reads, on the source's own clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from miyabi_dw.common.timeframe import Month, business_day, local_day, time_key
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.db.statements import rows_as, statement, value_as, values_as
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.tables import Family, SourceTable

ROWS_PLACE = "/* rows */"
TYPES: dict[Family, str] = {
    "integer": "bigint", "number": "numeric", "text": "text", "boolean": "boolean", "timestamp": "timestamp",
}  # fmt: skip

# What a source query is bound to: moments, or their text.
Span = dict[str, datetime | str | None]
# The same when everything is asked for.
EVER: Span = {"first": "-infinity", "last": "infinity", "windows": None}
# Where rows are counted whose moment is unknown, or is none that a calendar holds.
UNPLACED = datetime(1970, 1, 1)  # noqa: DTZ001 - on the source's clock
ALWAYS = "infinity"

# Further: ids, which rows without a place in the calendar are wanted, and where the future begins.
Named = dict[str, datetime | bool | list[int]]

Digest = dict[date, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The rows of a business day or month (its first day), and the sum of their hashes: None where none has a hash."""

    bucket: date
    row_count: int
    digest: Decimal | None


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open stretch without zone, as the source writes its times, and why it is read."""

    start: datetime
    end: datetime
    reason: str = "interval"

    def without(self, hole: "Window") -> list["Window"]:
        """What is left of it when `hole` is cut out."""
        before = Window(self.start, min(self.end, hole.start), self.reason)
        after = Window(max(self.start, hole.end), self.end, self.reason)
        return [part for part in (before, after) if part.start < part.end]

    def within(self, frame: "Window") -> "Window":
        return Window(max(self.start, frame.start), min(self.end, frame.end), self.reason)


def parameters(windows: Sequence[Window]) -> Span:
    """What a source query is bound to: first and last moment of all windows, and the windows where there are several.

    What is not needed is null: the source's planner then leaves the condition out, and without windows looks up ids.
    """
    several = "{" + ",".join(f"[{window.start.isoformat()},{window.end.isoformat()})" for window in windows) + "}"
    return {
        "first": min((window.start for window in windows), default=None),
        "last": max((window.end for window in windows), default=None),
        "windows": several if len(windows) > 1 else None,
    }


def rows_named(
    stage: StageContext, ids: Sequence[int] = (), *, undated: bool = False, uncounted: bool = False
) -> Named:
    """What else a source query is bound to: ids, and whether it brings rows whose moments no calendar holds.

    `uncounted` rows lack the moment that they are counted by, and may have others.
    """
    latest = source_clock(stage, stage.latest_moment)
    return {"ids": list(ids), "undated": undated, "uncounted": uncounted, "latest": latest}


def has_uncounted(due: Iterable[Window]) -> bool:
    """Whether rows are counted in one of the windows that lack the moment to be counted by."""
    return any(window.start <= UNPLACED < window.end for window in due)


def interval_window(stage: StageContext) -> Window:
    return Window(source_clock(stage, stage.interval.start), source_clock(stage, stage.interval.end))


def with_lookback(stage: StageContext) -> Window:
    """The interval and the days before it in which rows may have changed without telling when."""
    interval = interval_window(stage)
    reason = f"interval and {stage.settings.lookback_days} days before it"
    return Window(interval.start - timedelta(days=stage.settings.lookback_days), interval.end, reason)


def changed_windows(
    stage: StageContext, source: Connection, warehouse: Connection, table: SourceTable
) -> list[Window]:  # fmt: skip
    """The interval, and the days of its look-back on which source and warehouse differ; no archived month."""
    interval = interval_window(stage)
    before = Window(interval.start - timedelta(days=stage.settings.lookback_days), interval.start)
    due = [interval, *_changed_days(stage, source, warehouse, table, before)]
    for month in archived_months(warehouse, table):
        hole = month_window(stage, month.key)
        due = [part for window in due for part in window.without(hole)]
    return sorted(due)


def archived_months(warehouse: Connection, table: SourceTable) -> list[Month]:
    """Months of the fact that carries the table which have left the warehouse."""
    keys = values_as(int, warehouse, "etl/extract/archived_months", {"fact": table.carried_by})
    return [Month.from_key(key) for key in keys]


def _changed_days(
    stage: StageContext, source: Connection, warehouse: Connection, table: SourceTable, before: Window
) -> list[Window]:
    if before.start == before.end:
        return []
    theirs = source_digest(stage, source, table, "day", before)
    ours = carried_digest(stage, warehouse, table, "day", before)
    return [
        day_window(stage, day, "changed since it was loaded").within(before) for day in differing(theirs, ours)
    ]  # fmt: skip


def differing(theirs: Digest, ours: Digest) -> list[date]:
    """The days or months on which count or checksum differ, in order."""
    return sorted(bucket for bucket in theirs.keys() | ours.keys() if theirs.get(bucket) != ours.get(bucket))


def source_digest(
    stage: StageContext, source: Connection, table: SourceTable, unit: str, window: Window | None = None, *,
    until: datetime | str = ALWAYS,
) -> Digest:  # fmt: skip
    """Count and checksum of a source table's rows by business day or month: in the window, or of all before `until`."""
    asked = EVER if window is None else parameters([window])
    values = asked | rows_named(stage, undated=window is None) | _zones(stage) | {"unit": unit, "until": until}
    rows = query(source, over_rows("etl/extract/source_digest", source, table), values)
    return _digest(Bucket(**row) for row in rows)


def known_digest(
    stage: StageContext, warehouse: Connection, table: SourceTable, unit: str, *, until: datetime | str = ALWAYS
) -> Digest:
    """The same of all rows that the warehouse knows of the table."""
    if table.carried_by:
        return carried_digest(stage, warehouse, table, unit, until=until)
    names = {"moment": table.moment, "table": f"staging.{table.table}"}
    values = _zones(stage) | {"unit": unit, "until": until, "source_table": table.table, "moment": table.moment}
    return _digest(rows_as(Bucket, warehouse, "etl/extract/staged_digest", values, **names))


def carried_digest(
    stage: StageContext, warehouse: Connection, table: SourceTable, unit: str, window: Window | None = None, *,
    until: datetime | str = ALWAYS,
) -> Digest:  # fmt: skip
    """The same of the rows of a large table, which its fact has: in the window, or of all before `until`."""
    asked = EVER | {"first_day": 0, "last_day": 99999999}
    if window is not None:
        asked = parameters([window]) | _days_around(stage, window)
    values = asked | _zones(stage) | {"unit": unit, "until": until}
    return _digest(rows_as(Bucket, warehouse, f"etl/extract/digest_{table.carried_by}", values))


def _days_around(stage: StageContext, window: Window) -> dict[str, int]:
    """Time keys that enclose the window, a day more on each side than needed: they only spare partitions."""
    zone = stage.settings.business_zone
    first, last = (moment.replace(tzinfo=stage.settings.source_zone) for moment in (window.start, window.end))
    return {
        "first_day": time_key(local_day(first, zone) - timedelta(days=1)),
        "last_day": time_key(local_day(last, zone) + timedelta(days=1)),
    }


def day_window(stage: StageContext, day: date, reason: str) -> Window:
    whole = business_day(day, stage.settings.business_zone)
    return Window(source_clock(stage, whole.start), source_clock(stage, whole.end), reason)


def month_window(stage: StageContext, month_key: int, reason: str = "month") -> Window:
    """A business month, yyyymm."""
    month = Month.from_key(month_key)
    return Window(day_window(stage, month.first, reason).start, day_window(stage, month.last, reason).end, reason)


def source_clock(stage: StageContext, moment: datetime) -> datetime:
    """What the source's clock shows at `moment`."""
    return moment.astimezone(stage.settings.source_zone).replace(tzinfo=None)


def source_query(source: Connection, table: SourceTable) -> str:
    """The query that reads a source table, without its closing semicolon; no rows of an optional one that is absent."""
    rows = statement(f"source/{table.table}").strip().removesuffix(";")
    if not table.optional:
        return rows
    types = [TYPES[column.family] for column in table.columns.values()]
    asked = {"source_table": table.table, "columns": list(table.columns), "types": types}
    return value_as(str, source, "etl/extract/absent_rows", asked) + rows


def over_rows(name: str, source: Connection, table: SourceTable) -> str:
    """The statement `name` about the rows that a source query gives."""
    return around(name, source_query(source, table))


def around(name: str, rows: str, **identifiers: str) -> str:
    """The statement `name` with the query `rows` in it."""
    return statement(name, **identifiers).replace(ROWS_PLACE, rows)


def _zones(stage: StageContext) -> dict[str, str]:
    return {
        "source_timezone": stage.settings.source_timezone,
        "business_timezone": stage.settings.business_timezone,
    }


def _digest(rows: Iterable[Bucket]) -> Digest:
    return {row.bucket: (row.row_count, int(row.digest or 0)) for row in rows}
