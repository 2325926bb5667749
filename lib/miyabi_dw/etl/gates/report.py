"""What a gate found: kept in ops.check_result, shown in the notebook."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects

Outcome = Literal["passed", "failed", "could not run"]
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "could not run")
SHOWN = ("table_name", "check_id", "severity", "outcome", "rows_checked", "rows_failed", "note")


class Observed(TypedDict, total=False):
    """The value seen, a few offending rows, why a check could not be made, or what a contract expected and found."""

    value: Any
    sample: list[dict[str, str | None]]
    reason: str
    expected: str
    found: str


@dataclass(frozen=True)
class CheckResult:
    """One check of one run."""

    suite: str
    layer: str
    table_name: str
    check_id: str
    expectation: str
    severity: str
    outcome: Outcome
    note: str
    column_name: str | None = None
    observed: Observed = field(default_factory=Observed)
    rows_checked: int | None = None
    rows_failed: int | None = None
    offending_rows_sql: str | None = None
    quarantines: bool = False

    @property
    def blocks(self) -> bool:
        """True when nothing may be loaded because of it."""
        return self.outcome == "could not run" or (self.outcome == "failed" and self.severity == "critical")


@dataclass(frozen=True)
class Report:
    """The results of one look at a run's data, worst first."""

    layer: str
    results: tuple[CheckResult, ...]
    quarantined: dict[str, int] = field(default_factory=dict)
    quarantined_fields: dict[str, int] = field(default_factory=dict)

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.blocks)

    @property
    def counts(self) -> dict[str, int]:
        """How many checks had each outcome."""
        counted = Counter(result.outcome for result in self.results)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    def frame(self, *, all_results: bool = True) -> "pandas.DataFrame":
        """One row a check, worst first; with all_results=False only those that did not pass."""
        import pandas

        chosen = [result for result in self.results if all_results or result.outcome != "passed"]
        rows = [{name: getattr(result, name) for name in SHOWN} for result in chosen]
        return pandas.DataFrame(rows, columns=[*SHOWN]).astype({"rows_checked": "Int64", "rows_failed": "Int64"})

    def figure(self) -> "plotly.graph_objects.Figure":
        """How many checks each table passed, failed or could not be given."""
        import plotly.graph_objects as graph

        tables = sorted({result.table_name for result in self.results}, reverse=True)
        counted = Counter((result.outcome, result.table_name) for result in self.results)
        colours = dict(zip(OUTCOMES, ("#2f855a", "#c05621", "#822727"), strict=True))
        bars = [
            graph.Bar(
                name=outcome, orientation="h", marker_color=colours[outcome], y=tables,
                x=[counted[outcome, table] for table in tables],
            )
            for outcome in OUTCOMES
        ]  # fmt: skip
        return graph.Figure(bars).update_layout(barmode="stack", xaxis_title="checks", template="simple_white")

    def __str__(self) -> str:
        return f"{self.layer}: " + ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())


GateReport = Report
ContractReport = Report


def worst_first(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    severity = ("critical", "warning", "info")
    rank = {outcome: -position for position, outcome in enumerate(OUTCOMES)}
    return tuple(sorted(results, key=lambda one: (rank[one.outcome], severity.index(one.severity), one.check_id)))


def record(connection: Connection, run_id: str, results: Sequence[CheckResult]) -> None:
    """Writes the results; those of an earlier attempt of the same run are replaced."""
    rows = [asdict(replace(result, observed=_plain(result.observed))) for result in results]
    suites = sorted({result.suite for result in results})
    statements.run(connection, "etl/gates/forget_results", {"run_id": run_id, "suites": suites})
    statements.run(connection, "etl/gates/record_results", {"run_id": run_id, "results": json.dumps(rows)})


def _plain(observed: Observed) -> Observed:
    plain: Observed = json.loads(json.dumps(observed, default=str))
    return plain
