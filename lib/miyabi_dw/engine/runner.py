"""Executes one notebook with given parameters and tells the truth about it."""

import importlib
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.signals import on_signals
from miyabi_dw.engine import notebook as file
from miyabi_dw.engine import parameters as declared
from miyabi_dw.engine.execution import CellProgress, Conditions, Execution, Failure, Notice, Value, unchanged
from miyabi_dw.engine.halt import Halt
from miyabi_dw.engine.journal import Journal

logger = logging.getLogger(__name__)


def execute(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, Value],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    cell_timeout: float | None = None,
    deadline: datetime | None = None,
    on_cell: Callable[[CellProgress], None] | None = None,
    warm: bool = True,
    log: Path | None = None,
    redact: Callable[[str], str] = unchanged,
    stop: threading.Event | None = None,
) -> Execution:
    """Runs every cell in a kernel of its own and writes `output`, whatever happens.

    `env` is laid over the runner's environment; `cell_timeout` is in seconds, `deadline` a moment. SIGINT, SIGTERM and
    SIGHUP (in the main thread) and `stop` (in any) cancel it. `redact` sees every string before it reaches a file or
    the result.
    Raises BadRequest only when there is no such notebook; what `on_cell` raises ends the kernel and comes through.
    """
    started = datetime.now(UTC)
    file.read(notebook)
    journal = Journal(Conditions(cwd, env or {}, cell_timeout, deadline, on_cell, warm, log, redact), output)
    halt = Halt(deadline, stop)
    try:
        declared.validate_parameters(notebook, parameters)
        _check_folder(cwd)
        with on_signals(halt.signalled):
            _run(notebook, parameters, journal, halt)
    except BadRequest as error:
        journal.failure = _refusal(error)
        journal.notebook = _unrun(notebook, journal.failure)
    finally:
        _save(journal)
    execution = _execution(notebook, output, started, journal)
    logger.info("%s %s in %.2f s (%s kernel)", notebook.name, execution.state, execution.seconds, execution.engine)
    return execution


_importing = threading.Lock()


def _import() -> None:
    """papermill would read from Hadoop too, and the library for that takes longer to import than much of the rest."""
    with _importing:
        modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
        there = modules.setdefault("pyarrow.fs", None)
        try:
            importlib.import_module("miyabi_dw.engine.papermill_engine")
            importlib.import_module("papermill.execute")
        finally:
            if there is None:
                del modules["pyarrow.fs"]


def _check_folder(cwd: Path | None) -> None:
    if cwd is not None and not cwd.is_dir():
        raise BadRequest("the notebook's working directory does not exist", str(cwd), "create it")


def _run(notebook: Path, parameters: Mapping[str, Value], journal: Journal, halt: Halt) -> None:
    _import()
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    from miyabi_dw.engine.papermill_engine import NAME, MiyabiEngine

    papermill_engines.register(NAME, MiyabiEngine)
    literal_path = str(notebook).replace("{", "{{").replace("}", "}}")  # papermill formats paths
    try:
        execute_notebook(
            literal_path,
            None,
            dict(parameters),
            engine_name=NAME,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            journal=journal,
            halt=halt,
        )
    except PapermillExecutionError as error:
        journal.failure = journal.failure or _overlooked(error)
    finally:
        _settle(journal)


def _settle(journal: Journal) -> None:
    if journal.failure is None and journal.completed != journal.total:
        reason = f"only {journal.completed} of {journal.total} cells ran"
        journal.failure = Failure("stopped early", reason, error_class="StoppedEarly", error_message=reason)
    if journal.notebook is not None:
        journal.notebook.metadata.papermill["output_path"] = str(journal.output)


def _overlooked(error: Any) -> Failure:
    """papermill found an error in an output that the kernel's replies did not own up to."""
    return Failure(
        "cell raised",
        f"cell {error.cell_index + 1} shows {error.ename}: {error.evalue}",
        cell_index=error.cell_index,
        cell_source=error.source,
        error_class=error.ename,
        error_message=error.evalue,
    )


def _refusal(error: BadRequest) -> Failure:
    kind = f"{BadRequest.__module__}.{BadRequest.__qualname__}"
    return Failure("refused", str(error), error_class=kind, error_message=error.what, remedy=error.remedy)


def _unrun(notebook: Path, failure: Failure) -> Json:
    """The notebook as it is, without outputs, under the reason why it was not run."""
    content = file.read(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    text = f"**Not run:** {failure.reason}"
    banner = {"cell_type": "markdown", "metadata": {"tags": ["papermill-error-cell-tag"]}, "source": text}
    identified = any("id" in cell for cell in content["cells"])
    content["cells"].insert(0, {**banner, **({"id": "not-run"} if identified else {})})
    return content


def _save(journal: Journal) -> None:
    try:
        journal.save()
    except OSError as error:
        reason = f"the output notebook could not be written: {error}"
        journal.failure = journal.failure or Failure(
            "not written", reason, error_class=type(error).__name__, error_message=str(error), remedy="free some space"
        )


def _execution(notebook: Path, output: Path, started: datetime, journal: Journal) -> Execution:
    redact = journal.conditions.redact
    return Execution(
        state="succeeded" if journal.failure is None else "failed",
        notebook=notebook,
        output=output,
        started=started,
        finished=datetime.now(UTC),
        engine=journal.engine,
        engine_note=journal.engine_note,
        cells_total=journal.total,
        cells_completed=journal.completed,
        durations=tuple(journal.timings),
        failure=_redacted(journal.failure, redact) if journal.failure else None,
        warnings=tuple(Notice(redact(notice.text), redact(notice.words)) for notice in journal.warnings),
    )


def _redacted(failure: Failure, redact: Callable[[str], str]) -> Failure:
    return replace(
        failure,
        reason=redact(failure.reason),
        cell_source=redact(failure.cell_source),
        cell_name=redact(failure.cell_name),
        error_message=redact(failure.error_message),
        remedy=redact(failure.remedy),
        place=redact(failure.place),
        frames=tuple(replace(frame, code=redact(frame.code)) for frame in failure.frames),
    )


class _Late:
    """The engine for papermill, which loads its entry points while it is itself being imported: the engine is later."""

    def __getattr__(self, name: str) -> Any:
        from miyabi_dw.engine.papermill_engine import MiyabiEngine

        return getattr(MiyabiEngine, name)


# What papermill finds under `miyabi` in the entry point group `papermill.engine`.
engine = _Late()
