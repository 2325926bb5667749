"""What the code imports is declared, pinned to one version, and locked with hashes that name no host."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from miyabi_dw.common.paths import PROJECT

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME: list[str] = DECLARED["dependencies"]
OPTIONAL: list[str] = DECLARED["optional-dependencies"]["dask"]
DEVELOPMENT: list[str] = DECLARED["optional-dependencies"]["dev"] + OPTIONAL
LOCKS = ("requirements.txt", "requirements-dev.txt")


def name_of(requirement: str) -> str:
    return re.split(r"[=;\s]", requirement)[0].lower().replace("_", "-")


def imported(folder: str) -> set[str]:
    found = set()
    for path in (PROJECT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


def distributions(modules: set[str]) -> set[str]:
    known = packages_distributions()
    return {known[module][0].lower().replace("_", "-") for module in modules if module in known} - {"miyabi-dw"}


def test_the_package_imports_nothing_undeclared() -> None:
    assert distributions(imported("lib")) <= {name_of(requirement) for requirement in RUNTIME + OPTIONAL}


def test_the_tests_import_nothing_undeclared() -> None:
    assert distributions(imported("tests")) <= {name_of(requirement) for requirement in RUNTIME + DEVELOPMENT}


@pytest.mark.parametrize("requirement", RUNTIME + DEVELOPMENT)
def test_each_is_pinned_and_locked_at_the_same_version(requirement: str) -> None:
    pinned = re.fullmatch(r"([\w.-]+)==([\w.]+)(\s*;.*)?", requirement)
    assert pinned, f"{requirement} is not pinned with =="
    locks = LOCKS if requirement in RUNTIME else LOCKS[1:]
    for lock in locks:
        line = re.compile(rf"^{re.escape(name_of(pinned[1]))}=={re.escape(pinned[2])}[ \\]", re.MULTILINE)
        assert line.search((PROJECT / lock).read_text(encoding="utf-8").lower()), (
            f"run make lock: {pinned[1]} in {lock}"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_hashes_each_package(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|^\s*--(?!hash)", text, re.MULTILINE)
    packages = re.split(r"\n(?=[a-zA-Z])", text.split("\n", 2)[2])
    assert [package for package in packages if "--hash=sha256:" not in package] == []
