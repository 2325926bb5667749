"""What a run's manifest.json says: what ran, with what, to what effect, and the digest of every file beside it."""

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from miyabi_dw.common.files import sha256
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.reports import assets
from miyabi_dw.reports.chain import Place
from miyabi_dw.reports.run_report import RunReport

FORMAT = 1
NAME = "manifest.json"
DISTRIBUTION = "miyabi-dw"
CHECK_COLUMNS = ("suite", "layer", "table_name", "check_id", "severity", "outcome", "rows_checked", "rows_failed")
ATTEMPT_COLUMNS = ("stage", "attempt", "state", "started_at", "finished_at", "cells_total", "cells_completed", "engine")
RUN_COLUMNS = ("state", "reason", "interval_start", "interval_end", "as_of", "trigger", "parent_run_id", "requested_by")
TIME_COLUMNS = ("queued_at", "started_at", "finished_at")


def manifest(report: RunReport, folder: Path, reports: Path, place: Place) -> bytes:
    """The manifest of the files in `folder`; `place` is the run's place in the chain."""
    run = report.run
    told = {
        "format": FORMAT,
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        **asdict(place),
        **_columns(run, (*RUN_COLUMNS, *TIME_COLUMNS)),
        "parameters": run.parameters,
        "code": {"version": run.code_version, "commit": commit()},
        "python": platform.python_version(),
        "packages": packages(),
        "server_version": report.server_version,
        "stages": [_columns(attempt.row, ATTEMPT_COLUMNS) for attempt in report.attempts],
        "row_counts": [asdict(row) for row in report.row_counts],
        "fact_counts": [asdict(row) for row in report.fact_counts],
        "checks": [_columns(check, CHECK_COLUMNS) for check in report.checks],
        "quarantined": report.quarantined_total,
        "files": digests(folder),
        "assets": {name: assets.sha256(reports, name) for name in assets.contents()},
    }
    return (json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False, default=_plain) + "\n").encode()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder`, the manifest itself aside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


@cache
def packages() -> dict[str, str]:
    """The version of each package that this one requires."""
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    names = {_name(line) for line in required if "extra ==" not in line}
    installed = _installed()
    return {name: installed[name] for name in sorted(names) if name in installed}


def _installed() -> dict[str, str]:
    """Told by the names of folders: reading what is in them costs more than the rest of a page."""
    folders = (
        folder.stem.rpartition("-") for place in reversed(sys.path) for folder in Path(place).glob("*.dist-info")
    )
    return {_canonical(name): version for name, _, version in folders}


@cache
def commit(project: Path = PROJECT) -> str | None:
    """The commit that is checked out, read from the files of git; None where the project is no clone."""
    git = project / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        reference = head.removeprefix("ref: ")
        if reference == head:
            return head
        loose = git / reference
        return loose.read_text(encoding="ascii").strip() if loose.exists() else _packed(git, reference)
    except (OSError, UnicodeDecodeError):
        return None


def _packed(git: Path, reference: str) -> str | None:
    lines = (git / "packed-refs").read_text(encoding="ascii").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {reference}")), None)


def _name(requirement: str) -> str:
    end = next((at for at, letter in enumerate(requirement) if not (letter.isalnum() or letter in "-_.")), None)
    return _canonical(requirement[:end])


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def _columns(row: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
