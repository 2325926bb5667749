"""What tells two runs apart: what they were asked, how they went, what they counted, what their checks said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.text import counted
from miyabi_dw.db.connection import Connection
from miyabi_dw.registry.outcomes import CheckOutcome, FactCount, RowCount, check_outcomes, fact_counts, row_counts

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


def _facts(connection: Connection, found: registry.RunRecord) -> dict[str, Mapping[str, object]]:
    asked = {name: value for name, value in found.parameters.items() if name not in OWN}
    return {
        "run": {name: getattr(found, name) for name in ("pipeline", "state", "trigger", "code_version", "host")},
        "parameter": asked,
        "stage": _stages(registry.attempts(connection, found.run_id)),
        "rows": _counts({each.source_table: each for each in row_counts(connection, found.run_id)}),
        "facts": _counts({each.target_table: each for each in fact_counts(connection, found.run_id)}),
        "check": {check.check_id: _outcome(check) for check in check_outcomes(connection, found.run_id)},
    }


def _stages(attempts: Sequence[registry.StageAttempt]) -> dict[str, str]:
    return {each.stage: f"{each.state} at attempt {each.attempt}, {each.cells_completed} cells" for each in attempts}


def _counts(tables: Mapping[str, RowCount | FactCount]) -> dict[str, object]:
    return {
        f"{table} {count}": getattr(counts, count)
        for table, counts in tables.items()
        for count in COUNTS
        if hasattr(counts, count)
    }


def _outcome(check: CheckOutcome) -> str:
    return check.outcome + (f", {counted(check.rows_failed, 'row')}" if check.rows_failed else "")
