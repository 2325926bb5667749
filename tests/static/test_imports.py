"""The order of the layers, and who alone may import what: as the architecture says, so the code does."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from miyabi_dw.paths import PROJECT

PACKAGE = PROJECT / "lib" / "miyabi_dw"
# Each layer may import from those before it and from its own.
LAYERS = (
    {"errors", "paths", "wording", "streaming", "connection_errors", "forecast"},
    {"settings", "timeframe"},
    {"embedded", "redaction"},
    {"database"},
    {"statements"},
    {"schema", "catalogue", "declarations", "registry"},
    {"demo", "generator", "stage", "firing"},
    {"windows"},
    {"extraction", "transformation", "gates", "filling", "loading", "publishing", "stage_views"},
    {"engine", "archive", "alerts"},
    {"kept_extract", "runner"},
    {"pipelines"},
    {"schedule"},
    {"backfill"},
    {"health", "measurement", "quarantine"},
    {"morning", "connections", "first_light", "documents", "opening", "web", "backup", "retention", "reconciliation"},
    {"recovery", "maintenance", "review", "doctor"},
    {"workbench"},
    {"cli", "__main__"},
)
SINGLE_IMPORTERS = {"psycopg2": "database", "papermill": "engine", "great_expectations": "gates"}
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every module imported anywhere in the file, dotted and absolute; also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where things come from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_below(path: Path) -> None:
    own = layer_of(path)
    if own == "__init__":
        return
    assert own in RANK, f"{own} has no place in LAYERS"
    wanted = {name.split(".")[1] for name in imported(path) if name.startswith("miyabi_dw.")} - {"__version__"}
    above = sorted(name for name in wanted if RANK.get(name, len(LAYERS)) > RANK[own])
    assert not above, f"{own} imports {above}, which are above it"


def test_no_two_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        names = {name.split(".")[1] for name in imported(path) if name.startswith("miyabi_dw.")}
        graph.setdefault(layer_of(path), set()).update(names & RANK.keys() - {layer_of(path)})
    # The standard library's sorter raises when there is a circle, and names it.
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(("library", "owner"), SINGLE_IMPORTERS.items())
def test_a_library_is_imported_in_one_place(library: str, owner: str) -> None:
    importers = {layer_of(path) for path in MODULES for name in imported(path) if name.split(".")[0] == library}
    assert importers <= {owner}
