"""What the checks cover, and what drifts away from its past."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

import marimo as mo

from miyabi_dw.common.text import listed
from miyabi_dw.etl.gates import coverage as gate_coverage
from miyabi_dw.workbench import filters
from miyabi_dw.workbench.bench import Workbench
from miyabi_dw.workbench.panels import Kind

if TYPE_CHECKING:
    import pandas

SEVERITIES = (filters.ALL, "critical", "warning", "info")
OUTCOMES = (filters.ALL, "failed", "could not run", "passed")
MOST_DAYS_NAMED = 5
DRIFT_SHOWN = timedelta(days=180)


class DriftAsked(TypedDict):
    """What `drift_controls` say: a column as table.column, and its business days."""

    column: str
    data_from: date
    data_to: date


def span(bench: Workbench) -> tuple[date, date] | None:
    """First and last day on which anything was checked; checks also run where nothing was ever loaded."""
    found = bench.frame("check_span").iloc[0]
    return None if found["first_day"] is None else (found["first_day"], found["last_day"])


def controls(given: filters.Given, days: tuple[date, date], suites: list[str]) -> mo.ui.dictionary:
    return filters.controls(given, days, {"suite": suites, "severity": SEVERITIES, "outcome": OUTCOMES})


def coverage() -> "pandas.DataFrame":
    """One row a layer, table and column with the number of its checks, those without any first."""
    import pandas

    frame = pandas.DataFrame(gate_coverage.coverage()).rename(columns={"count": "checks", "checks": "names"})
    return frame.sort_values(["checks", "layer", "table", "column"], ignore_index=True)


def covered(found: "pandas.DataFrame") -> str:
    bare = int((found["checks"] == 0).sum())
    checks, tables = int(found["checks"].sum()), found["table"].nunique()
    covers = f"{checks:,} checks cover {len(found) - bare:,} columns of {tables} tables"
    return (
        f"{covers}; {bare} columns of the source have none."
        if bare
        else f"{covers}; every column of the source has one."
    )


def drift_controls(given: filters.Given, columns: list[str], last_day: date) -> mo.ui.dictionary:
    """A column and the business days of its facts, which are not the days on which checks ran."""
    first = filters.day(given, "data_from", last_day - DRIFT_SHOWN, "Business days from")
    last = filters.day(given, "data_to", last_day, "to")
    column = filters.choice(given, "column", columns, label="Column of a fact")
    return mo.ui.dictionary({"column": column, "data_from": first, "data_to": last})


def drift(bench: Workbench, asked: DriftAsked) -> "pandas.DataFrame":
    """Rows of the column's table and its share of nulls, by day, each beside its past."""
    table, _, name = asked["column"].partition(".")
    return bench.column_frame("column_days", table, name, first_day=asked["data_from"], last_day=asked["data_to"])


def drifted(found: "pandas.DataFrame", column: str) -> tuple[str, Kind]:
    """Which days lie outside what the days before lead one to expect."""
    share, volume = (found[found[name]]["day"].tolist() for name in ("is_unusual_share", "is_unusual_volume"))
    if not share and not volume:
        return (
            f"Neither the share of nulls of {column} nor the rows of a day leave what their past leads one to expect.",
            "success",
        )
    told = [f"The share of nulls of {column} is unusual on {_days(share)}"] if share else []
    told += [f"The number of rows is unusual on {_days(volume)}"] if volume else []
    return f"{'. '.join(told)}.", "warn"


def _days(days: list[date]) -> str:
    named = listed([str(day) for day in days[-MOST_DAYS_NAMED:]])
    return named if len(days) <= MOST_DAYS_NAMED else f"{len(days)} days, lastly {named}"
