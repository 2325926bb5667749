"""What the checks cover, and what drifts away from its past."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

import marimo as mo

from miyabi_dw.common.text import counted, listed, written_day
from miyabi_dw.etl.gates import coverage as gate_coverage
from miyabi_dw.workbench import filters
from miyabi_dw.workbench.bench import Workbench
from miyabi_dw.workbench.panels import Answer, Kind

if TYPE_CHECKING:
    import pandas

    from miyabi_dw.common.display import Tone

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


def controls(
    given: filters.Given, days: tuple[date, date], suites: list[str]
) -> tuple[mo.ui.dictionary, tuple[str, ...]]:
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


def answer(days: "pandas.DataFrame", waiting: int, bare: int) -> Answer:
    """By the results of `days`, the rows `waiting` in quarantine and the columns that no check looks at, `bare`."""
    if days.empty:
        return Answer("No check ran in this period, so nothing can be said of it.")
    count = days.groupby("outcome")["checks"].sum()
    failed, stuck = (int(count.get(name, 0)) for name in ("failed", "could not run"))
    critical = int(days[(days["severity"] == "critical") & (days["outcome"] != "passed")]["checks"].sum())
    word = "No" if critical else "With care" if failed or stuck or waiting else "Yes"
    first, last = (written_day(days["day"].agg(end)) for end in ("min", "max"))
    between = f"on {last}" if first == last else f"from {first} to {last}"
    mild = "" if critical else ", none of them critical"
    missed = f"{failed:,} failed{mild}" if failed else "none failed"
    kept = f"{counted(waiting, 'row')} wait in quarantine" if waiting else "no row waits in quarantine"
    told = f"{word}: of {int(count.sum()):,} checks {between}, {missed}"
    doubts = (
        f"{counted(critical, 'check')} were critical, which stops a run before it loads." * bool(critical),
        f"{counted(stuck, 'check')} could not run, so what they look at is not known." * bool(stuck),
        f"{counted(bare, 'column')} of the source have no check." * bool(bare),
    )
    tone: Tone = "bad" if critical else "good" if word == "Yes" else "warn"
    return Answer(f"{told}, and {kept}.", doubts, tone)


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
    named = listed([written_day(day) for day in days[-MOST_DAYS_NAMED:]])
    return named if len(days) <= MOST_DAYS_NAMED else f"{len(days)} days, lastly {named}"
