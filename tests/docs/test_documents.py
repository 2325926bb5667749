"""Documents that cannot rot: what is made is as made now, every link and command leads somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from miyabi_dw.cli import cli
from miyabi_dw.common.error_codes import CODES
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import DOCUMENTS, PROJECT
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl.tables import source_tables
from miyabi_dw.operations import source_reference, troubleshooting
from miyabi_dw.operations.data_dictionary import BEGIN_WITH, DICTIONARY, data_dictionary
from miyabi_dw.operations.documents import COMMANDS, command_reference
from miyabi_dw.web.reference import FILE, reference

PACKAGE = PROJECT / "lib" / "miyabi_dw"
PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# A command stands in backticks on one line, or on a line of its own in a block, with or without a prompt.
INLINE = re.compile(r"`(miyabi-dw(?: [^`\n]+)?)`")
TYPED = re.compile(r"^(?:    |\$ )?(miyabi-dw .+?)(?:\s{2,}#.*|\s+# .*)?$", re.MULTILINE)
MADE_UP = re.compile(r"\.\.\.|…")
# A file or folder in backticks; modules are named from the package on. The guide for contributors names files to be made.
PLACE = re.compile(r"`((?:[a-z_]+/)+[\w.]*)`")
MAPS = [PROJECT / "README.md", PROJECT / "docs" / "ARCHITECTURE.md", PROJECT / "docs" / "PERFORMANCE.md"]


def test_the_command_reference_is_as_the_program_is() -> None:
    assert (DOCUMENTS / COMMANDS).read_text(encoding="utf-8") == command_reference(cli), "run `miyabi-dw docs write`"


def test_the_reference_of_interfaces_is_as_the_program_is() -> None:
    assert (DOCUMENTS / FILE).read_text(encoding="utf-8") == reference(), "run `miyabi-dw docs write`"


def test_the_data_dictionary_is_as_the_database_is(warehouse: Connection) -> None:
    held = (PROJECT / "docs" / DICTIONARY).read_text(encoding="utf-8")
    assert held == data_dictionary(warehouse), "run `miyabi-dw docs write`"


def test_the_dictionary_begins_with_the_tables_that_most_questions_need(warehouse: Connection) -> None:
    beginning, rest = data_dictionary(warehouse).split("## All tables and views", 1)
    assert [name for name in BEGIN_WITH if f"| [{name}](#{name}) |" not in beginning] == []
    assert rest.index("### fact_deployment") < rest.index("### agent_alias") < rest.index("### stage_attempt")


def test_the_source_and_the_errors_are_described_as_they_are() -> None:
    for document, text in (
        (source_reference.DOCUMENT, source_reference.source_reference(source_tables())),
        (troubleshooting.DOCUMENT, troubleshooting.troubleshooting(CODES)),
    ):
        assert (DOCUMENTS / document).read_text(encoding="utf-8") == text, "run `miyabi-dw docs write`"


def test_every_source_column_says_what_it_means_and_whether_it_is_needed() -> None:
    told = source_reference.source_reference(source_tables())
    assert [line for line in told.splitlines() if line.endswith("|  |")] == []
    assert "| release_id | text | optional | rows of one release are one deployment of DORA |" in told
    assert "| memory_usage_mb | number | may lack | memory used, MB |" in told
    assert "| issue_id | integer | required | the issue; id of `issues` |" in told


def test_the_queries_for_analysts_can_be_run(warehouse: Connection) -> None:
    page = (PROJECT / "docs" / "ANALYSTS.md").read_text(encoding="utf-8")
    queries = re.search(r"```sql\n(.*?)```", page, re.DOTALL)
    assert queries is not None
    numbered = [query for query in queries[1].split(";") if query.strip()]
    assert len(numbered) == 10
    for query in numbered:
        execute(warehouse, query)


def test_a_warehouse_without_tables_is_not_described(warehouse: Connection) -> None:
    execute(warehouse, "DROP SCHEMA public, staging, ops CASCADE")
    with pytest.raises(BadRequest, match="no tables to describe"):
        data_dictionary(warehouse)
    warehouse.rollback()


def test_every_column_says_what_it_means(warehouse: Connection) -> None:
    silent = [line for line in data_dictionary(warehouse).splitlines() if re.search(r"\|\s+\|$", line)]
    assert silent == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = list(LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))))
    broken = [link[0] for link in links if "://" not in link["path"] and not leads_somewhere(page, link)]
    assert broken == []


def leads_somewhere(page: Path, link: re.Match[str]) -> bool:
    target = page.parent / link["path"] if link["path"] else page
    return target.exists() and (not link["anchor"] or link["anchor"] in anchors(target))


def anchors(page: Path) -> set[str]:
    """What headings of the page are called in an address."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MAPS, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = PLACE.findall(page.read_text(encoding="utf-8"))
    assert [place for place in named if not is_place(place)] == []


def is_place(named: str) -> bool:
    return named == "reports/index.html" or any((root / named).exists() for root in (PROJECT, PACKAGE))


def test_a_file_that_is_not_there_is_found() -> None:
    assert [is_place(name) for name in ("db/connection.py", "sql/load", "db/nothing.py")] == [True, True, False]


def test_an_anchor_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `two`, three\n[a](#one-two-three) [b](#four) [c](other.md)\n")
    assert [leads_somewhere(page, link) for link in LINK.finditer(page.read_text())] == [True, False, False]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_can_be_typed(page: Path) -> None:
    assert [f"{line}: {why}" for line in commands(page.read_text(encoding="utf-8")) if (why := objection(line))] == []


def commands(text: str) -> Iterator[str]:
    """Commands as they are written, those with words left out to the first of these."""
    fences = "\n".join(found for found in FENCE.findall(text))
    indented = "\n".join(line for line in FENCE.sub("", text).splitlines() if line.startswith("    "))
    for line in [*INLINE.findall(text), *TYPED.findall(fences), *TYPED.findall(indented)]:
        yield line.replace(", then", "").strip()


def objection(line: str) -> str:
    """Why the program would not take this command; empty when it would. Left-out words may be anything."""
    words = shlex.split(MADE_UP.split(line.replace('"..."', "words"))[0])[1:]
    try:
        return _walk(cli, cli.make_context("miyabi-dw", words, resilient_parsing=True), words)
    except click.ClickException as error:
        return error.format_message()


def _walk(command: click.Command, context: click.Context, words: list[str]) -> str:
    """Options are parsed for real; arguments that a sentence leaves out are not missed."""
    rest = command.make_parser(context).parse_args(list(words))[1] if words else []
    if not isinstance(command, click.Group):
        return f"too many words: {' '.join(rest)}" if rest else ""
    if not rest:
        return ""
    _, child, following = command.resolve_command(context, rest)
    if child is None:
        return f"there is no command {rest[0]!r}"
    return _walk(child, click.Context(child, info_name=rest[0], parent=context, resilient_parsing=True), following)


@pytest.mark.parametrize(
    "line",
    [
        "miyabi-dw nonsense", "miyabi-dw runs nonsense", "miyabi-dw run x --nonsense 1", "miyabi-dw serve word",
        "miyabi-dw run x --date",
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_typed_is_found(line: str) -> None:
    assert objection(line)


@pytest.mark.parametrize(
    "line", ["miyabi-dw", "miyabi-dw --as-of 2026-01-01 monitor --watch 300", "miyabi-dw psql -- -c x"]
)
def test_a_command_that_can_be_typed_is_let_through(line: str) -> None:
    assert objection(line) == ""
