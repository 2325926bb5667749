"""The rooms of the package, and who may call whom: as the architecture says, so the code does."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from static.parsed import nodes_of, tree_of

PACKAGE = PROJECT / "lib" / "miyabi_dw"
ARCHITECTURE = PROJECT / "docs" / "ARCHITECTURE.md"
# A room may import from those above it in this list and from itself.
ROOMS = (
    "common",
    "db",
    "engine",
    "registry",
    "metrics",
    "alerts",
    "monitor",
    "reports",
    "etl",
    "connect",
    "orchestration",
    "operations",
    "demo",
    "workbench",
    "web",
    "cli",
)
# Which library is imported in one place only, and where.
SINGLE_IMPORTERS = {"psycopg2": "db", "papermill": "engine", "great_expectations": "etl"}
MOST_ROOMS, MOST_LOOSE_MODULES = 16, 2
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
INSIDE = [path for path in MODULES if path.parent != PACKAGE]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def module_names(path: Path) -> Iterator[str]:
    """Every module of ours that the file names: in an import, also inside functions, or as a string to be imported."""
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("miyabi_dw."):
            yield node.value.partition(":")[0]
        yield from imported(node, path)


def imported(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{path}: relative imports hide where things come from"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def rooms_named(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in module_names(path) if name.startswith("miyabi_dw.")}
    return names & {*ROOMS, *(entry.stem for entry in PACKAGE.iterdir())} - {"__version__"}


def test_a_module_imports_only_from_rooms_below() -> None:
    assert {room_of(path) for path in INSIDE} <= {*ROOMS}, "a room has no place in ROOMS"
    above = {
        str(path.relative_to(PACKAGE)): sorted(rooms_named(path) - {*ROOMS[: ROOMS.index(room_of(path)) + 1]})
        for path in INSIDE
    }
    assert {path: rooms for path, rooms in above.items() if rooms} == {}, "named where they may not be used"


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    """Module by module, what stands in functions aside: that is imported when it is needed."""
    names = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in MODULES
    }
    graph = {name: needs(name, path, names.keys()) for name, path in names.items()}
    # The standard library's sorter raises when there is a circle, and names it.
    assert list(TopologicalSorter(graph).static_order())


def needs(name: str, path: Path, known: set[str]) -> set[str]:
    wanted = {found for node in at_import(tree_of(path)) for found in imported(node, path)}
    return {found if found in known else found.rpartition(".")[0] for found in wanted} & known - {name}


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when the module is imported; not those for the type checker."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from at_import(node)


def test_a_newcomer_finds_few_doors() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    loose = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert rooms == set(ROOMS)
    assert len(rooms) <= MOST_ROOMS
    assert len(loose) <= MOST_LOOSE_MODULES


def drawn() -> dict[str, set[str]]:
    """The arrows of the architecture's picture: whom each room points to."""
    [picture] = re.findall(
        r"^```mermaid\n(.*?)^```", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    arrows: dict[str, set[str]] = {}
    for line in picture.splitlines()[1:]:
        sources, targets = (re.split(r"\s*&\s*", side.strip()) for side in line.split("-->"))
        for source in sources:
            arrows.setdefault(source, set()).update(targets)
    return arrows


def within_reach(room: str, arrows: dict[str, set[str]]) -> set[str]:
    """The rooms that arrows lead to, over any number of others."""
    direct = arrows.get(room, set())
    return direct.union(*(within_reach(other, arrows) for other in direct))


def imported_rooms() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in INSIDE:
        found[room_of(path)] |= rooms_named(path) - {room_of(path)}
    return found


def test_the_picture_of_the_architecture_shows_every_room_in_order() -> None:
    arrows = drawn()
    assert {*arrows, *set().union(*arrows.values())} == set(ROOMS)
    assert [(a, b) for a, targets in arrows.items() for b in targets if ROOMS.index(a) <= ROOMS.index(b)] == []


def test_every_import_between_rooms_is_allowed_by_the_picture() -> None:
    arrows = drawn()
    assert {
        room: rooms for room, needed in imported_rooms().items() if (rooms := needed - within_reach(room, arrows))
    } == {}


def test_every_arrow_of_the_picture_is_an_import_and_none_is_said_twice() -> None:
    arrows, real = drawn(), imported_rooms()
    assert [(room, other) for room, targets in arrows.items() for other in targets - real[room]] == []
    detours = {
        room: set().union(*(within_reach(other, arrows) for other in targets)) for room, targets in arrows.items()
    }
    assert {room: targets & detours[room] for room, targets in arrows.items() if targets & detours[room]} == {}


@pytest.mark.parametrize(("library", "owner"), SINGLE_IMPORTERS.items())
def test_a_library_is_imported_in_one_room(library: str, owner: str) -> None:
    importers = {
        room_of(path)
        for path in INSIDE
        for node in nodes_of(path)
        for name in imported(node, path)
        if name.split(".")[0] == library
    }
    assert importers == {owner}


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "common"])
def test_each_room_has_something_to_say_in_the_log(room: str) -> None:
    writers = [
        path for path in (PACKAGE / room).rglob("*.py") if "logging.getLogger(__name__)" in path.read_text("utf-8")
    ]
    assert any(re.search(r"\blogger\.(debug|info|warning)\(", path.read_text("utf-8")) for path in writers)
