"""Archives one run: its pages, its notebooks, its manifest; written once, appearing all at once."""

import gzip
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from miyabi_dw.common.errors import ArchiveFailed, BadRequest
from miyabi_dw.common.files import PRIVATE, PRIVATE_FOLDER, Json, flush_all, rename, sha256
from miyabi_dw.common.redaction import Redactor, redact_all, redactor
from miyabi_dw.common.report_folders import relative_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import lock_transaction, run_pages
from miyabi_dw.db.statements import run, value_as
from miyabi_dw.reports import assets, chain, index, manifest, month
from miyabi_dw.reports.formats import Clock
from miyabi_dw.reports.headline import headline
from miyabi_dw.reports.notebook import readable_notebook
from miyabi_dw.reports.records import ReportedRun
from miyabi_dw.reports.render import render
from miyabi_dw.reports.run_report import RunReport, find_run, read_report

logger = logging.getLogger(__name__)

READ_ONLY = 0o444
TEXTS = {".log", ".txt", ".json", ".csv", ".ipynb"}
GENERATED = {".html", manifest.NAME}
# The folder of a kept extract.
RAW = "extract"


def write_run(settings: Settings, database: Database, run_id: str, *, top_page: bool = True) -> Path:
    """Archives a finished run and returns its page. Safe to call again: a run that is archived stays as it is.

    Without `top_page` that is left to a run that follows: it says how all is, which takes longer than the rest.
    """
    with writing(settings):
        with database.connect("etl") as connection:
            row = _finished(connection, run_id)
            place = relative_folder(settings, row.pipeline, row.placed_at, run_id)
            if not value_as(bool, connection, "reports/write/is_archived", {"run_id": run_id}):
                assets.ensure(settings.reports_dir)
                _archive(settings, connection, place, run_id)
        chain.catch_up(settings, database)
        month.write_month(settings, database, row.pipeline, row.placed_at)
        if top_page:
            index.write_index(settings, database)
    logger.info("the report of %s is at %s", run_id, place)
    return settings.reports_dir / place / "index.html"


def write_missing(settings: Settings, database: Database) -> list[Path]:
    """Archives every run that ended without its page, because its runner died; repairs what a crash left."""
    with database.connect("etl") as connection:
        missing = [row["run_id"] for row in run(connection, "reports/write/missing")]
    return [write_run(settings, database, run_id) for run_id in missing]


@contextmanager
def writing(settings: Settings) -> Iterator[None]:
    """Tells an unwritable or full reports folder in one sentence."""
    try:
        yield
    except OSError as error:
        raise ArchiveFailed(
            f"the reports cannot be written: {error.strerror or error}",
            str(settings.reports_dir),
            "free space or allow writing there, or set MIYABI_REPORTS_DIR; then run `miyabi-dw runs archive`",
        ) from error


def _finished(connection: Connection, run_id: str) -> ReportedRun:
    """The run's row, locked so that nobody else archives it meanwhile."""
    lock_transaction(connection, run_pages(run_id))
    row = find_run(connection, run_id)
    if row.finished_at is None:
        raise BadRequest(f"the run is still {row.state}", run_id, "its report is written when it has ended")
    return row


def _archive(settings: Settings, connection: Connection, folder: PurePosixPath, run_id: str) -> None:
    final = settings.reports_dir / folder
    _finish_swap(final)
    building = _beside(final, "building")
    redact = redactor(settings)
    report = read_report(connection, final, run_id, redact)
    _build(settings, report, final, building, folder, redact)
    # The head of the chain is known from here on and nobody else moves it before the commit.
    place = chain.next_place(connection)
    _write(building / manifest.NAME, manifest.manifest(report, building, settings.reports_dir, place))
    digest = sha256(building / manifest.NAME)
    _swap(building, final)
    entry = chain.LedgerEntry(
        run_id=run_id, pipeline=report.run.pipeline, path=str(folder), manifest_sha256=digest, **asdict(place)
    )
    chain.add(connection, entry)


def _build(
    settings: Settings, report: RunReport, final: Path, building: Path, place: PurePosixPath, redact: Redactor
) -> None:  # fmt: skip
    building.mkdir(parents=True)
    if final.exists():
        # A kept extract has a folder of its own in the run's.
        for path in sorted(final.rglob("*")):
            _keep(path, building / path.parent.relative_to(final), redact)
    context = {
        "report": report,
        "headline": headline(report, Clock(settings.business_zone, names_zone=False)),
        "commit": manifest.checkout().commit,
    }
    for attempt in report.attempts:
        if attempt.notebook:
            page = place / f"{attempt.name}.html"
            shown = context | {"attempt": attempt, "notebook": attempt.notebook}
            _write(building / page.name, render("notebook.html", settings, page, shown))
    template = "job.html" if report.is_job else "run.html"
    _write(building / "index.html", render(template, settings, place / "index.html", context))


def _keep(path: Path, building: Path, redact: Redactor) -> None:
    """Notebooks are kept compressed, other files as they are; pages are made again."""
    if path.suffix in GENERATED or path.name in GENERATED or not path.is_file():
        return
    if path.parent.name == RAW:
        _keep_private(path, building)
        return
    building.mkdir(parents=True, exist_ok=True)
    document = readable_notebook(path) if path.suffix == ".ipynb" else None
    if document:
        _write(building / f"{path.name}.gz", compressed(redact_all(document, redact)))
    elif path.suffix in TEXTS:
        _write(building / path.name, redact(path.read_bytes().decode(errors="replace")).encode())
    else:
        _link(path, building / path.name, READ_ONLY)


def _keep_private(path: Path, building: Path) -> None:
    """Rows as the source has them are for whoever runs this, and not for everybody who may read its pages."""
    building.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    _link(path, building / path.name, PRIVATE)


def compressed(document: Json) -> bytes:
    """The same bytes for the same notebook: gzip would otherwise write down the time."""
    return gzip.compress(json.dumps(document, ensure_ascii=False, indent=1).encode(), mtime=0)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(READ_ONLY)


def _link(path: Path, target: Path, mode: int) -> None:
    """The same file under both names, where the file system knows such: a kept extract can be large."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
    target.chmod(mode)


def _beside(final: Path, what: str) -> Path:
    return final.with_name(f".{final.name}.{what}")


def _swap(building: Path, final: Path) -> None:
    """Two renames: at no time can anybody open half a folder, and _finish_swap knows each state in between."""
    replaced = _beside(final, "replaced")
    flush_all(building)
    if final.exists():
        rename(final, replaced)
    rename(building, final)
    shutil.rmtree(replaced, ignore_errors=True)


def _finish_swap(final: Path) -> None:
    """Puts right what a killed writer left: the executed notebooks are always in one of two places."""
    replaced = _beside(final, "replaced")
    if replaced.exists() and not final.exists():
        rename(replaced, final)
    for leftover in (replaced, _beside(final, "building")):
        if leftover.exists():
            shutil.rmtree(leftover)
