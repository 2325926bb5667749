"""What a source database must have, as a document: made from the descriptions that runs check the source against."""

from collections.abc import Iterator, Mapping

from miyabi_dw.etl.tables import Column, SourceTable

DOCUMENT = "SOURCE.md"
INTRODUCTION = """\
# The source database

Made from `expectations/source` by `miyabi-dw docs write`; a test fails when it is stale.

A PostgreSQL 15 or later with the tables below, in any encoding. Miyabi DW only reads it; `SELECT` on the tables is
all it needs. Where you have no such database, [connections](CONNECT.md) to git, GitHub and agents' logs fill one.

Each run compares the source with this page before it reads a row:

- **required**: without the column the run stops and names it.
- **may lack**: without the column its values are unknown, and the run's report says so.
- **optional**: few sources have it, and nothing is said where it is missing.

A column that earlier runs have read and that is gone stops the run, whichever it is, until somebody accepts that:
`miyabi-dw gate accept`. Further columns are not read. Types are those of a family: *integer* is any integer type,
*number* is numeric or floating point, *text* any character type, *timestamp* one without time zone, in the zone that
the setting `source_timezone` names (UTC).

A value that cannot be (a cost of NaN, an end before its start) is quarantined by itself and the row is loaded without
it. A row without key, day or state is quarantined as a whole, with the reason, and comes back once the source is
repaired."""


def source_reference(tables: Mapping[str, SourceTable]) -> str:
    """Markdown with every source table: what it is for, and each column with its type and whether it is needed."""
    lines = [INTRODUCTION]
    for table in tables.values():
        lines += _table(table)
    return "\n".join(lines) + "\n"


def _table(table: SourceTable) -> Iterator[str]:
    yield from ("", f"## {table.table}", "", table.why, "")
    if table.optional or not table.essential:
        yield from ("The whole table may be missing.", "")
    yield from ("| column | type | needed | meaning |", "| --- | --- | --- | --- |")
    for name, column in table.columns.items():
        yield f"| {name} | {column.family} | {_needed(column)} | {_meaning(name, column, table)} |"


def _needed(column: Column) -> str:
    if column.optional:
        return "optional"
    return "required" if column.essential else "may lack"


def _meaning(name: str, column: Column, table: SourceTable) -> str:
    refers = table.refers_to.get(name)
    return "; ".join(part for part in (column.note, f"id of `{refers}`" if refers else "") if part)
