"""The page of weekly maintenance: both sides month by month, then each step with what it did."""

from typing import TYPE_CHECKING

from miyabi_dw.common.display import Grid, Tile, Tiles, columns
from miyabi_dw.common.text import counted, listed
from miyabi_dw.operations.job_pages.words import month_name, number, records
from miyabi_dw.reports.formats import duration

if TYPE_CHECKING:
    import pandas

MONTHS = columns("table", "month", "rows in the source|number", "rows here|number", "state|state")


def compared(months: "pandas.DataFrame") -> Tiles:
    """How many months were compared and what came of it."""
    reread, never = int(months["reread"].sum()), int(months["never_loaded"].sum())
    equal = int(months["is_equal"].sum())
    return Tiles(
        (
            Tile("Months compared", f"{len(months):,}", note="of all source tables"),
            Tile("Equal", f"{equal:,}", note="rows and digest", tone="good" if equal == len(months) else ""),
            Tile("Reread", f"{reread:,}", note="Differed and were loaded again"),
            Tile("Never loaded", f"{never:,}", note="wait for a backfill", tone="warn" if never else ""),
        )
    )


def differing(months: "pandas.DataFrame") -> Grid:
    """The months that were reread, or that nobody has loaded."""
    return Grid(MONTHS, _months(months[(months["reread"] | months["never_loaded"]).astype(bool)]), "No month differed.")


def all_months(months: "pandas.DataFrame") -> Grid:
    return Grid(MONTHS, _months(months), "No month has rows.", f"All {counted(len(months), 'month')}", folded=True)


def _months(months: "pandas.DataFrame") -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(row.source_table),
            month_name(row.bucket),
            number(row.source_rows),
            number(row.warehouse_rows),
            "idle:never loaded" if row.never_loaded else "busy:reread" if row.reread else "good:equal",
        )
        for row in records(months)
    )


def never_loaded(gaps: "pandas.DataFrame") -> Grid:
    """The backfill for each stretch of days."""
    head = columns("first day", "last day", "days|number", "to load them|command")
    rows = tuple((str(first), str(last), number(days), command) for first, last, days, command in gaps.to_numpy())
    return Grid(head, rows, "Every month that the source has was loaded.")


def published(marts: "pandas.DataFrame") -> Grid:
    head = columns("mart", "state|state", "months computed again", "rows written|number", "took|number")
    rows = tuple(
        (
            row.mart,
            "busy:refreshed" if row.refreshed else "idle:nothing had changed",
            listed([month_name(month) for month in row.months_restated]),
            number(row.rows_written),
            duration(row.seconds),
        )
        for row in records(marts)
    )
    return Grid(head, rows, "There is no mart.")


def removed(counts: "pandas.DataFrame") -> Grid:
    rows = tuple((name.replace("_", " "), number(count)) for name, count in counts.to_numpy() if count)
    head = columns("removed for age", "how many|number")
    return Grid(head, rows, "Nothing was old enough to be removed.")


def vacuumed(facts: "pandas.DataFrame") -> Grid:
    head = columns("fact", "rows|number", "dead before|number", "dead after|number", "size|number")
    rows = tuple(
        (fact, number(live), number(before), number(after), f"{megabytes:,.1f} MB")
        for fact, live, before, after, megabytes in facts.to_numpy()
    )
    return Grid(head, rows)


def histories(checked: "pandas.DataFrame") -> Grid:
    head = columns("dimension", "gaps and overlaps|number", "members without one current version|number")
    return Grid(head, tuple((name, number(gaps), number(wrong)) for name, gaps, wrong in checked.to_numpy()))


def partitions(made: "pandas.DataFrame") -> Grid:
    head = columns("fact", "partitions|number", "first month", "last month", "rows of the largest|number")
    rows = tuple(
        (row.fact, number(row.partitions), _month(row.first_month), _month(row.last_month), _rows(row.rows_of_largest))
        for row in records(made)
    )
    return Grid(head, rows, "No fact is kept by months.")


def _month(key: object) -> str:
    return month_name(int(str(key))) if str(key).isdecimal() else ""


def _rows(count: float) -> str:
    """Of a partition that was never analysed the server says -1."""
    return number(max(count, 0))
