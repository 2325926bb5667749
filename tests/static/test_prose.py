"""What people read is plain English: the words of the project's own list, and what a linter for prose knows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT

# Words that had to be learnt first, and old English; what people read is in plain words, one for each thing.
RETIRED = re.compile(
    r"rows' way|\bset aside\b|\bwants a look\b|\bdid not hold\b|\banew\b|\blest\b|\bcould not check\b", re.IGNORECASE
)
READ = sorted(
    path
    for folder in ("lib", "docs", "notebooks")
    for path in (PROJECT / folder).rglob("*")
    if path.suffix in {".py", ".md", ".html", ".ipynb", ".toml"}
)


# Pictures that a reader of documents would have to guess; ARCHITECTURE draws its own, the changelog quotes what was.
PICTURES = re.compile(r"\b(heals?|house|promises?|stor(y|ies)|first light|dies|made up for|one row a)\b", re.IGNORECASE)
FOR_USERS = [
    path for path in READ if path.suffix == ".md" and path.name not in {"ARCHITECTURE.md", "CHANGELOG.md"}
]  # fmt: skip


def test_documents_say_it_plainly() -> None:
    texts_read = {path: path.read_text(encoding="utf-8") for path in [*FOR_USERS, PROJECT / "README.md"]}
    assert {path.name: found[0] for path, text in texts_read.items() if (found := PICTURES.search(text))} == {}
    assert PICTURES.search("a killed one leaves nothing and the next run heals it")


def test_people_read_one_word_for_one_thing() -> None:
    texts_read = {path: path.read_text(encoding="utf-8") for path in [*READ, PROJECT / "README.md"]}
    assert {path.name: found[0] for path, text in texts_read.items() if (found := RETIRED.search(text))} == {}


# Typography is that of code. The help texts are in COMMANDS.md, the meanings of tables and columns in DATA_DICTIONARY.md.
CHECKS = {"typography": False}
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
# Code is no prose, and the words of a heading may begin what is below it.
NO_PROSE = re.compile(r"(?ms)^```.*?^```$|^ {4}[^\n]*$|^#[^\n]*$|`[^`\n]*`|\w+\.\w+")
# Meant as they are written here.
LITERAL = re.compile(r"at the end of the day|in a word\b|\bfor ever\b|not succeeded|\| color\b|\bfrom \d{4}")


@pytest.fixture
def linted(tmp_path: Path) -> Path:
    """A folder for texts, with what the linter is to look for."""
    (tmp_path / ".proselintrc.json").write_text(json.dumps({"checks": CHECKS}), encoding="utf-8")
    return tmp_path


def complaints(folder: Path) -> list[str]:
    """A line for each: file, line, and what the linter would have instead."""
    command = [Path(sys.executable).with_name("proselint"), "check", "."]
    # A configuration that is named by an option is read and then not used; one where it runs is.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.removeprefix(f"{folder}/") for line in done.stdout.splitlines() if line.strip()]


def test_a_linter_for_prose_has_nothing_against_the_documents(linted: Path) -> None:
    for path in DOCUMENTS:
        text = LITERAL.sub("this", NO_PROSE.sub(lambda found: "\n" * found[0].count("\n"), path.read_text("utf-8")))
        (linted / path.name).write_text(text, encoding="utf-8")
    assert complaints(linted) == []


def test_the_linter_finds_what_is_no_plain_english(linted: Path) -> None:
    (linted / "text.md").write_text("At this point in time the run is very unique.\n", encoding="utf-8")
    assert complaints(linted)
