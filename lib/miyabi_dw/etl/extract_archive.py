"""Archives what a run has read beside its report, as compressed CSV; a replay reads it back instead of the source."""

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import PRIVATE, PRIVATE_FOLDER, write_private
from miyabi_dw.common.report_folders import run_folder
from miyabi_dw.db.connection import Connection, column_types, frame
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.extract import extract

if TYPE_CHECKING:
    import pandas

FOLDER = "extract"
TYPES = "types.json"
# What later stages need to know of the reading itself.
BATCH_TABLES = ("extract_window", "vanished", "unique_by_source", "undecodable")
# What an archive of an older version lacks, and would be empty in it.
ADDED = frozenset({"undecodable"})


def extract_or_read_back(stage: StageContext, archived: str) -> "pandas.DataFrame":
    """Reads the source, or the folder `archived` when one is named; how many rows of each table there are."""
    return read_back(stage, Path(archived)) if archived else extract(stage)


def archive_extract(stage: StageContext) -> "pandas.DataFrame":
    """Writes <run's folder>/extract/<table>.csv.gz where the pipeline asks for it; what was written, in bytes."""
    import pandas

    written = _write(stage) if stage.pipeline.archive_extract else []
    sizes = [{"file": path.name, "bytes": path.stat().st_size} for path in written]
    return pandas.DataFrame(sizes, columns=["file", "bytes"])


def read_back(stage: StageContext, folder: Path) -> "pandas.DataFrame":
    """Makes the batch from an archived extract; the same rows as were read then."""
    types = _types(folder)
    with stage.warehouse() as warehouse:
        run(warehouse, "etl/extract/create_batch", schema=stage.schema)
        for table, columns in types.items():
            names = {"table_name": f"raw_{table}", "columns": list(columns), "types": list(columns.values())}
            run_count(warehouse, "etl/extract/create_raw", names)
            _record(stage, warehouse, table, _copy_in(warehouse, f"raw_{table}", folder / f"{table}.csv.gz"))
        for table in BATCH_TABLES:
            if table not in ADDED or (folder / f"{table}.csv.gz").exists():
                _copy_in(warehouse, table, folder / f"{table}.csv.gz")
        return frame(warehouse, statement("etl/batch/table_counts"), stage.parameters)


def _write(stage: StageContext) -> list[Path]:
    folder = run_folder(stage.settings, stage.pipeline.name, stage.interval, stage.run_id) / FOLDER
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    tables = {table: f"raw_{table}" for table in stage.pipeline.source_tables} | {name: name for name in BATCH_TABLES}
    with stage.warehouse() as warehouse:
        written = [_copy_out(warehouse, table, folder / f"{name}.csv.gz") for name, table in tables.items()]
        types = {
            table: column_types(warehouse, statement("etl/extract/nothing_of", table=f"raw_{table}"))
            for table in stage.pipeline.source_tables
        }
    write_private(folder / TYPES, json.dumps(types, indent=1) + "\n")
    return [*written, folder / TYPES]


def _types(folder: Path) -> dict[str, dict[str, int]]:
    try:
        types: dict[str, dict[str, int]] = json.loads((folder / TYPES).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest("there is no archived extract", str(folder), "name the extract folder of a run") from error
    return types


def _copy_out(warehouse: Connection, table: str, path: Path) -> Path:
    # Without a name and a time in its header, the same rows make the same file.
    path.touch(mode=PRIVATE)
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        warehouse.cursor() as cursor,
    ):
        cursor.copy_expert(statement("etl/extract/copy_out", table=table), packed)
    return path


def _copy_in(warehouse: Connection, table: str, path: Path) -> int:
    try:
        with gzip.open(path) as packed, warehouse.cursor() as cursor:
            cursor.copy_expert(statement("etl/extract/copy_in", table=table), packed)
            return cursor.rowcount
    except OSError as error:
        raise BadRequest("a file of the archived extract is missing", str(path), "restore the folder") from error


def _record(stage: StageContext, warehouse: Connection, table: str, rows: int) -> None:
    run(warehouse, "etl/extract/analyze", table=f"raw_{table}")
    values = {"run_id": stage.run_id, "source_table": table, "extracted": rows}
    run_count(warehouse, "etl/extract/record_extracted", values)


# Its name in notebooks that were copied out of a run of version 1.0.0.
keep = archive_extract
