"""The worst day played through by the commands alone, with their notebooks."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.errors import RecoveryFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.operations.recovery import drill
from miyabi_dw.operations.recovery.drill import timed_command
from miyabi_dw.orchestration import api
from recovery.conftest import AS_OF


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_recoveries_are_rehearsed_in_a_scratch_database(
    loaded: Warehouse, backed_up: Path, settings: Settings, environment: dict[str, str]
) -> None:
    before = loaded.facts()
    done = drill(loaded.database, settings, AS_OF)
    assert "are the same before and after" in done.sentence
    assert done.fact_seconds > 0
    assert loaded.facts() == before
    assert loaded.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'miyabi_dw_scratch%%'") == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_dropped_month_of_a_fact_comes_back_by_its_notebook(
    loaded: Warehouse, settings: Settings, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    from miyabi_dw.cli import main

    before = loaded.facts()
    loaded.execute("DROP TABLE fact_deployment_202502")
    month = ["--from", "2025-02-01", "--to", "2025-02-28"]
    with pytest.raises(SystemExit) as ended:
        main(["--as-of", AS_OF.isoformat(), "recover", "fact", "fact_deployment", *month, "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert not ended.value.code, told["reason"]
    assert loaded.facts() == before
    assert told["page"]
    assert api.paused(loaded.database, AS_OF) == {}


def test_b12_a_rehearsal_that_fails_tells_the_cause(loaded: Warehouse, environment: dict[str, str]) -> None:
    fact = ["--as-of", AS_OF.isoformat(), "recover", "fact", "fact_issue_processing", "--json"]
    with Database(loaded.settings).connect("source_owner") as connection:
        execute(connection, "DROP TABLE agent_execution_logs")
    with pytest.raises(RecoveryFailed, match="the rehearsal failed: .*the source has no data") as failed:
        timed_command(os.environ, fact, (0,))
    assert "}" not in str(failed.value)
    with pytest.raises(RecoveryFailed, match="the rehearsal failed: .*fact_none"):
        timed_command(os.environ, [*fact[:4], "fact_none", "--json"], (0,))
