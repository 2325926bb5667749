"""The pages of the recoveries: what came back, beside what should have."""

from collections.abc import Sequence

from miyabi_dw.common.display import Commands, Grid, Shown, Tile, Tiles, columns
from miyabi_dw.common.text import counted
from miyabi_dw.operations.job_pages.words import month_name, number
from miyabi_dw.operations.recovery.database import TableRows
from miyabi_dw.operations.recovery.fact import NothingAsked, Recovered
from miyabi_dw.reports.formats import duration

STATES = {"equal": "good:equal", "changed since": "busy:changed since", "not there": "bad:not there"}


def tables(rows: Sequence[TableRows]) -> Grid:
    """Those whose rows differ come first: runs after the backup have written them, or they are not there."""
    head = columns("table", "rows in the backup|number", "rows now|number", "state|state")
    order = sorted(rows, key=lambda row: row.state == "equal")
    shown = tuple((row.table, number(row.in_backup), number(row.now), STATES[row.state]) for row in order)
    return Grid(head, shown, "The backup has no table.")


def fact(done: Recovered | NothingAsked) -> Tiles | Commands:
    """How much was loaded again; without a fact what could be."""
    if isinstance(done, NothingAsked):
        return Commands(tuple(("", f"miyabi-dw recover fact {name}") for name in done.facts))
    rows = sum(line.fact_rows for line in done.lines)
    return Tiles(
        (
            Tile("Rows", number(rows), note="all equal to the source"),
            Tile("Months", number(len(done.months)), note=counted(done.runs, "run")),
            Tile("Took", duration(done.seconds)),
            Tile("Left in cold storage", number(len(done.left_out)), "month" if len(done.left_out) == 1 else "months"),
        )
    )


def months(done: Recovered | NothingAsked) -> Shown:
    """Source and fact side by side."""
    head = columns(
        "month",
        "rows in the source|number",
        "rows here|number",
        "sum in the source|number",
        "sum here|number",
        "state|state",
    )
    lines = [] if isinstance(done, NothingAsked) else done.lines
    rows = tuple(
        (
            month_name(line.month_key),
            number(line.source_rows),
            number(line.fact_rows),
            number(line.source_amount),
            number(line.fact_amount),
            "good:equal" if line.is_equal else "bad:differs",
        )
        for line in lines
    )
    return Grid(head, rows, "Nothing was compared.")
