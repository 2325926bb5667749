"""The daily pipeline itself, killed, broken and resumed: in the end the facts are those of an undisturbed run."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psutil
import pytest

from etl.kit import DAILY, Warehouse, differences
from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.operations import doctor
from miyabi_dw.orchestration import api
from orchestration.kit import wait_for
from support import synthetic

pytestmark = [pytest.mark.usefixtures("environment"), pytest.mark.slow]
FIRST, LAST = date(2026, 1, 13), date(2026, 1, 14)
NOW = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def history(source: Connection) -> Connection:
    synthetic.generate(source, n_issues=40, n_executions=200, first_day=FIRST, last_day=LAST, seed=11)
    return source


def run_day(settings: Settings) -> api.RunResult:
    return api.run(DAILY, interval=business_day(LAST, settings.business_zone), as_of=NOW, settings=settings)


def test_a_source_without_a_column_fails_plainly_and_is_resumed_when_repaired(
    miyabi: Warehouse, rebuilt: Warehouse, settings: Settings, history: Connection
) -> None:
    execute(history, "ALTER TABLE issues RENAME COLUMN priority TO urgency")
    failed = run_day(settings)
    assert (failed.state, failed.failed_stage, failed.error_class.rpartition(".")[2]) == (
        "failed", "01_extract", "SourceContractError",
    )  # fmt: skip
    assert "priority" in failed.reason
    with miyabi.database.connect("etl") as connection:
        assert len(registry.attempts(connection, failed.run_id)) == 1, "a broken contract does not heal by waiting"
    execute(history, "ALTER TABLE issues RENAME COLUMN urgency TO priority")
    resumed = api.resume(failed.run_id, settings=settings)
    assert resumed.state == "succeeded", resumed.reason
    rebuilt.day(LAST)
    assert differences(miyabi, rebuilt) == {}
    again = api.replay(resumed.run_id, settings=settings)
    assert again.rows_from == "the extract that the run kept"
    assert again.is_same, again.differences


def test_killed_while_it_loads_it_has_loaded_nothing_and_is_resumed(
    miyabi: Warehouse, rebuilt: Warehouse, settings: Settings
) -> None:
    killed = run_and_kill_while_it_loads(miyabi)
    assert (killed.state, killed.failed_stage) == ("failed", "04_load"), killed.reason
    assert "killed by SIGKILL" in killed.reason
    assert not any(miyabi.facts().values()), "something of a load that did not end is there"
    resumed = api.resume(killed.run_id, settings=settings)
    assert resumed.state == "succeeded", resumed.reason
    rebuilt.day(LAST)
    assert differences(miyabi, rebuilt) == {}


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def run_and_kill_while_it_loads(miyabi: Warehouse) -> api.RunResult:
    """The load is held up at a fact until its kernel is dead."""
    with ThreadPoolExecutor() as pool, miyabi.database.connect("owner") as connection:
        execute(connection, "LOCK TABLE fact_deployment IN SHARE ROW EXCLUSIVE MODE")
        run = pool.submit(run_day, miyabi.settings)
        wait_for(lambda: run.done() or miyabi.value(WAITING), seconds=240)
        for kernel in kernels():
            kernel.kill()
    return run.result()


def kernels() -> list[psutil.Process]:
    """Below the process they are forked from, each leads a group of its own."""
    forked = [process for child in psutil.Process().children() for process in child.children(recursive=True)]
    return [process for process in forked if os.getpgid(process.pid) == process.pid]


def test_b19_a_stage_by_hand_does_not_run_for_ever(miyabi: Warehouse, settings: Settings) -> None:
    day = business_day(LAST, settings.business_zone)
    tried = api.run_stage(DAILY, "01_extract", interval=day, as_of=NOW, settings=settings)
    assert tried.is_good, tried.execution.failure
    with miyabi.database.connect("etl") as connection:
        run = registry.find_run(connection, "latest")
        assert (run.state, run.reason) == ("cancelled", "tried by hand: 01_extract succeeded")
        with pytest.raises(BadRequest, match="cancelled before the end of 01_extract, so there is nothing to compare"):
            api.replay(run.run_id, settings=settings)
        # A notebook whose kernel was killed says nothing any more; this host knows that the process is gone.
        execute(connection, "UPDATE ops.run SET state = 'running', finished_at = NULL, pid = %s", (2**22 - 1,))
        assert registry.find_run(connection, run.run_id).as_seen().state == "lost"
        execute(connection, "UPDATE ops.run SET pid = %s", (os.getpid(),))
        assert registry.find_run(connection, run.run_id).as_seen().state == "running"


def test_b19_a_cancelled_run_is_not_compared_with_what_it_never_made(miyabi: Warehouse, settings: Settings) -> None:
    stage = miyabi.stage(business_day(LAST, settings.business_zone))
    miyabi.execute("UPDATE ops.run SET state = 'cancelled', finished_at = now()")
    with pytest.raises(BadRequest, match="the run was cancelled before the end of 01_extract") as refused:
        api.replay(stage.run_id, settings=settings)
    assert refused.value.remedy == f"miyabi-dw resume {stage.run_id}"


def test_b19_a_run_into_an_archived_month_says_so(miyabi: Warehouse, settings: Settings) -> None:
    miyabi.execute("INSERT INTO ops.archived_month (fact_table, month_key, state, path)"
                   " SELECT unnest(ARRAY['fact_agent_execution', 'fact_deployment']), 202601, 'copied', ''")  # fmt: skip
    miyabi.execute("UPDATE ops.mart_state SET open_from = 202602")
    miyabi.execute("UPDATE ops.archived_month SET state = 'archived'")
    result = run_day(settings)
    assert result.state == "succeeded", result.reason
    assert result.reason == (
        "in cold storage, and as before: 2026-01 of fact_agent_execution, fact_deployment and fact_issue_processing;"
        " miyabi-dw cold restore fact_agent_execution 2026-01 brings the first back"
    )
    assert result.page and result.reason[:40] in result.page.read_text(encoding="utf-8")
    found = {each.name: each for each in doctor.examine(miyabi.database, settings, NOW)}
    assert found["empty facts"].state == "ok"
    assert "had nothing to load: in cold storage" in found["empty facts"].cause
