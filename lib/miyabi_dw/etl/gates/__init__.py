"""Gates: what must hold of the source, of a batch before it is loaded, and of the facts afterwards."""

from typing import TYPE_CHECKING

from miyabi_dw.etl.gates.contract import check_source_contract
from miyabi_dw.etl.gates.report import CheckResult, ContractReport, GateReport
from miyabi_dw.etl.gates.suites import Layer

if TYPE_CHECKING:
    from datetime import datetime

    from miyabi_dw.common.settings import Settings
    from miyabi_dw.db.connection import Database
    from miyabi_dw.etl.batch import StageContext

__all__ = ["CheckResult", "ContractReport", "GateReport", "audit", "check_source_contract", "run_suites"]


def run_suites(stage: "StageContext", layer: Layer) -> GateReport:
    """Checks the run's rows in `layer`, quarantines bad ones, records every result; GateFailed where it stops."""
    # Great Expectations takes seconds to import: only a gate pays for it, and only the first in a process.
    from miyabi_dw.etl.gates import running

    return running.run_suites(stage, layer)


def audit(database: "Database", settings: "Settings", run_id: str, as_of: "datetime") -> GateReport:
    """Checks the dimensions as a whole, versions without holes above all; records the results, raises nothing."""
    from miyabi_dw.etl.gates import running

    return running.audit(database, settings, run_id, as_of)
