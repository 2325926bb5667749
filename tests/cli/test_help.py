"""Help texts: grouped by task, whole at 80 columns, and each group's example can be typed."""

from collections.abc import Iterator

import click
import pytest

from docs.test_documents import objection
from miyabi_dw.cli import cli
from miyabi_dw.cli.sections import EXAMPLES, SECTIONS

WIDTH = 80


def groups(command: click.Command, path: str) -> Iterator[tuple[str, click.Group]]:
    if isinstance(command, click.Group):
        yield path, command
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from groups(child, f"{path} {name}")


GROUPS = dict(groups(cli, "miyabi-dw"))


def shown(path: str) -> str:
    group = GROUPS[path]
    names = cli.context_settings["help_option_names"]
    context = click.Context(
        group, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH, help_option_names=names
    )  # fmt: skip
    return group.get_help(context)


@pytest.mark.parametrize("path", GROUPS)
def test_no_line_of_the_help_is_cut_at_80_columns(path: str) -> None:
    lines = shown(path).splitlines()
    assert [line for line in lines if line.endswith("...") and "[ARGS]..." not in line] == []
    assert [line for line in lines if len(line) > WIDTH] == []


def test_every_command_is_in_a_section() -> None:
    placed = [name for members in SECTIONS.values() for name in members]
    assert len(placed) == len(set(placed))
    context = click.Context(cli)
    visible = [
        name for name in cli.list_commands(context) if not getattr(cli.get_command(context, name), "hidden", True)
    ]
    assert set(visible) == set(placed)


@pytest.mark.parametrize("path", GROUPS)
def test_the_examples_can_be_typed(path: str) -> None:
    told = EXAMPLES if GROUPS[path] is cli else GROUPS[path].epilog or ""
    examples = [
        line.split("  ")[0] for line in told.removeprefix("Example: ").removeprefix("Examples:").split("\n  ") if line
    ]
    assert examples
    assert [f"{line}: {why}" for line in examples if (why := objection(line))] == []
