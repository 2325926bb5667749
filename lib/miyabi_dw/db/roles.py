"""What a warehouse's owner lacks for the roles that load and read it, said before anything fails for want of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.text import listed
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_as


@dataclass(frozen=True, slots=True)
class Standing:
    """`missing` are roles that the server lacks, `not_taken` those that this user may not take on.

    `remedy` are the statements by which an administrator gives it both.
    """

    user_name: str
    database_name: str
    is_owner: bool
    may_make_databases: bool
    missing: Sequence[str]
    not_taken: Sequence[str]
    remedy: str


def standing(connection: Connection) -> Standing:
    """What the user at hand is to the database and to the two roles."""
    return one_as(Standing, connection, "db/roles/standing")


def refuse_stranger(connection: Connection) -> None:
    """SchemaError unless the user owns the database and belongs to the roles that are there, so that it can grant."""
    found = standing(connection)
    if not found.is_owner:
        what = f"{found.user_name} does not own the database {found.database_name}, so it can grant nothing in it"
        remedy = f'have an administrator run: ALTER DATABASE "{found.database_name}" OWNER TO "{found.user_name}"'
        raise SchemaError(what, remedy=remedy)
    if found.not_taken:
        what = f"{found.user_name} does not belong to {listed(found.not_taken)}, so it can give them nothing"
        raise SchemaError(what, remedy=f"have an administrator run: {found.remedy}")


def lacking(connection: Connection) -> SchemaError | None:
    """The error to raise where the roles could not be made; what is there works for nobody but the owner."""
    found = standing(connection)
    if not found.missing:
        return None
    return SchemaError(
        f"the server lacks {listed(found.missing)}, and {found.user_name} may not make roles: nobody can load or read",
        remedy=f"have an administrator run: {found.remedy}; then miyabi-dw schema migrate."
        " Or set MIYABI_WAREHOUSE_ROLES=false, and this user does everything",
        code="role-missing",
    )
