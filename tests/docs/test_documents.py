"""Documents that cannot rot: what is made is as made now, every column says what it means, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from miyabi_dw.cli import cli
from miyabi_dw.database import Connection
from miyabi_dw.documents import COMMANDS, command_reference, data_dictionary
from miyabi_dw.paths import PROJECT

PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
TYPED = re.compile(r"miyabi-dw((?: --as-of \S+)?) ([a-z][a-z-]*)")


def test_the_command_reference_is_as_the_program_is() -> None:
    assert COMMANDS.read_text(encoding="utf-8") == command_reference(cli), "run `miyabi-dw docs write`"


def test_the_data_dictionary_is_as_the_database_is(warehouse: Connection) -> None:
    held = (PROJECT / "docs" / "DATA_DICTIONARY.md").read_text(encoding="utf-8")
    assert held == data_dictionary(warehouse), "run `miyabi-dw docs write`"


def test_every_column_says_what_it_means(warehouse: Connection) -> None:
    silent = [line for line in data_dictionary(warehouse).splitlines() if re.search(r"\|\s+\|$", line)]
    assert silent == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_exists(page: Path) -> None:
    context = cli.make_context("miyabi-dw", ["docs"], resilient_parsing=True)
    known = set(cli.list_commands(context))
    named = {found[2] for found in TYPED.finditer(page.read_text(encoding="utf-8"))}
    assert named <= known
