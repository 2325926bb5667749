"""A DuckDB session that has facts with their cold months, dimensions and marts by their names, and nothing else."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.lake.sources import Source, sources

NAME = "miyabi-dw:lake"
PATHS_PLACE = "/* paths */"
# Nothing is downloaded at run time.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
}


@contextmanager
def connect(
    settings: Settings, *names: str, columns: Collection[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """With these tables: `v_all_<fact>` is a fact with its cold months, any other name is as in the warehouse.

    The warehouse's rows are read with the rights of an analyst and are of one moment. Of `columns`, where given, each
    table has those that it has. Memory does not grow with the rows; what does not fit goes to the disk.
    """
    with TemporaryDirectory(prefix="miyabi-lake-") as place:
        folder = Path(place)
        with Database(settings).connect("analyst", application_name=NAME) as connection:
            found = sources(connection, settings, names, columns, folder)
        with duckdb.connect(config=CONFIG | {"temp_directory": str(folder / "spilled")}) as session:
            for source in found:
                # Columns are matched by their names: what a month did not have yet is null.
                rows = session.read_parquet([*map(str, source.files)], union_by_name=True, hive_partitioning=False)
                rows.select(*source.columns).create_view(source.name)
            _close(session, found)
            yield session


def _close(session: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Whatever a query says, from here on it reads these files only and changes no setting."""
    paths = sorted({str(path).replace("'", "''") for source in sources for path in source.files})
    listed = ", ".join(f"'{path}'" for path in paths)
    session.execute(statements.statement("operations/cold_storage/close_lake").replace(PATHS_PLACE, listed))
