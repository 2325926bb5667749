"""Commands by the names that they had in version 1.0.0 go on working, and help shows only today's."""

import click
import pytest

from miyabi_dw.cli import cli


def find(path: str) -> click.Command:
    command: click.Command = cli
    for word in path.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found, f"no command {word!r} in {path!r}"
        command = found
    return command


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("archive run", "cold run"),
        ("archive list", "cold list"),
        ("archive query", "cold query"),
        ("archive restore", "cold restore"),
    ],
)
def test_a_former_name_leads_to_the_same_command(former: str, now: str) -> None:
    assert find(former).callback is find(now).callback
    assert find(former).params == find(now).params


def test_a_former_name_is_not_in_the_help() -> None:
    assert find("archive").hidden
