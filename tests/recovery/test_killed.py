"""Recoveries cut by SIGKILL at each of their steps: what is not done is named, readers miss nothing, the next try ends well."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor import health
from miyabi_dw.operations import doctor
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery import recover_fact
from miyabi_dw.registry import recoveries
from miyabi_dw.reports import index
from recovery.conftest import AS_OF
from servers import TestServer

# The steps of a fact's recovery, in their order: each is cut before it is taken.
# Before the first month is replaced, after that, and when all that is left is to let go of the old rows.
FACT_STEPS = (("load/record_days", 1), ("load/replace_days", 2), ("operations/recovery/drop_table", 2))
# The restore is begun again until it has been compared; then the recovery goes on.
DATABASE_STEPS = (
    ("operations/backup/close_schema", 1),
    ("reports/chain/head", 1),
    ("operations/recovery/tell_progress", 1),
)

Kill = Callable[[str, str, str, int], None]


@pytest.fixture
def kill(environment: dict[str, str]) -> Kill:
    """Recovers as far as a statement and is killed there."""

    def recover(what: str, wanted: str, statement: str, time: int) -> None:
        place = {"PYTHONPATH": str(Path(__file__).parents[1])}
        words = [sys.executable, "-m", "recovery.killed", what, wanted, statement, str(time), AS_OF.isoformat()]
        done = subprocess.run(words, env=os.environ | environment | place, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, f"{statement} {time}: {done.returncode}, {done.stderr[-2000:]}"

    return recover


def named(settings: Settings) -> tuple[set[str], set[str]]:
    """What doctor and monitor say has to be gone on with."""
    database = Database(settings)
    by_doctor = {each.remedy for each in doctor.examine(database, settings, AS_OF) if each.name == "recovery"}
    by_monitor = {each.remedy for each in health.examine(database, settings, AS_OF) if each.name == "recovery"}
    return by_doctor, by_monitor


@pytest.mark.timeout(600)
def test_b29_a_fact_killed_at_any_step_is_whole_for_its_readers_and_comes_back(
    loaded: Warehouse, settings: Settings, kill: Kill, make_run: Any
) -> None:
    before = loaded.facts()
    for statement, time in FACT_STEPS:
        kill("fact", "fact_deployment", statement, time)
        assert loaded.facts() == before, f"a reader misses rows after {statement}"
        with loaded.database.connect("etl") as connection:
            (page,) = recoveries.unfinished(connection)
        assert page.sentence.startswith("The recovery of fact_deployment has not ended: 2025-02 to 2025-03"), statement
    wanted = {"miyabi-dw recover fact fact_deployment --from 2025-02-01 --to 2025-03-31"}
    assert named(settings) == (wanted, wanted)
    recover_fact(loaded.database, settings, "fact_deployment", "2025-02-01", "2025-03-31", AS_OF, make_run=make_run)
    assert loaded.facts() == before
    assert named(settings) == (set(), set())
    assert loaded.query("SELECT relname FROM pg_class WHERE relnamespace = 'recovery'::regnamespace") == []


def test_b29_a_dropped_fact_killed_before_it_is_loaded_is_named(
    loaded: Warehouse, settings: Settings, kill: Kill, make_run: Any
) -> None:
    before = loaded.facts()
    loaded.execute("DROP TABLE fact_deployment CASCADE")
    kill("fact", "fact_deployment", "db/migrations/applied", 1)
    assert named(settings)[1] == {"miyabi-dw recover fact fact_deployment --from 2025-01-01 --to 2025-04-30"}
    recover_fact(loaded.database, settings, "fact_deployment", "2025-02-01", "2025-03-31", AS_OF, make_run=make_run)
    assert loaded.facts() == before
    assert named(settings) == (set(), set())


def test_b29_rows_that_an_older_version_left_aside_are_named(loaded: Warehouse, settings: Settings) -> None:
    loaded.execute("CREATE SCHEMA IF NOT EXISTS recovery")
    loaded.execute("ALTER TABLE fact_deployment DETACH PARTITION fact_deployment_202502")
    loaded.execute("ALTER TABLE fact_deployment_202502 SET SCHEMA recovery")
    wanted = {"miyabi-dw recover fact fact_deployment --from 2025-02-01 --to 2025-02-28"}
    assert named(settings) == (wanted, wanted)
    index.write_index(settings, loaded.database)
    page = (settings.reports_dir / "index.html").read_text(encoding="utf-8")
    assert "The recovery of fact_deployment has not ended" in page
    assert wanted.pop() in page


@pytest.mark.timeout(600)
def test_b28_a_database_killed_at_any_step_comes_back_by_the_same_command(
    loaded: Warehouse, backed_up: Path, settings: Settings, server: TestServer, kill: Kill,
    monkeypatch: pytest.MonkeyPatch, make_run: Any,
) -> None:  # fmt: skip
    before = loaded.facts()
    assert settings.warehouse_url
    name = settings.warehouse_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    for statement, time in DATABASE_STEPS:
        kill("database", "latest", statement, time)
    (wanted,), _ = named(settings)
    assert wanted == f"miyabi-dw recover database --backup {backed_up.name}"
    monkeypatch.setattr(recovery.api, "run", make_run)
    restored = recovery.recover_database(loaded.database, settings, "latest", AS_OF)
    assert restored.was_interrupted
    assert "before it was interrupted" in restored.sentence
    assert loaded.facts() == before
    assert named(settings) == (set(), set())
