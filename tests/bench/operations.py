"""What backup, verification, archive and restore cost beside PostgreSQL's own programs, measured in one process.

Run it alone: `PYTHONPATH=tests python tests/bench/operations.py`.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.operations import backup, cold_storage
from miyabi_dw.operations.backup.programs import run_program
from miyabi_dw.operations.backup.verify import scratch_database
from servers import grant_warehouse, running_server, warehouse_template

SQL = Path(__file__).parents[1] / "support" / "sql" / "operations"
FACT, MONTH, ROWS = "fact_agent_execution", 202501, 300_000
JOBS = f"--jobs={os.cpu_count() or 1}"
# A backup also counts and checksums every row and every file; a verification counts them again after the restore.
BACKUP_BAR, VERIFY_BAR = 2.0, 2.0
# A month is copied out, read back and loaded, and checksummed three times; plain is COPY out and COPY in.
ARCHIVE_BAR, RESTORE_BAR = 4.0, 3.0


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_server("bench_ops", Path(folder)) as server:
        name = server.create("operations", warehouse_template(server))
        grant_warehouse(server, name)
        settings = Settings(home=Path(folder) / "home", warehouse_url=server.database_url(name), source_url=server.url)
        database = Database(settings)
        with database.connect("owner") as connection:
            execute(connection, (SQL / "fill.sql").read_text(), {"rows": ROWS})
        return [*backups(database, settings, Path(folder)), *months(database, settings, Path(folder))]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def compared(name: str, ours: float, plain: float, bar: float, than: str) -> dict[str, Any]:
    ratio = round(ours / plain, 2)
    detail = f"{ours:.2f} s against {plain:.2f} s of {than}, {ROWS:,} rows"
    return {"name": name, "value": ratio, "bar": bar, "ok": ratio <= bar, "detail": detail}


def backups(database: Database, settings: Settings, folder: Path) -> list[dict[str, Any]]:
    dump = folder / "plain"
    arguments = ["--format=directory", JOBS, "--compress=gzip:5", f"--file={dump}"]
    plain, _ = timed(lambda: run_program(settings, database, "pg_dump", arguments))
    ours, made = timed(lambda: backup.make(database, settings))
    restored = min(timed(lambda: plain_restore(database, settings, dump))[0] for _ in range(2))
    verified = min(timed(lambda: backup.verify(database, settings, made))[0] for _ in range(2))
    return [
        compared("backup / pg_dump", ours, plain, BACKUP_BAR, "pg_dump"),
        compared("verify / pg_restore", verified, restored, VERIFY_BAR, "pg_restore into a new database"),
    ]


def plain_restore(database: Database, settings: Settings, dump: Path) -> None:
    # Marts belong to the loader, who may make no table there: what plain pg_restore is spared, so that it succeeds.
    options = [JOBS, "--no-owner", "--no-privileges"]
    with scratch_database(database) as name:
        contents = run_program(settings, database, "pg_restore", ["--list", dump], dbname=name)
        wanted = dump.with_suffix(".list")
        wanted.write_text("\n".join(line for line in contents.splitlines() if "EXTENSION" not in line))
        chosen = [*options, f"--use-list={wanted}", f"--dbname={name}", dump]
        run_program(settings, database, "pg_restore", chosen, dbname=name)


def months(database: Database, settings: Settings, folder: Path) -> list[dict[str, Any]]:
    file = folder / "plain.csv"
    out, _ = timed(lambda: copy(database, f"COPY {FACT}_{MONTH} TO STDOUT (FORMAT csv)", file, "wb"))
    back, _ = timed(lambda: plain_load(database, file))
    archived, moved = timed(lambda: cold_storage.archive_month(database, settings, FACT, MONTH))
    assert moved.rows == ROWS
    restored, _ = timed(lambda: cold_storage.restore_month(database, settings, FACT, MONTH))
    return [
        compared("archive / COPY out and in", archived, out + back, ARCHIVE_BAR, "COPY out and in"),
        compared("restore / COPY in", restored, back, RESTORE_BAR, "COPY into an indexed table"),
    ]


def plain_load(database: Database, file: Path) -> None:
    with database.connect("owner") as connection:
        execute(connection, f"CREATE TABLE plain_copy (LIKE {FACT} INCLUDING ALL)")
    copy(database, "COPY plain_copy FROM STDIN (FORMAT csv)", file, "rb")
    with database.connect("owner") as connection:
        execute(connection, "DROP TABLE plain_copy")


def copy(database: Database, command: str, file: Path, mode: str) -> None:
    with database.connect("owner") as connection, connection.cursor() as cursor, file.open(mode) as opened:
        cursor.copy_expert(command, opened)


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
