"""Rules that no linter knows: where SQL lives, how long a module may grow, what a committed notebook holds."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from miyabi_dw.common.paths import NOTEBOOKS, PROJECT, SQL
from miyabi_dw.db.statements import blocks
from static.parsed import nodes_of, text_of

LONGEST_MODULE = 300
SHORTEST_MODULE = 25
MOST_SQL_FILES = 260
MOST_LINES_OF_HALF, MOST_LINES_OF_NINE_TENTHS = 7, 16
# May only go down: rows that cross a module are frozen dataclasses.
MOST_LOOSE_ROWS = 10
MODULES = sorted((PROJECT / "lib").rglob("*.py"))
NOTEBOOK_FILES = sorted(path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
# Writes statements for a person to read and decide on; runs none.
ADVICE = PROJECT / "lib" / "miyabi_dw" / "operations" / "review" / "advice.py"
# A statement begins with its verb; prose that mentions one does not, and a pattern that looks for one holds a \\w.
SQL_TEXT = re.compile(
    r"\s*(--.*\n\s*)*(WITH\b.+\bAS\s*\(|SELECT\b.+\bFROM|SELECT\s+[\w.]+\(|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE\s+\w|MERGE\s+INTO"
    r"|(CREATE|DROP|ALTER)\s+(OR\s+REPLACE\s+)?(TABLE|SCHEMA|VIEW|MATERIALIZED|INDEX|ROLE|DATABASE|FUNCTION)"
    r"|REFRESH\s+MATERIALIZED|VACUUM\s*\(|COPY\s+.+\b(FROM|TO)\b|SET\s+(search_path|LOCAL|SESSION)|GRANT\s+\w+)",
    re.DOTALL,
)
ALLOWED_AT_THE_TOP = {
    "notebooks", "lib", "expectations", "sql", "reports", "tests", "pyproject.toml", "docker-compose.yml", "README.md",
    "Makefile", "docs", "requirements.txt", "requirements-dev.txt", "miyabi.toml.example", "setup.py", "MANIFEST.in",
}  # fmt: skip


@cache
def texts(path: Path) -> list[tuple[int, str]]:
    """The string constants of a module with their lines, docstrings left out."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in nodes_of(path)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_no_sql_sits_in_a_python_string() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text[:60]!r}"
        for path in MODULES
        if path != ADVICE
        for line, text in texts(path)
        if SQL_TEXT.match(text) and r"\w" not in text
    ]
    assert not found


@pytest.mark.parametrize(
    "text", ["SELECT n FROM t", "DELETE FROM t", "SELECT now()", "CREATE OR REPLACE VIEW v", "COPY t FROM STDIN"]
)
def test_the_search_for_sql_finds_it(text: str) -> None:
    assert SQL_TEXT.match(text)


def lines_of(path: Path) -> int:
    return len(text_of(path).splitlines())


def test_no_module_is_too_long_to_read_or_too_short_to_be_worth_a_file() -> None:
    package = PROJECT / "lib" / "miyabi_dw"
    lengths = {path.relative_to(package).as_posix(): lines_of(path) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}
    short = {
        name for name, length in lengths.items()
        if length < SHORTEST_MODULE and not name.endswith(("__init__.py", "__main__.py"))
    }  # fmt: skip
    assert short == set()


def function_lengths() -> list[int]:
    """Of every function in order: from the line of `def` to its last one, docstring included, decorators not."""
    return sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert lengths[len(lengths) // 2] <= MOST_LINES_OF_HALF
    assert lengths[len(lengths) * 9 // 10] <= MOST_LINES_OF_NINE_TENTHS


def test_rows_without_a_type_become_fewer() -> None:
    assert sum(text_of(path).count("dict[str, Any]") for path in MODULES) <= MOST_LOOSE_ROWS


@pytest.mark.parametrize("path", NOTEBOOK_FILES, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize("path", NOTEBOOK_FILES, ids=lambda path: path.name)
def test_a_notebook_holds_no_sql(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert not [source for source in sources if SQL_TEXT.search(source)]


def statements_there_are() -> set[str]:
    """By the names that the code calls them by: files, and the blocks of files."""
    names = set()
    for path in SQL.rglob("*.sql"):
        own = str(path.relative_to(SQL).with_suffix(""))
        names |= {f"{own}/{block}" for block in blocks(path)} or {own}
    return names


# Run by number or by checksum, or by psql, not by name.
NOT_CALLED = ("schema/", "marts/", "functions/", "db/server/")
# Called by the name of a table, a target, a check or a question, which stands elsewhere.
CALLED_BY_OTHER_NAMES = ("source/", "transform/", "load/", "gates/", "analysis/")


def test_every_statement_that_is_named_exists() -> None:
    known = statements_there_are()
    folders = {name.split("/")[0] for name in known}
    named = {text for path in MODULES for _, text in texts(path) if re.fullmatch(r"[a-z]+(/[a-z0-9_]*[a-z0-9])+", text)}
    assert not {name for name in named if name.split("/")[0] in folders} - known


def test_every_statement_is_called() -> None:
    told = [text for path in MODULES for _, text in texts(path)] + [path.read_text("utf-8") for path in NOTEBOOK_FILES]
    words = {word for text in told for word in re.findall(r"[a-z0-9_/]+", text)}
    rest = {name for name in statements_there_are() if not name.startswith(NOT_CALLED + CALLED_BY_OTHER_NAMES)}
    # A name put together in the code begins or ends with a word that is there by itself.
    beginnings = tuple(word for word in words if "/" in word and word.endswith("_"))
    rest = {name for name in rest if not name.startswith(beginnings)}
    assert not {name for name in rest if name not in words and name.rpartition("/")[2] not in words}


def test_there_are_few_enough_files_of_sql_to_know_them() -> None:
    assert len(list(SQL.rglob("*.sql"))) <= MOST_SQL_FILES


def test_nothing_stray_lies_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode:
        listed.stdout = "\n".join(path.name for path in PROJECT.iterdir() if not path.name.endswith(".egg-info"))
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED_AT_THE_TOP


def renames(path: Path) -> Iterator[int]:
    """Lines that rename a file: Path.rename, Path.replace with its one argument, os.rename, os.replace."""
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
            by_os = isinstance(node.func.value, ast.Name) and node.func.value.id == "os"
            if (node.func.attr == "rename" and node.args) or (
                node.func.attr == "replace" and (by_os or len(node.args) == 1)
            ):
                yield node.lineno


def test_b35_files_are_renamed_in_one_place_that_makes_it_durable() -> None:
    found = {path.relative_to(PROJECT / "lib" / "miyabi_dw").as_posix() for path in MODULES if [*renames(path)]}
    assert found == {"common/files.py"}
