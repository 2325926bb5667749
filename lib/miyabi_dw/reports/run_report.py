"""Everything that a run's page tells, read from the registry and the run's executed notebooks."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import Redactor, redact_all
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_or_none_as, rows_as, value_as
from miyabi_dw.registry import outcomes
from miyabi_dw.reports.failure import Failure, Frame
from miyabi_dw.reports.formats import lasted
from miyabi_dw.reports.notebook import NAME, Notebook, code, notebook, readable_notebook
from miyabi_dw.reports.records import (
    QuarantinedReason,
    QuarantinedRow,
    RecordType,
    ReportedAttempt,
    ReportedCheck,
    ReportedFinding,
    ReportedRun,
    redacted,
)

REASONS_SHOWN, SAMPLES_SHOWN = 40, 5
ROW_OUTCOMES = ("inserted", "updated", "unchanged", "quarantined")
LOST_REMEDY = "resume it, or leave it to the next run: a load is one transaction, so nothing is half loaded"
USUAL_PARAMETERS = {"run_id", "pipeline", "interval_start", "interval_end", "as_of"}
ENDED_WELL = ("succeeded", "skipped")


@dataclass(frozen=True)
class Problem:
    """One failed attempt, told to a person; empty texts where nothing is known."""

    stage: str
    attempt: int
    sentence: str
    remedy: str
    kind: str = ""
    cause: str = ""
    message: str = ""
    cell: int | None = None
    source: Any = ""
    frames: tuple[Frame, ...] = ()
    trace: str = ""


@dataclass(frozen=True)
class Attempt:
    """One attempt of one stage, with its executed notebook where there is one."""

    row: ReportedAttempt
    notebook: Notebook | None
    file: Path | None

    @property
    def name(self) -> str:
        """What its files are called, without their ending."""
        return self.file.name.split(".ipynb")[0] if self.file else f"{self.row.stage}.{self.row.attempt}"

    @property
    def title(self) -> str:
        return self.notebook.title if self.notebook else readable(self.row.stage)

    @cached_property
    def problem(self) -> Problem | None:
        """What went wrong as the runner saw it, filled up with what the notebook shows; None for a success."""
        error = self.row.error or {}
        if self.row.state == "succeeded" or not (error or self._shown):
            return None
        shown = self._shown
        message = error.get("error_message") or (shown.sentence if shown else "")
        return Problem(
            self.row.stage,
            self.row.attempt,
            error.get("reason") or error.get("what") or message,
            error.get("remedy") or "",
            error.get("error_class") or (shown.kind if shown else ""),
            shown.cause if shown else "",
            message,
            self.notebook.failed_cell if self.notebook else None,
            self._source(error),
            _frames(error) or (shown.frames if shown else ()),
            shown.trace if shown else "",
        )

    @property
    def _shown(self) -> Failure | None:
        return self.notebook.failure if self.notebook else None

    def _source(self, error: Json) -> Any:
        given = error.get("cell_source")
        return code(given) if given else (self.notebook.failed_source if self.notebook else None) or ""


@dataclass(frozen=True)
class RunReport:
    run: ReportedRun
    attempts: list[Attempt]
    row_counts: list[outcomes.RowCount]
    fact_counts: list[outcomes.FactCount]
    checks: list[ReportedCheck]
    quarantined: list[QuarantinedRow]
    findings: list[ReportedFinding]
    server_version: str

    @property
    def quarantined_total(self) -> int:
        return self.quarantined[0].total if self.quarantined else 0

    @property
    def quarantined_by_reason(self) -> list[QuarantinedReason]:
        """The most frequent reasons first."""
        by_reason = groupby(self.quarantined, lambda row: (row.source_table, row.field, row.reason))
        groups = [list(rows) for _, rows in by_reason]
        return [QuarantinedReason(rows[0].alike, rows) for rows in groups]

    @property
    def own_parameters(self) -> Json:
        """The parameters that every run has are told elsewhere on the page."""
        return {name: value for name, value in self.run.parameters.items() if name not in USUAL_PARAMETERS}

    @cached_property
    def totals(self) -> dict[str, int | None]:
        """Rows of all source tables by outcome; None as soon as one of them is unknown."""
        columns = ("extracted", *ROW_OUTCOMES)
        known = {name: [getattr(row, name) for row in self.row_counts] for name in columns}
        return {name: None if None in values or not values else sum(values) for name, values in known.items()}

    @cached_property
    def outcomes(self) -> Counter[str]:
        return Counter(check.outcome for check in self.checks)

    @property
    def not_passed(self) -> list[ReportedCheck]:
        return [check for check in self.checks if check.outcome != "passed"]

    @property
    def warnings(self) -> list[ReportedCheck]:
        """Those to look at: a check of severity info counts only when it could not run."""
        return [check for check in self.not_passed if check.severity != "info" or check.outcome == "could not run"]

    @property
    def passed(self) -> list[ReportedCheck]:
        return [check for check in self.checks if check.outcome == "passed"]

    @cached_property
    def problem(self) -> Problem | None:
        """The last failed attempt of the stage that ended the run, or what the run itself says."""
        if self.run.state in ENDED_WELL:
            return None
        told = [attempt.problem for attempt in self.attempts if attempt.problem]
        return told[-1] if told else self._own_problem()

    @property
    def earlier_problems(self) -> list[Problem]:
        """Failed attempts that the page's top does not tell: those after which a retry succeeded."""
        return [attempt.problem for attempt in self.attempts if attempt.problem and attempt.problem is not self.problem]

    def _own_problem(self) -> Problem | None:
        error = self.run.error or {}
        sentence = error.get("reason") or error.get("what") or self.run.reason
        remedy = error.get("remedy") or (LOST_REMEDY if self.run.state == "lost" else "")
        return Problem(error.get("stage", ""), 0, sentence, remedy) if sentence else None

    @property
    def is_job(self) -> bool:
        """Whether one notebook says it all, so that its page is the run's."""
        last = self.attempts[-1].notebook if self.attempts else None
        return bool(last and last.shows) and not self.row_counts and len({one.row.stage for one in self.attempts}) == 1

    @property
    def outcome(self) -> ReportedFinding | None:
        """The job's own sentence, with the worst level of what it found."""
        return next((found for found in self.findings if found.name == self.run.pipeline), None)

    @property
    def to_do(self) -> list[ReportedFinding]:
        """What is not as it should be, the worst first."""
        found = [one for one in self.findings if one.level != "ok" and one is not self.outcome]
        return sorted(found, key=lambda one: one.level != "critical")

    @property
    def length(self) -> timedelta | None:
        return lasted(self.run)


