"""Where the project's files are. Imports nothing of the package."""

import os
from pathlib import Path


def _project() -> Path:
    given = os.environ.get("MIYABI_PROJECT")
    return Path(given).expanduser().resolve() if given else Path(__file__).resolve().parents[3]


PROJECT = _project()
SQL = PROJECT / "sql"
CATALOGUE = SQL / "catalogue"
MIGRATIONS = SQL / "schema"
NOTEBOOKS = PROJECT / "notebooks"
ANALYSIS = NOTEBOOKS / "analysis"
EXPECTATIONS = PROJECT / "expectations"
DOCUMENTS = PROJECT / "docs"


def connections_folder(home: Path) -> Path:
    """Where the connections of a home are declared."""
    return home / "connections"


def cold_folder(home: Path) -> Path:
    """Where the months in cold storage are."""
    return home / "archive"


def has_connections(home: Path) -> bool:
    """Whether any is declared; False for a home that this user may not look into."""
    try:
        return any(connections_folder(home).glob("*.toml"))
    except OSError:
        return False


def in_project(path: Path) -> Path:
    """`path` as it is when absolute, else taken from the project's root, so that no working directory matters."""
    path = path.expanduser()
    return path if path.is_absolute() else PROJECT / path
