"""The data dictionary, made from the comments in the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import one_line
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection

DICTIONARY = "DATA_DICTIONARY.md"
# What an analyst needs; the rest is looked up when a question leads there.
BEGIN_WITH = (
    "fact_issue_processing", "fact_agent_execution", "fact_deployment", "fact_code_change", "dim_issue", "dim_agent",
    "dim_time", "mart_dora", "mart_agent_performance", "mart_development_performance", "v_dora_deployment",
    "v_dora_lead_time",
)  # fmt: skip
# How the comment of a column ends that is there for the star's sake and has no value.
NEVER_FILLED = "; null because the source does not record it."
# Sections, each with how the names of its tables begin; the first that fits has a table.
SECTIONS = {
    "Facts": ("public.fact_", "public.change_evidence"),
    "Dimensions": ("public.dim_", "public.bridge_"),
    "Marts and views": (
        "public.mart_",
        "public.v_",
        "public.dora_commit_",
        "public.dora_deployment_",
        "public.dora_vacant_",
    ),
    "Catalogues": ("public.",),
    "Internals: the last known source rows (`staging`)": ("staging.",),
    "Internals: runs, checks and what else the program records (`ops`)": ("ops.",),
}


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view with its comment."""

    schema_name: str
    relation: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class RelationColumn:
    schema_name: str
    relation: str
    column_name: str
    data_type: str
    description: str


def data_dictionary(connection: Connection) -> str:
    """Markdown with every table, view and column, from the comments in the warehouse itself.

    BadRequest for a warehouse without tables: it would describe nothing, and overwrite what is described.
    """
    columns: dict[tuple[str, str], list[RelationColumn]] = {}
    for column in statements.rows_as(RelationColumn, connection, "operations/data_dictionary/columns"):
        columns.setdefault((column.schema_name, column.relation), []).append(column)
    relations = statements.rows_as(Relation, connection, "operations/data_dictionary/relations")
    if not relations:
        raise BadRequest("the warehouse has no tables to describe", remedy="run 'miyabi-dw schema migrate' first")
    sections = {title: [row for row in relations if _section(row) == title] for title in SECTIONS}
    lines = [*_beginning(relations), *_contents(sections)]
    for title, members in sections.items():
        lines += ["", f"## {title}"]
        for relation in members:
            lines += _relation(relation, columns.get((relation.schema_name, relation.relation), []))
    return "\n".join(lines) + "\n"


def _section(relation: Relation) -> str:
    name = f"{relation.schema_name}.{relation.relation}"
    return next(title for title, prefixes in SECTIONS.items() if name.startswith(prefixes))


def _beginning(relations: Sequence[Relation]) -> Iterator[str]:
    """The twelve tables that most questions need, in the order in which one meets them."""
    known = {row.relation: row for row in relations if row.schema_name == "public"}
    yield from (
        "# Data dictionary",
        "",
        "Made from the comments in the database by `miyabi-dw docs write`; a test fails when it is stale.",
        "How the tables hang together, with queries to begin with, is told [for analysts](ANALYSTS.md).",
        "",
        "## Begin with these",
        "",
        "| table | what it holds |",
        "| --- | --- |",
    )
    for name in BEGIN_WITH:
        if row := known.get(name):
            yield f"| [{name}](#{name}) | {_cell(row.description)} |"


def _contents(sections: Mapping[str, Sequence[Relation]]) -> Iterator[str]:
    yield from ("", "## All tables and views", "")
    for title, members in sections.items():
        yield f"- {title}: " + ", ".join(f"[{row.relation}](#{row.relation})" for row in members)


def _cell(text: str) -> str:
    return one_line(text.replace("|", "\\|"))


def _relation(relation: Relation, columns: Iterable[RelationColumn]) -> Iterator[str]:
    yield from (
        "",
        f"### {relation.relation}",
        "",
        f"*{relation.kind.capitalize()}.* {relation.description}",
        "",
    )
    yield from ("| column | type | meaning |", "| --- | --- | --- |")
    empty = []
    for column in columns:
        if column.description.endswith(NEVER_FILLED):
            empty.append(f"`{column.column_name}` ({_cell(column.description).removesuffix(NEVER_FILLED)})")
        else:
            yield f"| {column.column_name} | {column.data_type} | {_cell(column.description)} |"
    if empty:
        yield from ("", f"Never filled, because the source does not record it: {', '.join(empty)}.")
