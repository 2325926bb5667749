"""Where the project's files are, and where anything may be written. Imports nothing of the package.

The project is the first that there is of: MIYABI_PROJECT, a workbench around the working directory, the checkout that
this package is part of, the copy inside an installed wheel. Nothing is ever written into that copy.
"""

import os
from pathlib import Path

# The file that makes a folder a workbench; `miyabi-dw init` writes it.
MARKER = ".miyabi-workbench"
WHEEL_COPY = Path(__file__).resolve().parents[1] / "_project"
# What came with the program: notebooks, suites and SQL of its own version.
SHIPPED = WHEEL_COPY if WHEEL_COPY.is_dir() else Path(__file__).resolve().parents[3]


def working_directory() -> Path | None:
    """None when it was removed from under this process."""
    try:
        return Path.cwd()
    except OSError:
        return None


def workbench_around(folder: Path | None) -> Path | None:
    """The folder itself, or the nearest above it, that is a workbench."""
    places = (folder, *folder.parents) if folder else ()
    return next((place for place in places if (place / MARKER).is_file()), None)


def _project() -> Path:
    given = os.environ.get("MIYABI_PROJECT")
    return Path(given).expanduser().resolve() if given else workbench_around(working_directory()) or SHIPPED


PROJECT = _project()
IS_WORKBENCH = (PROJECT / MARKER).is_file()
IS_WHEEL = PROJECT == WHEEL_COPY
# Where relative paths of settings start, and programs that are started work.
BASE = working_directory() or Path("/") if IS_WHEEL else PROJECT
# A workbench has no SQL of its own: statements and migrations belong to the program's version.
SQL = (SHIPPED if IS_WORKBENCH else PROJECT) / "sql"
# Where a person reads what each setting means.
SETTINGS_EXPLAINED = "miyabi.toml" if IS_WORKBENCH else "miyabi.toml.example"
CATALOGUE = SQL / "catalogue"
MIGRATIONS = SQL / "schema"
NOTEBOOKS = PROJECT / "notebooks"
ANALYSIS = NOTEBOOKS / "analysis"
EXPECTATIONS = PROJECT / "expectations"
DOCUMENTS = BASE / "docs"


def connections_folder(home: Path) -> Path:
    """Where the connections of a home are declared."""
    return home / "connections"


def own_notebooks_folder(home: Path) -> Path:
    """Where the notebooks are that analysts of a home have written."""
    return home / "notebooks"


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
    """`path` as it is when absolute, else taken from the project's root, so that no working directory matters.

    Only where the project is the wheel's copy it is the working directory that counts.
    """
    path = path.expanduser()
    return path if path.is_absolute() else BASE / path
