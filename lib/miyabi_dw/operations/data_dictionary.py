"""The documents that are made, not written: the data dictionary from the database's comments, the command reference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import one_line
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection

DICTIONARY, COMMANDS = "DATA_DICTIONARY.md", "COMMANDS.md"
SCHEMAS = {
    "public": "The star schema",
    "staging": "Persistent staging",
    "ops": "The run registry",
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
    lines = [
        "# Data dictionary",
        "",
        "Made from the comments in the database by `miyabi-dw docs write`; a test fails when it is stale.",
    ]
    relations = statements.rows_as(Relation, connection, "operations/data_dictionary/relations")
    if not relations:
        raise BadRequest("the warehouse has no tables to describe", remedy="run 'miyabi-dw schema migrate' first")
    for schema, members in groupby(relations, key=lambda relation: relation.schema_name):
        lines += ["", f"## {SCHEMAS[schema]} (`{schema}`)"]
        for relation in members:
            lines += _relation(relation, columns.get((schema, relation.relation), []))
    return "\n".join(lines) + "\n"


def _relation(relation: Relation, columns: Iterable[RelationColumn]) -> Iterator[str]:
    yield from (
        "",
        f"### {relation.relation}",
        "",
        f"*{relation.kind.capitalize()}.* {relation.description}",
        "",
    )
    yield from ("| column | type | meaning |", "| --- | --- | --- |")
    for column in columns:
        meaning = one_line(column.description.replace("|", "\\|"))
        yield f"| {column.column_name} | {column.data_type} | {meaning} |"


def command_reference(root: click.Command, name: str = "miyabi-dw") -> str:
    """Markdown with every command's help, as the program prints it."""
    lines = [
        "# Commands",
        "",
        "Made from the program's own help by `miyabi-dw docs write`; a test fails when it is stale.",
    ]
    for path, command in _walk(root, name):
        # As the program itself is set up: a command inherits -h from the root.
        names = root.context_settings.get("help_option_names")
        context = click.Context(
            command, info_name=path, max_content_width=100, terminal_width=100, help_option_names=names
        )
        lines += ["", f"## {path}", "", "```text", command.get_help(context).rstrip(), "```"]
    return "\n".join(lines) + "\n"


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _walk(child, f"{path} {name}")


def made(folder: Path, connection: Connection, root: click.Command) -> dict[Path, str]:
    """What each made document in that folder should say now."""
    return {folder / DICTIONARY: data_dictionary(connection), folder / COMMANDS: command_reference(root)}


def stale(documents: Mapping[Path, str]) -> list[Path]:
    """Those whose file says something else."""
    return [path for path, text in documents.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
