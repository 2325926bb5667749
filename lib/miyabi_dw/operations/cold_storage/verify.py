"""Whether every file of cold storage is there and as it was written, and the way back from a backup."""

from dataclasses import dataclass
from typing import Literal

from miyabi_dw.common.paths import cold_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup import cold_months
from miyabi_dw.operations.cold_storage.upgrade import move_over
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_catalogue import known_files
from miyabi_dw.registry.cold_files import REMEDY, SESSION, ColdFile, fault_of


@dataclass(frozen=True, slots=True)
class ColdFinding:
    """`kind` unknown: a file that the warehouse does not know. `remedy` is empty where there is none but by hand."""

    kind: Literal["missing", "damaged", "unknown", "repaired"]
    what: str
    path: str
    remedy: str


def verify(database: Database, settings: Settings, *, repair: bool = False) -> list[ColdFinding]:
    """Reads every file; what is wrong with which.

    With `repair` good copies of backups are put in place, files of an older version brought to where they belong, and
    the catalogue written.
    """
    files = known_files(database, settings)
    found = [finding for file in files for finding in _examined(settings, file, repair=repair)]
    if repair:
        move_over(database, settings)
        files = _catalogued(database, settings)
    return found + _strangers(settings, files)


def _catalogued(database: Database, settings: Settings) -> list[ColdFile]:
    with database.connect("owner", application_name=SESSION) as connection:
        cold_catalogue.write(connection, settings)
    return known_files(database, settings)


def _examined(settings: Settings, file: ColdFile, *, repair: bool) -> list[ColdFinding]:
    path = file.path(settings)
    fault = fault_of(file, path)
    if fault is None:
        return []
    what = f"{file.name} in cold storage is {fault}"
    good = next(cold_months.copies(settings, file), None)
    if good is None:
        return [ColdFinding(fault, what, str(path), "no backup has it: put back a copy of your own")]
    if repair:
        cold_months.replace(settings, file, good)
        return [ColdFinding("repaired", f"{file.name} came back from a backup", str(path), "")]
    return [ColdFinding(fault, what, str(path), REMEDY)]


def _strangers(settings: Settings, files: list[ColdFile]) -> list[ColdFinding]:
    known = {file.path(settings) for file in files}
    return [
        ColdFinding("unknown", "no month in cold storage has this file", str(path), "miyabi-dw cold list")
        for path in sorted(cold_folder(settings.home).rglob("[!.]*.parquet"))
        if path not in known
    ]
