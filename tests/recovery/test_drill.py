"""The worst day played through by the commands alone, with their notebooks."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from etl.kit import DAILY, Warehouse
from miyabi_dw.common.errors import RecoveryFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.operations import backup
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery import drill
from miyabi_dw.operations.recovery.drill import timed_command
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.result import RunResult
from recovery.conftest import AS_OF
from servers import TestServer


@pytest.fixture
def with_gaps(settings: Settings, prepared_template: str, server: TestServer) -> Iterator[Settings]:
    """Another warehouse, backed up: 3 April was never loaded, though days after it were, and yesterday is not yet."""
    name = server.create("with_gaps", prepared_template)
    url = SecretStr(server.database_url(name))
    changed = settings.model_copy(update={"warehouse_url": url, "lookback_days": 0})
    warehouse = Warehouse(changed)
    warehouse.days(date(2025, 1, 1), date(2025, 4, 2))
    warehouse.days(date(2025, 4, 4), date(2025, 4, 8))
    backup.back_up(warehouse.database, changed, AS_OF)
    yield changed
    server.drop(name)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_recoveries_are_rehearsed_on_a_clock_before_the_backup_with_a_day_that_was_never_loaded(
    with_gaps: Settings, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(with_gaps)
    assert backup.read_manifest(backup.find(with_gaps, "latest")).started_at > AS_OF
    # Else the run of yesterday would find the lacking day in its look-back.
    monkeypatch.setenv("MIYABI_LOOKBACK_DAYS", "0")
    before = warehouse.facts()
    done = drill(warehouse.database, with_gaps, AS_OF)
    assert "on 99 days that had been loaded, 1 day of them for the rehearsal alone are the same" in done.sentence
    assert done.facts["fact_deployment"].rows == 97
    assert done.fact_seconds > 0
    assert warehouse.facts() == before, "the warehouse itself is only read"
    assert len(before["fact_deployment"]) == 95
    assert warehouse.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'miyabi_dw_scratch%%'") == 0


def test_what_is_younger_is_counted_from_the_backup_unless_a_clock_was_wrong(
    loaded: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[str, str]] = []

    def run(name: str, *, interval: Interval, **_: object) -> RunResult:
        begun.append((name, interval.told(settings.business_zone)))
        return RunResult("", name, interval, "succeeded")

    def of_daily_run(since: str, as_of: datetime = AS_OF) -> list[str]:
        begun.clear()
        recovery.catch_up(loaded.database, settings, datetime.fromisoformat(since + " 03:00+00:00"), as_of)
        return [told for name, told in begun if name == DAILY]

    monkeypatch.setattr(recovery.api, "run", run)
    assert of_daily_run("2025-04-10") == ["2025-04-09"], "a backup of this morning"
    assert of_daily_run("2026-11-30") == ["2025-04-08 to 2025-04-09"], "days of the past, played now"
    assert of_daily_run("2020-01-01") == ["2025-04-08 to 2025-04-09"], "the clock was behind when it was backed up"
    assert of_daily_run("2026-11-30", datetime(2024, 1, 1, tzinfo=UTC)) == [], "nothing is over on this clock"
    loaded.execute("DELETE FROM ops.loaded_day WHERE day > '2025-03-20'")
    assert of_daily_run("2025-04-08") == ["2025-04-07 to 2025-04-09"], "what was lacking before is left to the operator"


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
