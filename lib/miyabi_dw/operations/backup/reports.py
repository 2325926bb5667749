"""The reports inside a backup: one tar file beside the dump."""

import tarfile
from pathlib import Path

from miyabi_dw.common.errors import BackupDamaged
from miyabi_dw.common.settings import Settings

REPORTS = "reports.tar.gz"
# Pages compress well even so, and the disk is the bottleneck.
COMPRESSION = 3


def pack(settings: Settings, folder: Path) -> None:
    """Puts all reports into `folder`; an installation without reports gets an empty tar file."""
    with tarfile.open(folder / REPORTS, "w:gz", compresslevel=COMPRESSION) as tar:
        if settings.reports_dir.is_dir():
            tar.add(settings.reports_dir, arcname=".", filter=_settled)


def unpack(settings: Settings, folder: Path) -> int:
    """Brings back the reports that are missing now; how many files. What is there stays as it is."""
    path = folder / REPORTS
    if not path.is_file():
        return 0
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(path, "r:gz") as tar:
            missing = [item for item in tar if item.isfile() and not (settings.reports_dir / item.name).exists()]
            tar.extractall(settings.reports_dir, members=missing, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"the reports cannot be read: {error}", str(path), "use another backup") from error
    return len(missing)


def _settled(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leaves out drafts, which begin with a point and get their name when they are whole."""
    name = Path(item.name).name
    return None if name.startswith(".") and item.name != "." else item
