"""All backups at a glance, by the warehouse's word and by the disk's."""

from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.operations.backup.catalogue import backups_on_disk
from miyabi_dw.operations.backup.job import size_of


def list_backups(database: Database, settings: Settings) -> list[dict[str, Any]]:
    """Every backup, youngest first, by the disk's word where the warehouse cannot be asked or does not know it."""
    on_disk = {found.backup_id: found for found in backups_on_disk(settings)}
    rows = {
        found.backup_id: {
            "backup_id": found.backup_id, "state": "good" if found.verified_at else "not verified",
            "started_at": found.started_at, "verified_at": found.verified_at,
            "size_mb": round(size_of(found.folder) / 1e6, 1), "path": str(found.folder),
        }
        for found in on_disk.values()
    }  # fmt: skip
    for row in _recorded(database):
        state = "missing" if row["state"] == "good" and not Path(row["path"]).is_dir() else row["state"]
        rows[row["backup_id"]] = {
            **rows.get(row["backup_id"], {"backup_id": row["backup_id"]}),
            "state": state, "started_at": row["started_at"], "verified_at": row["verified_at"],
            "size_mb": round((row["size_bytes"] or 0) / 1e6, 1), "path": row["path"],
        }  # fmt: skip
    return sorted(rows.values(), key=lambda row: row["started_at"], reverse=True)


def _recorded(database: Database) -> list[dict[str, Any]]:
    try:
        with database.connect("owner", application_name="miyabi-dw:backup") as connection:
            return statements.run(connection, "operations/backup/list")
    except (MiyabiError, DatabaseError):
        return []
