"""What a run's manifest.json says: what ran, with what, to what effect, and the digest of every file beside it."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from miyabi_dw.common.files import sha256
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.reports import assets
from miyabi_dw.reports.chain import Place
from miyabi_dw.reports.run_report import RunReport

FORMAT = 1
NAME = "manifest.json"
DISTRIBUTION = "miyabi-dw"
# One question for both: the commit, and the tracked files that differ from it.
GIT_STATUS = ("git", "status", "--porcelain=v2", "--branch", "--untracked-files=no")
OTHER_HEADERS = ("# branch.head", "# branch.upstream", "# branch.ab", "# stash")
GIT_SECONDS = 2
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
        "code": {"version": run.code_version, **checkout()._asdict()},
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
    """The version of each installed package that this one requires; empty where this one runs uninstalled."""
    try:
        required = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        return {}
    needed = {
        canonicalize_name(each.name) for each in required if each.marker is None or each.marker.evaluate({"extra": ""})
    }
    return {name: version for name, version in sorted(_installed().items()) if name in needed}


def _installed() -> dict[str, str]:
    """Told by the names of folders: reading what is in them costs more than the rest of a page."""
    folders = (
        folder.stem.rpartition("-") for place in reversed(sys.path) for folder in Path(place).glob("*.dist-info")
    )
    return {canonicalize_name(name): version for name, _, version in folders}


class Checkout(NamedTuple):
    """The commit that is checked out, and whether a file of it has been changed since; both null without git."""

    commit: str | None = None
    is_dirty: bool | None = None


@cache
def checkout(project: Path = PROJECT) -> Checkout:
    """Asked once a process; nothing is known where there is no git, no clone, or no answer in good time."""
    # Where the project is no clone itself, git would answer for a repository around it.
    if not (project / ".git").exists():
        return Checkout()
    # A hook's GIT_DIR would lead elsewhere; and asking must not write git's index.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        asked = subprocess.run(
            GIT_STATUS, cwd=project, env=environment, capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return Checkout()
    oid, *changed = [line for line in asked.stdout.splitlines() if not line.startswith(OTHER_HEADERS)]
    commit = oid.removeprefix("# branch.oid ")
    return Checkout(None if commit == "(initial)" else commit, bool(changed))


def _columns(row: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