def find_run(connection: Connection, run_id: str) -> ReportedRun:
    """The run as its page tells it; BadRequest when the registry does not know it."""
    found = one_or_none_as(ReportedRun, connection, "reports/run_report/run", {"run_id": run_id})
    if found is None:
        raise BadRequest(f"there is no run {run_id!r}", remedy="see `miyabi-dw runs list`")
    return found


def read_attempts(connection: Connection, run_id: str) -> list[ReportedAttempt]:
    """Every attempt of every stage, in the order of the stages."""
    return rows_as(ReportedAttempt, connection, "reports/run_report/attempts", {"run_id": run_id})


def read_report(connection: Connection, folder: Path, run_id: str, redact: Redactor) -> RunReport:
    """Everything about `run_id`, secrets taken out; BadRequest when the registry does not know it."""
    run = redacted(find_run(connection, run_id), redact)

    def read(record: type[RecordType], name: str) -> list[RecordType]:
        values = {"run_id": run_id, "reasons": REASONS_SHOWN, "samples": SAMPLES_SHOWN}
        return [redacted(row, redact) for row in rows_as(record, connection, f"reports/run_report/{name}", values)]

    return RunReport(
        run,
        [_attempt(folder, row, run.state, redact) for row in read_attempts(connection, run_id)],
        outcomes.row_counts(connection, run_id),
        outcomes.fact_counts(connection, run_id),
        read(ReportedCheck, "checks"),
        read(QuarantinedRow, "quarantine"),
        read(ReportedFinding, "findings"),
        value_as(str, connection, "reports/run_report/versions"),
    )


def readable(stage: str) -> str:
    """01_extract as Extract."""
    return re.sub(r"^\d+_", "", stage).replace("_", " ").capitalize()


def _attempt(folder: Path, row: ReportedAttempt, run_state: str, redact: Redactor) -> Attempt:
    file = _executed(folder, row.stage, row.attempt)
    document = readable_notebook(file) if file else None
    shown = notebook(redact_all(document, redact), readable(row.stage)) if document else None
    # Nobody told the registry how it ended; that it did is known from its run.
    ended = run_state if row.state in {"queued", "running"} else row.state
    return Attempt(replace(redacted(row, redact), state=ended), shown, file)


def _executed(folder: Path, stage: str, attempt: int) -> Path | None:
    """The file of one attempt: 01_extract.1.ipynb, whether the stage is called 01_extract or extract."""
    for path in sorted(folder.glob(f"*{glob_safe(stage)}.{attempt}.ipynb*")):
        named = NAME.fullmatch(path.name)
        if named and readable(named["stage"]) == readable(stage):
            return path
    return None


def glob_safe(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _frames(error: Json) -> tuple[Frame, ...]:
    return tuple(
        Frame(f"{frame['file']}, line {frame['line']}, in {frame['function']}", frame.get("code", ""))
        for frame in error.get("frames") or ()
    )
