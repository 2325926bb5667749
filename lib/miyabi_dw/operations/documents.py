"""The documents that are made, not written: each from what it describes, so that it cannot be out of date unseen."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from miyabi_dw.common.error_codes import CODES
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.tables import source_tables
from miyabi_dw.operations import data_dictionary, source_reference, troubleshooting

COMMANDS = "COMMANDS.md"


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
    return {
        folder / data_dictionary.DICTIONARY: data_dictionary.data_dictionary(connection),
        folder / COMMANDS: command_reference(root),
        folder / source_reference.DOCUMENT: source_reference.source_reference(source_tables()),
        folder / troubleshooting.DOCUMENT: troubleshooting.troubleshooting(CODES),
    }


def stale(documents: Mapping[Path, str]) -> list[Path]:
    """Those whose file says something else."""
    return [path for path, text in documents.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
