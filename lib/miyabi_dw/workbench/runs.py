"""What there is to tell about a run: stages, rows, checks, printed output, how it differs from the one before."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.text import listed
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import run
from miyabi_dw.orchestration.runner.diff import differences
from miyabi_dw.registry import outcomes
from miyabi_dw.reports.formats import STATE_TONES, Clock, duration
from miyabi_dw.workbench.panels import Answer, Kind

if TYPE_CHECKING:
    import pandas
    from _typeshed import DataclassInstance

SUMMARY = (
    "run_id", "pipeline", "state", "reason", "as_of", "trigger", "parent_run_id",
    "requested_by", "code_version", "started_at", "seconds", "archive_error",
)  # fmt: skip
STAGE_COLUMNS = ("stage", "attempt", "state", "cells_completed", "cells_total", "seconds", "started_at", "engine")
ERROR_PARTS = ("stage", "reason", "error_class", "error_message", "remedy")
OUTCOMES = ("inserted", "updated", "unchanged", "quarantined")
LONGEST_OUTPUT = 4_000
CHART = "application/vnd.plotly.v1+json"


@dataclass(frozen=True)
class RunDetails:
    """A run as the registry has it; `before` is null for the first of its pipeline."""

    row: registry.RunRecord
    attempts: list[registry.StageAttempt]
    rows: "pandas.DataFrame"
    facts: "pandas.DataFrame"
    checks: "pandas.DataFrame"
    before: str | None
    changes: "pandas.DataFrame"

    @property
    def stages(self) -> "pandas.DataFrame":
        return _frame(self.attempts, STAGE_COLUMNS)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What went wrong, of the run and of each attempt, as name and text."""
        found = [(f"{each.stage}, attempt {each.attempt}", each.error) for each in self.attempts if each.error]
        found += [("the run", self.row.error)] if self.row.error else []
        return [(name, _error_text(error)) for name, error in found]

    def summary(self, zone: ZoneInfo) -> dict[str, str]:
        """What the run was asked and how it went, by name."""
        clock = Clock(zone)
        told = {name: value for name in SUMMARY if (value := getattr(self.row, name)) not in (None, "")}
        told["interval"] = clock.interval(self.row.interval_start, self.row.interval_end) or "none"
        return {
            name.replace("_", " "): clock.moment(value) if isinstance(value, datetime) else str(value)
            for name, value in told.items()
        }

    def answer(self, zone: ZoneInfo) -> Answer:
        """What the run did, where its rows went, and what was different from the run before."""
        clock = Clock(zone)
        when = clock.interval(self.row.interval_start, self.row.interval_end)
        took = f" after {duration(float(self.row.seconds))}" if self.row.seconds is not None else ""
        sentence = f"{self.row.pipeline}{f' for {when}' if when else ''} {self.row.state}{took}{self._accounting()}."
        doubts = (self.row.reason or "", self.gate[0] if len(self.checks) else "", self.compared)
        return Answer(sentence, doubts, STATE_TONES[self.row.state])

    def _accounting(self) -> str:
        if self.rows.empty:
            return ", and read no rows"
        known = [name for name in OUTCOMES if self.rows[name].notna().any()]
        parts = listed([f"{int(self.rows[name].sum()):,} {name}" for name in known])
        return f": of {int(self.rows['extracted'].sum()):,} rows {parts or 'none was loaded'}"

    @property
    def gate(self) -> tuple[str, Kind]:
        """How many checks did not pass, and how bad that is."""
        missed = self.checks[self.checks["outcome"] != "passed"]
        if missed.empty:
            return f"All {len(self.checks)} checks passed.", "success"
        severe = Counter(missed["severity"])
        counted = ", ".join(f"{severe[name]} {name}" for name in ("critical", "warning", "info") if severe[name])
        sentence = f"{len(missed)} of {len(self.checks)} checks did not pass: {counted}. They come first."
        return sentence, "danger" if severe["critical"] else "warn" if severe["warning"] else "info"

    @property
    def compared(self) -> str:
        """Whether and with what the run was compared."""
        if self.before is None:
            return "There is no run of this pipeline before it to compare it with."
        if self.changes.empty:
            return f"It repeats {self.before} exactly, durations aside."
        return (
            f"It differs from {self.before} in {len(self.changes)} points; first is {self.before}, second is this run."
        )


def recent(connection: Connection, limit: int = 200) -> list[str]:
    """Identifiers of runs to choose from, youngest first."""
    return [row.run_id for row in registry.list_runs(connection, limit=limit)]


def tell(connection: Connection, given: str, against: str = "") -> RunDetails:
    """The run with that identifier, a part of one, or `latest`; compared with `against` or the run before it."""
    row = registry.find_run(connection, given)
    earlier = against or next(
        (found["run_id"] for found in run(connection, "analysis/run_before", {"run_id": row.run_id})), None
    )
    return RunDetails(
        row,
        registry.attempts(connection, row.run_id),
        _frame(outcomes.row_counts(connection, row.run_id), _columns(outcomes.RowCount)),
        _frame(outcomes.fact_counts(connection, row.run_id), _columns(outcomes.FactCount)),
        _frame(outcomes.check_outcomes(connection, row.run_id), _columns(outcomes.CheckOutcome)),
        earlier,
        _changes(connection, earlier, row.run_id),
    )


def _changes(connection: Connection, earlier: str | None, run_id: str) -> "pandas.DataFrame":
    found = differences(connection, earlier, run_id) if earlier else []
    return _frame(found, ("aspect", "name", "first", "second")).astype("str")


def printed(reports: Path, row: registry.RunRecord, attempt: registry.StageAttempt) -> list[tuple[str, str]]:
    """First line and output of each cell of an archived attempt that printed; BadRequest when it is not kept."""
    if not row.archive_path:
        raise BadRequest("the run has no report", row.run_id, "miyabi-dw runs archive writes what is missing")
    folder = (reports / row.archive_path).resolve()
    name = f"{attempt.stage}.{attempt.attempt}.ipynb"
    for path, opening in ((folder / f"{name}.gz", gzip.open), (folder / name, open)):
        if path.is_relative_to(reports.resolve()) and path.is_file():
            with opening(path, "rt", encoding="utf-8") as file:
                return list(_cells(json.load(file)))
    raise BadRequest(
        "the notebook is not kept", f"{row.archive_path}/{name}", "it may have been pruned; its manifest stays"
    )


def _cells(notebook: Json) -> Iterator[tuple[str, str]]:
    for cell in notebook["cells"]:
        text = "\n".join(filter(None, map(_output, cell.get("outputs", ())))).strip()
        if text:
            source = "".join(cell["source"]).strip()
            yield (source.splitlines() or ["(empty)"])[0], text[:LONGEST_OUTPUT]


def _output(output: Json) -> str:
    if output["output_type"] == "stream":
        return "".join(output["text"])
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    shown = output.get("data", {})
    return "" if CHART in shown else "".join(shown.get("text/plain", ""))


def _error_text(error: Json) -> str:
    lines = [f"{name.replace('_', ' ')}: {error[name]}" for name in ERROR_PARTS if error.get(name)]
    lines += [f"  {at['file']}:{at['line']} in {at['function']}: {at['code']}" for at in error.get("frames", ())]
    return "\n".join(lines)


def _columns(row_type: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(row_type))


def _frame(rows: Sequence[object], columns: Sequence[str]) -> "pandas.DataFrame":
    import pandas

    return pandas.DataFrame([[getattr(row, name) for name in columns] for row in rows], columns=list(columns))
