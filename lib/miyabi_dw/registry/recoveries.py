"""Recoveries that have begun and not ended: of facts as the warehouse notes them, of the database as it says itself."""

from dataclasses import dataclass

from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_as, rows_as, value_as


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One of them in words: what has not ended, what is known of it, and the command with which it goes on."""

    what: str
    evidence: str
    command: str
    is_alive: bool

    @property
    def sentence(self) -> str:
        return f"{self.what[0].upper()}{self.what[1:]}: {self.evidence}."


@dataclass(frozen=True, slots=True)
class UnfinishedFact:
    """Months (yyyymm) of a fact: those not replaced yet, and those whose old rows wait in the schema recovery."""

    fact: str
    first_month: int
    last_month: int
    months_wanted: int
    months_waiting: int
    is_alive: bool

    def told(self) -> Unfinished:
        first, last = Month.from_key(self.first_month), Month.from_key(self.last_month)
        what = f"{self.fact} is being recovered" if self.is_alive else f"the recovery of {self.fact} has not ended"
        evidence = (
            f"{first} to {last}, {counted(self.months_wanted, 'month')} not made again yet,"
            f" old rows of {counted(self.months_waiting, 'month')} in the schema recovery"
        )
        command = f"miyabi-dw recover fact {self.fact} --from {first.first} --to {last.last}"
        return Unfinished(what, evidence, command, self.is_alive)


@dataclass(frozen=True, slots=True)
class DatabaseProgress:
    """How far the recovery of the database has come: begun, then restored from a backup; neither once it has ended."""

    has_begun: bool
    restored_backup: str | None


def database_progress(connection: Connection) -> DatabaseProgress:
    return one_as(DatabaseProgress, connection, "operations/recovery/progress")


def unfinished(connection: Connection) -> list[Unfinished]:
    """The database's own first. A database of an older version has no list of facts."""
    found = [_of_database(database_progress(connection))]
    if value_as(bool, connection, "operations/recovery/has_list"):
        found += [fact.told() for fact in rows_as(UnfinishedFact, connection, "operations/recovery/unfinished")]
    return [each for each in found if each]


def _of_database(progress: DatabaseProgress) -> Unfinished | None:
    what = "the recovery of the database has not ended"
    command = "miyabi-dw recover database --backup"
    if progress.has_begun:
        return Unfinished(what, "its restore was interrupted or is at work", f"{command} latest", is_alive=False)
    if progress.restored_backup:
        evidence = f"{progress.restored_backup} was restored, what is younger is not loaded yet"
        return Unfinished(what, evidence, f"{command} {progress.restored_backup}", is_alive=False)
    return None
