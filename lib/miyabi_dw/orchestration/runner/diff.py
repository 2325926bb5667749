"""What tells two runs apart: what they were asked, how they went, what they counted, what their checks said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.text import counted
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import run

# They differ between any two runs and say nothing.
OWN = {"run_id", "seconds"}
COUNTS = ("extracted", "inserted", "updated", "unchanged", "quarantined", "deleted")


@dataclass(frozen=True)
class Difference:
    aspect: str
    name: str
    first: Any
    second: Any


def differences(connection: Connection, first: str, second: str) -> list[Difference]:
    """Everything in which the runs differ, durations aside; empty when the second repeats the first exactly."""
    facts = [_facts(connection, registry.find_run(connection, given)) for given in (first, second)]
    return [
        Difference(aspect, name, facts[0][aspect].get(name), facts[1][aspect].get(name))
        for aspect in facts[0]
        for name in dict.fromkeys([*facts[0][aspect], *facts[1][aspect]])
        if facts[0][aspect].get(name) != facts[1][aspect].get(name)
    ]


def _facts(connection: Connection, found: registry.RunRecord) -> dict[str, dict[str, Any]]:
    values = {"run_id": found.run_id}
    asked = {name: value for name, value in found.parameters.items() if name not in OWN}
    return {
        "run": {name: getattr(found, name) for name in ("pipeline", "state", "trigger", "code_version", "host")},
        "parameter": asked,
        "stage": _stages(registry.attempts(connection, found.run_id)),
        "rows": _counts(run(connection, "registry/runs/run_row_counts", values), "source_table"),
        "facts": _counts(run(connection, "registry/runs/run_fact_counts", values), "target_table"),
        "check": {check["check_id"]: _outcome(check) for check in run(connection, "registry/runs/run_checks", values)},
    }


def _stages(attempts: Sequence[registry.StageAttempt]) -> dict[str, str]:
    return {each.stage: f"{each.state} at attempt {each.attempt}, {each.cells_completed} cells" for each in attempts}


def _counts(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    return {f"{row[name]} {count}": row[count] for row in rows for count in COUNTS if count in row}


def _outcome(check: Mapping[str, Any]) -> str:
    return str(check["outcome"]) + (f", {counted(check['rows_failed'], 'row')}" if check["rows_failed"] else "")
