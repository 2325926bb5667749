"""Connections: declarations that cannot be used, origins that could not be read, records that could not be used."""

from collections.abc import Iterator

from miyabi_dw.common.text import counted
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.listing import Listed, listed
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation

NAME = "connection"


def connections(installation: Installation) -> Iterator[Diagnosis]:
    """Nothing where none is declared."""
    declared = load_connections(installation.settings)
    for refused in declared.refused:
        yield Diagnosis.of(NAME, refused.error)
    if declared.good and installation.warehouse is not None and installation.source is not None:
        good = [each for each in listed(installation.settings) if each.name in declared.good]
        for each in good:
            yield _diagnosis(each)


def _diagnosis(found: Listed) -> Diagnosis:
    again = f"miyabi-dw connect sync {found.name}"
    if found.problem:
        return Diagnosis(NAME, "critical", f"{found.name} could not be read: {found.problem}", found.reads, again)
    if found.synced_at is None:
        return Diagnosis(NAME, "warning", f"{found.name} has never been synced", found.reads, again)
    if found.quarantined:
        kept = f"{found.name} has {counted(found.quarantined, 'record')} that cannot be used"
        return Diagnosis(NAME, "warning", kept, found.reads, f"{again}: its page says which and why")
    return Diagnosis(NAME, "ok", f"{found.name} brought {counted(found.rows, 'row')}", found.reads)
