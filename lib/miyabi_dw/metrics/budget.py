"""Budgets for language models: what may be spent in a month, what was, and whether that is to be told."""

import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Literal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import did_you_mean, dollar_range, dollars
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as, run_count, values_as
from miyabi_dw.metrics.catalogue import run
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.format import told
from miyabi_dw.metrics.measured import values_of

logger = logging.getLogger(__name__)

TOTAL = "total"
COST, USE = "llm_cost", "budget_use"
MOST_MODELS = 10_000


class Mark(IntEnum):
    """How far a budget is used; each but the first is told, the higher the more urgent."""

    KEPT = 0
    WILL_PASS = 1
    NEARLY = 2
    PASSED = 3

    @property
    def level(self) -> Literal["ok", "warning", "critical"]:
        """As a finding has it."""
        return "critical" if self is Mark.PASSED else "warning" if self else "ok"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will have been spent at the end of the month, USD; four times in five it lies between `low` and `high`."""

    expected: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Budget:
    """USD that may be spent in a month and were spent, up to `last_day`: its last loaded day, null before there is one.

    For one agent, one model or both; all of them where these are null.
    """

    name: str
    agent: str | None
    model: str | None
    usd: Decimal
    spent_usd: Decimal
    last_day: date | None

    @property
    def share(self) -> Decimal:
        """1 when all of it is spent."""
        return self.spent_usd / self.usd

    @property
    def where(self) -> Mapping[str, Sequence[str]]:
        """What a question about its cost keeps."""
        return {key: (value,) for key, value in (("agent", self.agent), ("model", self.model)) if value}

    @property
    def command(self) -> str:
        """What sets it, but for the sum."""
        of_model = f" --model {shlex.quote(self.model)}" if self.model else ""
        return f"miyabi-dw budget set {shlex.quote(self.agent or TOTAL)} USD --per month{of_model}"


@dataclass(frozen=True, slots=True)
class Use:
    """A budget in a month, how far it is used, and what its end will be where that is known."""

    budget: Budget
    month: Month
    mark: Mark
    outlook: Outlook | None = None

    @property
    def place(self) -> str:
        """The budget and the month: one incident each."""
        return f"{self.budget.name}, {self.month}"

    @property
    def sentence(self) -> str:
        budget, of = self.budget, f"of the {dollars(float(self.budget.usd))} for {self.month}"
        who = self.budget.name if budget.agent or budget.model else "All agents together"
        if self.mark is Mark.WILL_PASS and self.outlook:
            expected, band = dollars(float(self.outlook.expected)), dollar_range(self.outlook.low, self.outlook.high)
            return f"{who} will need about {expected} {of} (four times in five {band})."
        until = f", up to {budget.last_day}" if budget.last_day else ""
        return f"{who} used {told(budget.share, 'ratio', 0)} {of}: {dollars(float(budget.spent_usd))}{until}."

    @property
    def remedy(self) -> str:
        """Where it went, and what to do where that is right."""
        kept = "".join(f" --where {key}={shlex.quote(value)}" for key, (value,) in self.budget.where.items())
        by = ",".join(name for name in ("agent", "model", "issue") if name not in self.budget.where)
        look = f"miyabi-dw metrics query {COST} --by {by}{kept} --from {self.month.first}"
        return f"{look}; where that is right, {self.budget.command}"


@dataclass(frozen=True, slots=True)
class Change:
    """A decision: what may be spent from a month on, USD a month; null where there was or is no budget."""

    name: str
    first_month: date
    usd: Decimal | None
    usd_before: Decimal | None
    changed_by: str
    changed_at: datetime


def uses(connection: Connection, today: date) -> list[Use]:
    """The budgets of today's month, the total one first; without an outlook."""
    month = Month.of(today)
    values = {"first": month.first, "last": month.last, "today": today}
    return [
        Use(each, month, mark_of(each)) for each in rows_as(Budget, connection, "metrics/budgets", values)
    ]  # fmt: skip


def for_tile(connection: Connection, today: date) -> Use | None:
    """The budget to show beside the cost of the month: that for all, else the one used most; None without any."""
    found = uses(connection, today)
    of_all = next((use for use in found if use.budget.name == TOTAL), None)
    return of_all or max(found, key=lambda use: use.budget.share, default=None)


def mark_of(budget: Budget) -> Mark:
    """By the bands of the metric."""
    bands = load(USE).bands
    assert not isinstance(bands, str) and bands and bands.normal_max and bands.alert_max
    share = budget.share
    return Mark.PASSED if share >= bands.alert_max else Mark.NEARLY if share >= bands.normal_max else Mark.KEPT


def with_outlook(use: Use, outlook: Outlook | None) -> Use:
    """The same, told where nothing else is and more is expected than may be spent."""
    will_pass = use.mark is Mark.KEPT and outlook is not None and outlook.expected > use.budget.usd
    return replace(use, outlook=outlook, mark=Mark.WILL_PASS if will_pass else use.mark)


def change(
    connection: Connection, agent: str | None, model: str | None, usd: Decimal | None, today: date, by: str
) -> bool:
    """Sets a budget from today's month on, or ends it where `usd` is null; whether that changed anything.

    BadRequest for an agent or a model that the warehouse does not know.
    """
    if usd is not None:
        _check_known(connection, agent, model)
    values = {"agent": agent, "model": model, "usd": usd, "first_month": Month.of(today).first, "changed_by": by}
    is_new = run_count(connection, "metrics/change_budget", values) > 0
    logger.info("budget of %s, %s: %s USD by %s", agent or TOTAL, model or "all models", usd, by)
    return is_new


def changes(connection: Connection) -> list[Change]:
    """Every decision, the latest first."""
    return rows_as(Change, connection, "metrics/budget_changes")


def _check_known(connection: Connection, agent: str | None, model: str | None) -> None:
    if agent:
        _refuse_unknown("agent", agent, values_as(str, connection, "metrics/agents"))
    if model:
        known = run(connection, values_of(load(COST), "model", MOST_MODELS))[1]
        _refuse_unknown("model", model, [str(row[0]) for row in known])


def _refuse_unknown(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        remedy = did_you_mean(name, known) or f"miyabi-dw metrics query {COST} --by {kind} lists them"
        raise BadRequest(f"there is no {kind} {name!r}", remedy=remedy)
