"""The machine: its disk, and the programs that some commands need."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from miyabi_dw import __version__
from miyabi_dw.common.errors import MiyabiError, ServerFailed
from miyabi_dw.common.files import existing_parent
from miyabi_dw.common.paths import IS_WORKBENCH, PROJECT
from miyabi_dw.db.client_programs import Server, choose
from miyabi_dw.monitor import findings
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation
from miyabi_dw.operations.workbench_folder import read_marker

PROGRAMS = {"psql": "miyabi-dw psql", "pg_dump": "miyabi-dw backup", "pg_restore": "miyabi-dw recover"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "headless_shell")
LEAST_FREE_BYTES = 1 << 30


def disk(installation: Installation) -> Iterator[Diagnosis]:
    """Every disk that something is written to, once."""
    seen: set[int] = set()
    for folder in (installation.settings.home, installation.settings.reports_dir):
        place = existing_parent(folder)
        if place.stat().st_dev in seen:
            continue
        seen.add(place.stat().st_dev)
        yield _disk(installation, place)


def _disk(installation: Installation, place: Path) -> Diagnosis:
    finding = next(iter(findings.disk(installation.settings.model_copy(update={"home": place}))))
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        remedy = "miyabi-dw runs prune, miyabi-dw cold run, or give it more room"
        return Diagnosis("disk", "critical", f"only {free / 1e6:,.0f} MB are free", str(place), remedy)
    return Diagnosis("disk", finding.level, finding.sentence, str(place), finding.remedy)


def workbench(_installation: Installation) -> Iterator[Diagnosis]:
    """Whether the files of a workbench are of the program's version; nothing where there is none."""
    if not IS_WORKBENCH:
        return
    try:
        version = read_marker(PROJECT).version
    except MiyabiError as error:
        yield Diagnosis.of("workbench", error)
        return
    if version == __version__:
        yield Diagnosis("workbench", "ok", f"its files are of version {version}", str(PROJECT))
    else:
        cause = f"its files are of version {version}, the program is of {__version__}"
        yield Diagnosis("workbench", "warning", cause, str(PROJECT), "miyabi-dw init --upgrade")


def programs(installation: Installation) -> Iterator[Diagnosis]:
    """Client programs that fit the warehouse's server, as far as it can be asked."""
    server = Server.of(installation.warehouse) if installation.warehouse else Server(0, is_encrypted=False)
    missing = [found for name in PROGRAMS for found in _missing(name, server, installation)]
    yield from missing
    # Only who develops draws pages in a browser.
    if importlib.util.find_spec("playwright") and not _has_browser():
        remedy = f"{Path(sys.executable).name} -m playwright install chromium"
        yield Diagnosis("programs", "warning", "no Chromium for the browser tests", "playwright is installed", remedy)
    elif not missing:
        yield Diagnosis("programs", "ok", "every program that is needed is there", ", ".join(PROGRAMS))


def _missing(name: str, server: Server, installation: Installation) -> Iterator[Diagnosis]:
    try:
        choose(name, server, installation.settings)
    except ServerFailed as error:
        evidence = f"{PROGRAMS[name]} needs it; {error.where}"
        yield Diagnosis("programs", "critical", error.what, evidence, error.remedy, error.code)


def _has_browser() -> bool:
    kept = [Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright"]
    return any(shutil.which(name) for name in BROWSERS) or any(any(folder.glob("chromium*")) for folder in kept)
