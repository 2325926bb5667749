"""Whether what is kept is whole: recoveries that have not ended, and files of cold storage that are gone."""

from collections.abc import Iterator
from decimal import Decimal

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.db.connection import Connection
from miyabi_dw.monitor.findings import Finding, Level
from miyabi_dw.registry import recoveries
from miyabi_dw.registry.cold_files import REMEDY, recorded


def examine(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Findings where something is not whole, none where all is."""
    for each in recoveries.unfinished(connection):
        level: Level = "warning" if each.is_alive else "critical"
        yield Finding("recovery", level, each.sentence, remedy=each.command)
    yield from _cold_storage(connection, settings)


def _cold_storage(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """What is gone is seen at a glance; damage is found by the daily backup and the doctor, who read the files."""
    files = [file for file in recorded(connection) if file.is_only_copy]
    gone = [file.name for file in files if not file.path(settings).is_file()]
    if gone:
        sentence = f"{counted(len(gone), 'file')} of cold storage missing, the first is that of {gone[0]}."
        yield Finding("cold_storage", "critical", sentence, Decimal(len(gone)), "files", REMEDY)
