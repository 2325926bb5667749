"""Gates: what must hold of the source, of a batch before it is loaded, and of the facts afterwards."""

from typing import TYPE_CHECKING

from miyabi_dw.gates.contract import check_source_contract
from miyabi_dw.gates.report import CheckResult, ContractReport, GateReport
from miyabi_dw.gates.suites import Layer

if TYPE_CHECKING:
    from miyabi_dw.stage import StageContext

__all__ = ["CheckResult", "ContractReport", "GateReport", "check_source_contract", "run_suites"]


def run_suites(stage: "StageContext", layer: Layer) -> GateReport:
    """Checks the run's rows in `layer`, sets quarantining ones aside, records every result; GateFailed where it stops."""
    # Great Expectations takes seconds to import: only a gate pays for it, and only the first in a process.
    from miyabi_dw.gates import running

    return running.run_suites(stage, layer)
