"""Reads what is declared as a run would, without a database: types, arguments, tables and queries must exist."""

from pathlib import Path

from miyabi_dw.common.errors import SuiteError
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.common.settings import load_settings
from miyabi_dw.etl.gates.coverage import all_suites
from miyabi_dw.etl.gates.expectation import expectation
from miyabi_dw.etl.gates.queries import template
from miyabi_dw.etl.gates.running import DAYS, bands
from miyabi_dw.etl.gates.suites import SQL_EXPECTATION, Check
from miyabi_dw.etl.tables import check_pipeline
from miyabi_dw.registry.declarations import load_declarations

ANY_VALUE = 1
# What every stage gives its queries, as far as a suite has use for it.
ALWAYS = (
    "interval_start", "interval_end", "as_of", "business_timezone", "source_timezone", "lookback_days", "latest_moment",
)  # fmt: skip


def validate(root: Path = EXPECTATIONS) -> dict[str, int]:
    """How many suites and checks there are; a MiyabiError for the first table or check that could not be used."""
    suites = all_suites(root)
    for pipeline in load_declarations().values():
        check_pipeline(pipeline, root)
    checks = [check for suite in suites for check in suite.expectations]
    for check in checks:
        _validate(check)
    return {"suites": len(suites), "checks": len(checks)}


def _validate(check: Check) -> None:
    arguments = check.arguments(dict.fromkeys((*DAYS, *bands(load_settings()), *ALWAYS), ANY_VALUE))
    if check.type != SQL_EXPECTATION:
        expectation(check, arguments, "batch")
    elif "batch.ctid" not in template(check) and check.names_places:
        raise SuiteError("its query does not say which rows to quarantine", check.id, "select batch.ctid first")
