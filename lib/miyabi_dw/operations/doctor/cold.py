"""Whether the files of cold storage are there and as written: they may be all that is left of their months."""

from collections.abc import Iterator

from miyabi_dw.common.text import counted
from miyabi_dw.operations.cold_files import known_files
from miyabi_dw.operations.cold_storage.verify import verify
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation


def cold_files(installation: Installation) -> Iterator[Diagnosis]:
    """Each file that is damaged or missing, by name; reads them all."""
    files = known_files(installation.database, installation.settings)
    if not files:
        return
    found = verify(installation.database, installation.settings)
    broken = [finding for finding in found if finding.kind != "unknown"]
    for finding in broken:
        yield Diagnosis("cold storage", "critical", finding.what, finding.path, finding.remedy)
    if not broken:
        yield Diagnosis("cold storage", "ok", f"{counted(len(files), 'file')} of cold storage as written")
