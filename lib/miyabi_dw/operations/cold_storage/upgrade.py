"""Brings the files that an older version wrote to where and how this one writes them, month by month.

Each is written beside the old one, read back and compared with what the warehouse has recorded of the month; then the
warehouse names the new one, and the old one goes. Interrupted at any point, the next call goes on.
"""

import logging
from dataclasses import asdict
from pathlib import Path

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.cold_storage.files import statistics, write_typed
from miyabi_dw.operations.cold_storage.proof import prove
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_files import SESSION, ColdFile, fault_of, month_path, place_of, recorded

logger = logging.getLogger(__name__)


def move_over(database: Database, settings: Settings) -> int:
    """How many were moved. A damaged or missing one stays as it is, for `cold verify` to name."""
    with database.connect("owner", application_name=SESSION) as connection:
        files = [file for file in recorded(connection) if not file.is_at_home]
    moved = [_moved(database, settings, file) for file in files]
    return sum(moved)


def _moved(database: Database, settings: Settings, file: ColdFile) -> bool:
    old, new = file.path(settings), month_path(settings, file.fact_table, file.month_key)
    if fault_of(file, old) or not old.is_file():
        return False
    write_typed(old, new)
    content = Content(file.row_count or 0, file.content_checksum or "")
    with database.connect("owner", application_name=SESSION) as connection:
        digest = prove(connection, file.fact_table, file.month_key, new, content)
        place = {
            "fact": file.fact_table,
            "month_key": file.month_key,
            "path": place_of(file.fact_table, file.month_key),
        }
        known = place | {"sha256": digest, "former_sha256": file.file_sha256} | asdict(statistics(new))
        statements.run(connection, "operations/cold_storage/move_file", known)
        cold_catalogue.write(connection, settings)
    for gone in (old, Path(f"{old}.sha256")):
        gone.unlink(missing_ok=True)
    logger.info("%s is now in %s", file.name, new)
    return True
