"""What is wrong with a row or a field, said of the value found: the reason that quarantine keeps, as SQL."""

from typing import Any

import sqlalchemy as sa

from miyabi_dw.etl.gates.batch import Batch
from miyabi_dw.etl.gates.suites import Check

BETWEEN = "expect_column_values_to_be_between"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
NOT_NULL = "expect_column_values_to_not_be_null"
MOMENT = "timestamp with time zone"
Text = sa.ColumnElement[Any]


def fault(check: Check, batch: Batch, zone: str) -> Text:
    """The fault of an offending row: the value of its column, or how far two moments are apart; else the rule.

    Moments are told on the source's clock, `zone`.
    """
    if check.type == PAIR:
        return _order(check, zone)
    if check.type == NOT_NULL:
        return sa.literal(f"{check.columns[0]} is missing: {check.note}")
    if check.type == BETWEEN:
        return _outside(check.columns[0], batch, check, zone)
    if len(check.columns) == 1 and not check.names_places:
        return sa.func.format("%s is %L: %s", check.columns[0], sa.column(check.columns[0]), check.note)
    return sa.literal(check.note)


def clock_is_sure(check: Check, zone: str) -> Text:
    """False where two moments are out of order because the source's clock was put back or forward."""
    if check.type != PAIR or zone == "UTC":
        return sa.true()
    moments: list[Text] = [sa.column(check.kwargs[key]) for key in ("column_A", "column_B")]
    return sa.not_(sa.or_(*(sa.func.ops.clock_is_unsure(moment, zone) for moment in moments)))


def _order(check: Check, zone: str) -> Text:
    first, second = check.kwargs["column_A"], check.kwargs["column_B"]
    return sa.func.ops.order_fault(first, sa.column(first), second, sa.column(second), zone)


def _outside(name: str, batch: Batch, check: Check, zone: str) -> Text:
    """The value alone where it says enough: NaN, infinity, a negative number."""
    value: Text = sa.column(name)
    shown = sa.func.timezone(zone, value) if batch.columns.get(name) == MOMENT else value
    text = sa.cast(shown, sa.Text)
    plain = sa.or_(text.like("-%"), text.in_(("NaN", "Infinity", "infinity")))
    return sa.case(
        (plain, sa.func.format("%s is %s", name, text)),
        else_=sa.func.format("%s is %s: %s", name, sa.func.left(text, 60), check.note),
    )
