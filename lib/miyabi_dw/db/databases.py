"""Databases beside the warehouse, made and dropped by an owner who is no superuser."""

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.db.roles import standing
from miyabi_dw.db.statements import run


def refuse_without_right(connection: Connection) -> None:
    """BackupFailed unless the user may make databases: a backup is restored into one."""
    if not (found := standing(connection)).may_make_databases:
        what = f"{found.user_name} may not make databases, and a backup is restored into one"
        remedy = f'have an administrator run: ALTER ROLE "{found.user_name}" CREATEDB'
        raise BackupFailed(what, remedy=remedy, code="permission-denied")


def drop(connection: Connection, name: str) -> None:
    """Drops it with whoever is in it; outside of a transaction."""
    try:
        run(connection, "db/databases/drop", database=name)
    except DatabaseError as error:
        if code_of(error) != "permission-denied":
            raise
        run(connection, "db/databases/end_own_sessions", {"database": name})
        run(connection, "db/databases/drop_left", database=name)
