"""A group that has a list lists by itself and takes the list's options; the others do what their help says."""

import json

import click
import pytest

from cli.driving import call
from miyabi_dw.cli import cli
from miyabi_dw.cli.groups import ListingGroup

# Alone these make a backup and propose what to connect.
DO_SOMETHING_ELSE = {"backup", "connect"}


def groups() -> dict[str, click.Group]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: group for name, group in found.items() if isinstance(group, click.Group)}


def test_d12_every_group_with_a_list_lists_by_itself() -> None:
    with_list = {name for name, group in groups().items() if "list" in group.commands}
    assert {name for name in with_list if isinstance(groups()[name], ListingGroup)} == with_list - DO_SOMETHING_ELSE
    assert len(with_list) > 6


@pytest.mark.parametrize("name", sorted(name for name, group in groups().items() if isinstance(group, ListingGroup)))
def test_d12_its_help_shows_the_options_of_the_list_once(name: str) -> None:
    shown = call(name, "--help").out
    for option in groups()[name].commands["list"].params:
        assert shown.count(f"  {option.opts[0]} ") == 1, option.opts


def test_d12_alone_or_with_its_name_it_is_one_list(environment: dict[str, str]) -> None:
    for name in sorted(name for name, group in groups().items() if isinstance(group, ListingGroup)):
        alone, named = call(name, "--json"), call(name, "list", "--json")
        assert alone == named, name
        assert isinstance(json.loads(alone.out), list)
    assert call("runs", "--state", "failed", "--limit", "3") == call(
        "runs", "list", "--state", "failed", "--limit", "3"
    )
    refused = call("runs", "--limit", "0")
    assert (refused.status, refused.err.count("\n")) == (2, 1)


def test_d12_options_of_the_list_mean_nothing_to_another_command(environment: dict[str, str]) -> None:
    said = call("runs", "--limit", "3", "verify")
    assert (said.status, said.out) == (2, "")
    assert said.err == "error: --limit belongs behind 'verify': see miyabi-dw runs --help\n"
