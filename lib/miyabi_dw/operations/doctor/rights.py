"""The roles: what the owner lacks for loading, reading and proving backups, and what a reader could do to others."""

from collections.abc import Iterator
from dataclasses import dataclass

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.common.text import listed
from miyabi_dw.db import databases, roles, statements
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation
from miyabi_dw.orchestration.runner.lock import Stranger
from miyabi_dw.registry.declarations import load_declarations

NAME = "miyabi-dw:doctor"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the program reads as; `calls` are the server's functions by which it could hold up others."""

    user_name: str
    may_take_every_connection: bool
    may_write: bool
    calls: list[str]


def owner(installation: Installation) -> Iterator[Diagnosis]:
    with installation.database.connect("owner", application_name=NAME) as connection:
        if installation.settings.warehouse_roles and (lack := roles.lacking(connection)):
            yield Diagnosis.of("roles", lack)
        try:
            databases.refuse_without_right(connection)
        except BackupFailed as error:
            yield Diagnosis.of("roles", error)


def readers(installation: Installation) -> Iterator[Diagnosis]:
    """Nothing where one user does everything: there are no readers then."""
    if installation.warehouse is None or not installation.settings.warehouse_roles:
        return
    with installation.database.connect("analyst", application_name=NAME) as connection:
        found = statements.one_as(Reader, connection, "operations/doctor/reader")
    if found.calls:
        what = f"a reader can hold up runs and fill the disk: anybody may call {listed(found.calls)}"
        remedy = "have a superuser run sql/db/server/warehouse_grants.sql in the warehouse's database"
        yield Diagnosis("readers", "warning", what, "only a superuser can change that", remedy)
    if installation.settings.warehouse_analyst_url:
        yield from _given(found)


def _given(found: Reader) -> Iterator[Diagnosis]:
    """What is wrong with a login that the settings name."""
    where = "MIYABI_WAREHOUSE_ANALYST_URL"
    if found.may_write:
        what = f"{found.user_name} reads for the analysts and may write"
        remedy = "name a user who belongs to miyabi_analyst and to nothing else"
        yield Diagnosis("readers", "critical", what, where, remedy)
    if found.may_take_every_connection:
        what = f"{found.user_name} may take every connection of the server"
        remedy = f'have an administrator run: ALTER ROLE "{found.user_name}" CONNECTION LIMIT 20'
        yield Diagnosis("readers", "warning", what, where, remedy)


def strangers(installation: Installation) -> Iterator[Diagnosis]:
    """Whoever keeps runs from their locks without being a run."""
    if installation.warehouse is not None:
        values = {"pipelines": list(load_declarations())}
        found = statements.rows_as(Stranger, installation.warehouse, "operations/doctor/strangers", values)
        yield from map(_stranger, found)


def _stranger(found: Stranger) -> Diagnosis:
    what = f"process {found.pid} of {found.user_name} has a lock that runs wait for, and is no run"
    return Diagnosis("strange lock", "critical", what, found.application_name or "unnamed", found.remedy)
