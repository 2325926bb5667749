"""What miyabi-dw gate tells machines of the checks of a run."""

import json

from click.testing import CliRunner, Result

from gates.kit import Bench
from miyabi_dw.cli import cli

RESULT_KEYS = [
    "layer", "check_id", "severity", "outcome", "rows_checked", "rows_failed", "note", "observed", "offending_rows_sql",
]  # fmt: skip
HISTORY_KEYS = [
    "checked_at", "run_id", "pipeline", "interval_start", "severity", "outcome", "rows_checked", "rows_failed",
    "observed",
]  # fmt: skip


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, ["gate", *words], standalone_mode=False, catch_exceptions=False)


def test_a_failed_check_is_in_the_results_of_its_run_and_in_its_history(
    run: Bench, environment: dict[str, str]
) -> None:
    told = call("results", run.stage.run_id, "--json")
    failed = json.loads(told.output)
    assert told.return_value == 1
    assert list(failed[0]) == RESULT_KEYS
    assert failed[0]["rows_failed"] == 1 and failed[0]["observed"]["sample"]
    (past,) = json.loads(call("history", failed[0]["check_id"], "--json").output)
    assert list(past) == HISTORY_KEYS
    assert (past["run_id"], past["observed"]) == (run.stage.run_id, failed[0]["observed"])
    assert failed[0]["check_id"] in call("results", run.stage.run_id).output
