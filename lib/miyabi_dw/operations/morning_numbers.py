"""The morning report's numbers: each asked of the metric that defines it, by business day, week and month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.timeframe import Month, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.answer import Figure, answer
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import ask

HISTORY_DAYS = 30
DORA = ("deployment_frequency", "lead_time", "change_failure_rate", "recovery")


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """Rows of fact_issue_processing on a business day."""

    day: date
    is_business_day: bool
    holiday_name: str | None
    issue_rows: int


@dataclass(frozen=True, slots=True)
class CostDay:
    """US dollars of a business day without suspect reports, estimates by their lower end."""

    day: date
    reported_usd: Decimal
    estimated_usd: Decimal
    executions_of_unknown_cost: int


@dataclass(frozen=True, slots=True)
class DayRun:
    """A pipeline's run of the last 24 hours; `seconds` is null until it has ended."""

    run_id: str
    pipeline: str
    state: str
    interval_start: datetime | None
    interval_end: datetime | None
    trigger: str
    seconds: float | None
    reason: str | None


@dataclass(frozen=True)
class Asked:
    """A metric and its figures, one a period; none where no day of the range was loaded."""

    metric: Definition
    figures: tuple[Figure, ...]

    @property
    def last(self) -> Figure | None:
        return self.figures[-1] if self.figures else None


@dataclass(frozen=True)
class Days:
    """The days that a morning looks back on: `last` is yesterday."""

    last: date

    @property
    def first(self) -> date:
        return self.last - timedelta(days=HISTORY_DAYS - 1)

    @property
    def week(self) -> date:
        """The Monday of the last week that is over."""
        today = self.last + timedelta(days=1)
        return today - timedelta(days=today.weekday() + 7)

    @property
    def month(self) -> Month:
        return Month.of(self.last + timedelta(days=1)) - 1

    @property
    def keys(self) -> dict[str, int]:
        return {"first_time_key": time_key(self.first), "last_time_key": time_key(self.last)}


def by_day(connection: Connection, name: str, days: Days, where: Mapping[str, list[str]] | None = None) -> Asked:
    """The days that `days` looks back on."""
    return _asked(connection, name, "day", days.first, days.last, days, where)


def of_day(connection: Connection, name: str, days: Days) -> Asked:
    return _asked(connection, name, "day", days.last, days.last, days)


def of_week(connection: Connection, name: str, days: Days) -> Asked:
    return _asked(connection, name, "week", days.week, days.week, days)


def of_month(connection: Connection, name: str, days: Days) -> Asked:
    return _asked(connection, name, "month", days.month.first, days.month.last, days)


def growth(connection: Connection, days: Days) -> list[GrowthDay]:
    return statements.rows_as(GrowthDay, connection, "operations/morning_checklist/growth", days.keys)


def cost(connection: Connection, days: Days) -> list[CostDay]:
    return statements.rows_as(CostDay, connection, "operations/morning_checklist/cost", days.keys)


def runs(connection: Connection, pipelines: Sequence[str], as_of: datetime) -> list[DayRun]:
    values = {"pipelines": list(pipelines), "as_of": as_of}
    return statements.rows_as(DayRun, connection, "operations/morning_checklist/runs", values)


def _asked(
    connection: Connection, name: str, grain: str, first: date, last: date, days: Days,
    where: Mapping[str, list[str]] | None = None,
) -> Asked:  # fmt: skip
    """What was never loaded, or a pipeline that never ran, has no figure: that is said where the figure would be."""
    metric = load(name)
    question = ask(metric, Grain.parse(grain, metric), first, last, days.last + timedelta(days=1), where=where)
    try:
        return Asked(metric, answer(connection, question).figures)
    except BadRequest:
        return Asked(metric, ())
