"""All checks of the doctor, in the order in which one trouble explains the next."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError, Role
from miyabi_dw.db.embedded.layout import Layout
from miyabi_dw.db.errors import told_error
from miyabi_dw.operations.doctor import (
    connections,
    empty_facts,
    host,
    memory,
    messages,
    queries,
    rights,
    schedules,
    servers,
    tables,
)
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation

Check = Callable[[Installation], Iterable[Diagnosis]]
CHECKS: tuple[Check, ...] = (
    host.disk,
    host.programs,
    host.workbench,
    servers.versions,
    servers.clocks,
    rights.owner,
    rights.readers,
    tables.schema_drift,
    tables.missing_facts,
    tables.unfinished_recoveries,
    tables.cold_files,
    tables.descriptions,
    tables.source_contract,
    connections.connections,
    schedules.refused,
    schedules.paused,
    schedules.unscheduled,
    schedules.missed,
    messages.messages,
    queries.stale,
    rights.strangers,
    empty_facts.empty_facts,
    memory.memory,
    queries.slow,
)


def examine(database: Database, settings: Settings, as_of: datetime) -> list[Diagnosis]:
    """Every diagnosis. A check that needs a database that is not there is left out: that one is the trouble."""
    found: list[Diagnosis] = []
    with ExitStack() as stack:
        source = _connected(stack, database, settings, "source", found)
        warehouse = _connected(stack, database, settings, "etl", found)
        installation = Installation(database, settings, as_of, warehouse, source)
        for check in CHECKS:
            found += _checked(check, installation)
    return found


def _connected(
    stack: ExitStack, database: Database, settings: Settings, role: Role, found: list[Diagnosis]
) -> Connection | None:
    name = "source" if role == "source" else "warehouse"
    if database.is_embedded(role) and not embedded.status(settings) and not Layout(settings.home).data.is_dir():
        remedy = "miyabi-dw demo for a trial, or set MIYABI_SOURCE_URL and MIYABI_WAREHOUSE_URL"
        found.append(Diagnosis(name, "critical", "nothing is set up yet", str(settings.home), remedy))
        return None
    try:
        connection = stack.enter_context(
            database.connect(role, application_name="miyabi-dw:doctor", statement_timeout=30)
        )
        statements.run(connection, "operations/doctor/read_only")
    except MiyabiError as error:
        found.append(Diagnosis.of(name, error))
        return None
    found.append(Diagnosis(name, "ok", f"the {name} answers", database.describe(role)))
    return connection


def _checked(check: Check, installation: Installation) -> Iterator[Diagnosis]:
    """A check that could not run is a finding, not the end of all of them."""
    name = check.__name__
    try:
        yield from check(installation)
    except MiyabiError as error:
        yield Diagnosis.of(name, error)
    except DatabaseError as error:
        for connection in (installation.warehouse, installation.source):
            if connection is not None and not connection.closed:
                connection.rollback()
        what, remedy = told_error(error)
        yield Diagnosis(name.replace("_", " "), "warning", "this was not examined", what, remedy)
