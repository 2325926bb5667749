"""Syncs the connections: each reads what is new, then the source's tables are made of what landed from all of them.

Every step can be repeated. What a killed sync has committed is known by its cursor, and what it had not yet made into
the source's tables is taken up by the next one.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from miyabi_dw.common.errors import Busy, MiyabiError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.connect.conform import Account, conform
from miyabi_dw.connect.coverage import Coverage, coverage
from miyabi_dw.connect.declarations import RefusedConnection, load_connections
from miyabi_dw.connect.landing import Landing, Progress, begin_sync, cursor_of
from miyabi_dw.connect.origin import Origin
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.connect.privacy import pseudonyms
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.errors import code_of
from miyabi_dw.db.statements import run_count

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failed:
    """A connection that could not be read to its end; what it had committed before stays."""

    connection: str
    error: MiyabiError


@dataclass(slots=True)
class Synced:
    """What a sync did: the landings by connection, the accounts of the source's tables, the links, the failures."""

    landings: dict[str, tuple[Origin, Landing]] = field(default_factory=dict)
    accounts: Sequence[Account] = ()
    links: Sequence[Coverage] = ()
    failures: list[Failed] = field(default_factory=list)

    def refuse_failed(self) -> None:
        """Raises the first failure; one that another attempt may heal only when all of them are of that kind."""
        if not self.failures:
            return
        lasting = [each for each in self.failures if not each.error.is_transient]
        first = (lasting or self.failures)[0]
        others = f", and {len(self.failures) - 1} more" if len(self.failures) > 1 else ""
        raise MiyabiError(
            f"{first.connection}: {first.error.what}{others}", first.error.where, first.error.remedy,
            code=first.error.code,
        )  # fmt: skip


def sync(settings: Settings | None = None, only: str = "", tell: Progress = lambda *_: None) -> Synced:
    """Reads every connection, or only the named one; a failing one holds no other. Without any nothing is done."""
    settings = settings or load_settings()
    declared = load_connections(settings)
    origins = [declared.find(only)] if only else [*declared.good.values()]
    if not origins and not declared.refused:
        return Synced()
    database = Database(settings)
    prepare_source(database)
    with (
        database.connect("source_owner", application_name="miyabi-dw:sync", autocommit=True) as guard,
        locks.advisory_lock(guard, locks.SYNC, wait=0) as is_alone,
    ):
        if not is_alone:
            raise Busy("another sync is at work", database.describe("source_owner"), "wait for its end")
        return _sync(settings, database, origins, () if only else declared.refused, tell)


def _sync(
    settings: Settings, database: Database, origins: Sequence[Origin], refused: Sequence[RefusedConnection],
    tell: Progress,
) -> Synced:  # fmt: skip
    done = Synced(failures=[Failed(each.name, each.error) for each in refused])
    with database.connect("source_owner", application_name="miyabi-dw:sync") as connection:
        number = begin_sync(connection)
        for origin in origins:
            done.landings[origin.name] = origin, _landing(connection, settings, origin, number, tell)
            if failed := _read(connection, *done.landings[origin.name]):
                done.failures.append(failed)
        done.accounts = conform(connection, settings, number)
        run_count(connection, "connect/landing/end_sync", {"number": number})
        done.links = coverage(connection)
    return done


def _landing(connection: Connection, settings: Settings, origin: Origin, number: int, tell: Progress) -> Landing:
    conceal = pseudonyms(settings.home) if origin.hash_authors else None

    def told(done: int, total: int, unit: str) -> None:
        tell(done, total, f"{unit} of {origin.name}")

    return Landing(connection, origin, number, conceal=conceal, tell=told)


def _read(connection: Connection, origin: Origin, landing: Landing) -> Failed | None:
    """Whatever goes wrong in one connection is its own failure; what it had not committed is forgotten."""
    try:
        origin.read(cursor_of(connection, origin), landing)
    except MiyabiError as error:
        failed = error
    except Exception as error:
        logger.info("%s failed", origin.name, exc_info=True)
        # Its text may hold what was read, which is kept nowhere.
        failed = MiyabiError(
            f"{type(error).__name__} while reading",
            origin.name,
            "try again with -v for its traceback",
            code=code_of(error),
        )
    else:
        return None
    connection.rollback()
    return Failed(origin.name, failed)
