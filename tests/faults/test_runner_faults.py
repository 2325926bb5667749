"""Real processes and a real server are killed in mid-run: nothing is lost, nothing comes twice, the next run heals."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, migrations, statements
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.orchestration import api
from miyabi_dw.registry import run_schema
from miyabi_dw.registry.declarations import Pipeline
from orchestration.kit import (
    SESSION,
    declare,
    only_run,
    sessions_of_runs,
    sleep_in_query,
    start_run,
    states,
    wait_for,
    wait_for_flag,
    wait_in_python,
)
from servers import quick_place

pytestmark = pytest.mark.usefixtures("environment")

# How long a loaded machine may take for what is a matter of seconds.
PATIENCE = 120

EXTRACT = f"""{SESSION}
with database.connect('etl', application_name=name) as c:
    execute(c, f'DROP SCHEMA IF EXISTS {{schema}} CASCADE')
    execute(c, f'CREATE SCHEMA {{schema}}')
    execute(c, f'CREATE UNLOGGED TABLE {{schema}}.raw_rows AS SELECT generate_series(1, 1000) AS n')
"""
LOAD = f"""{SESSION}
with database.connect('etl', application_name=name) as c:
    execute(c, f'DELETE FROM staging.loaded WHERE n IN (SELECT n FROM {{schema}}.raw_rows)')
    execute(c, f'INSERT INTO staging.loaded SELECT n, %s FROM {{schema}}.raw_rows', [run_id])
"""
MAKE_TARGET = "CREATE TABLE staging.loaded (n integer, run_id text); GRANT ALL ON staging.loaded TO miyabi_etl"
ROWS = "SELECT count(*) AS rows, count(DISTINCT n) AS different FROM staging.loaded"
BATCHES = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'run_%'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


@pytest.fixture
def target(database: Database) -> None:
    with database.connect("owner") as connection:
        execute(connection, MAKE_TARGET)


def etl(folder: Path, stages: dict[str, list[str]], **fields: object) -> dict[str, Pipeline]:
    return declare(folder, "small", stages, **{"kind": "etl", "interval": "day", "source_tables": ["issues"], **fields})


def loaded(database: Database) -> tuple[int, int]:
    with database.connect("etl") as connection:
        [row] = query(connection, ROWS)
    return row["rows"], row["different"]


def hang(flag: Path, once: Path) -> str:
    """A cell that hangs inside the database the first time, and passes when it comes by again."""
    return f"import pathlib\nif not pathlib.Path({str(once)!r}).exists():\n" + "".join(
        f"    {line}\n" for line in sleep_in_query(flag).splitlines()
    )


@pytest.mark.parametrize("stage", ["01_extract", "02_transform", "03_load"])
def test_kill_9_of_the_runner(
    stage: str, folder: Path, settings: Settings, database: Database, environment: dict[str, str], tmp_path: Path,
    target: None,
) -> None:  # fmt: skip
    flag, once = tmp_path / "flag", tmp_path / "once"
    cells = {"01_extract": [EXTRACT], "02_transform": ["1"], "03_load": [LOAD]}
    declared = etl(folder, {**cells, stage: [*cells[stage], hang(flag, once)]})
    runner = start_run(folder, "small", environment)
    wait_for_flag(flag, runner)
    time.sleep(1.2)  # a heartbeat, so that the registry knows the cell
    runner.kill()
    runner.wait()
    once.touch()
    # The lock is free at once, while the kernel's query may still have to notice.
    result = api.run("small", settings=settings, declared=declared)
    assert result.state == "succeeded", result.reason
    assert states(database) == ["lost", "succeeded"]
    lost = only_run(database, state="lost")
    assert f"process {runner.pid} on {lost.host} vanished" in lost.reason
    assert f"last seen in {stage} with" in lost.reason
    assert lost.error["stage"] == stage
    assert loaded(database) == (1000, 1000)
    assert not sessions_of_runs(database)
    with database.connect("etl") as connection:
        assert query(connection, BATCHES) == []
        assert registry.attempts(connection, lost.run_id)[-1].state == "lost"


def test_sigterm_ends_in_good_order(
    folder: Path, settings: Settings, database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    declare(folder, "small", {"01_slow": [sleep_in_query(flag)]})
    runner = start_run(folder, "small", environment)
    wait_for_flag(flag, runner)
    runner.send_signal(signal.SIGTERM)
    output, _ = runner.communicate(timeout=PATIENCE)
    assert runner.returncode == 1, output
    row = only_run(database)
    assert row.state == "cancelled"
    assert row.archive_path is not None
    assert not sessions_of_runs(database)


def test_the_kernels_process_is_killed_from_outside(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    cell = f"import os, pathlib, time\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\ntime.sleep(300)"
    declared = declare(folder, "small", {"01_slow": [cell]})
    with ThreadPoolExecutor() as pool:
        run = pool.submit(api.run, "small", settings=settings, declared=declared)
        wait_for(lambda: pid.exists() and pid.read_text())
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert "killed by SIGKILL" in run.result().reason
    assert only_run(database).state == "failed"


def test_the_session_that_holds_the_lock_is_killed_and_the_run_goes_on_holding_it(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    flag, go = tmp_path / "flag", tmp_path / "go"
    declared = declare(folder, "small", {"01_slow": [wait_in_python(flag, go)]})
    with ThreadPoolExecutor() as pool, database.connect("owner", autocommit=True) as connection:
        run = pool.submit(api.run, "small", settings=settings, declared=declared)
        wait_for(flag.exists)
        [before] = query(connection, HOLDERS)
        query(connection, "SELECT pg_terminate_backend(%s)", [before["pid"]])
        wait_for(
            lambda: (
                [each["locks"] for each in query(connection, HOLDERS) if each["pid"] != before["pid"]]
                == [before["locks"]]
            )
        )
        assert api.run("small", settings=settings, declared=declared).state == "skipped"
        go.touch()
    assert run.result().state == "succeeded", run.result().reason
    assert sorted(states(database)) == ["skipped", "succeeded"]


HOLDERS = """
    SELECT activity.pid, count(*) AS locks FROM pg_stat_activity AS activity JOIN pg_locks USING (pid)
    WHERE application_name LIKE 'miyabi-dw-lock:%%' AND locktype = 'advisory' AND granted GROUP BY 1
"""


def crash_backend(once: Path, then: str) -> str:
    """A cell that, the first time, kills a server process as a crash would: unlogged tables come back empty."""
    return f"""{SESSION}
import os, pathlib, signal, time
once = pathlib.Path({str(once)!r})
if not once.exists():
    once.touch()
    with database.connect('etl') as c:
        os.kill(query(c, 'SELECT pg_backend_pid() AS pid')[0]['pid'], signal.SIGKILL)
        {then}
"""


READ_AND_FAIL = "query(c, 'SELECT 1')"


def test_kill_9_of_a_backend_empties_the_batch_and_the_run_begins_again(
    folder: Path, settings: Settings, database: Database, tmp_path: Path, target: None
) -> None:
    stages = {"01_extract": [EXTRACT], "02_load": [crash_backend(tmp_path / "once", READ_AND_FAIL), LOAD]}
    declared = etl(folder, stages, retries=2, backoff_seconds=1)
    result = api.run("small", settings=settings, declared=declared)
    assert result.state == "succeeded", result.reason
    with database.connect("etl") as connection:
        attempts = [(each.stage, each.state) for each in registry.attempts(connection, result.run_id)]
    assert attempts == [
        ("01_extract", "succeeded"), ("02_load", "failed"), ("02_load", "failed"), ("01_extract", "succeeded"),
        ("02_load", "succeeded"),
    ]  # fmt: skip
    assert loaded(database) == (1000, 1000)


def test_a_crash_that_no_cell_noticed_does_not_load_an_empty_batch(
    folder: Path, settings: Settings, database: Database, tmp_path: Path, target: None
) -> None:
    unnoticed = f"""{SESSION}
import os, pathlib, signal, time
once = pathlib.Path({str(tmp_path / "once")!r})
if not once.exists():
    once.touch()
    try:
        with database.connect('etl') as c:
            os.kill(query(c, 'SELECT pg_backend_pid() AS pid')[0]['pid'], signal.SIGKILL)
            query(c, 'SELECT 1')
    except Exception:
        pass
    time.sleep(2)
"""
    declared = etl(folder, {"01_extract": [EXTRACT], "02_load": [unnoticed, LOAD]}, retries=2, backoff_seconds=1)
    result = api.run("small", settings=settings, declared=declared)
    with database.connect("etl") as connection:
        assert result.state == "succeeded", registry.attempts(connection, result.run_id)
    assert loaded(database) == (1000, 1000)


def test_a_kernel_that_hangs_after_its_last_cell_does_not_hold_up_the_run(
    folder: Path, settings: Settings, database: Database
) -> None:
    hanging = "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()"
    declared = declare(folder, "small", {"01_hangs": [hanging], "02_next": ["1"]})
    began = time.monotonic()
    result = api.run("small", settings=settings, declared=declared)
    assert time.monotonic() - began < 90
    # Whether a thread left behind is forgiven is the engine's to say; the registry must agree with what was told.
    assert only_run(database).state == result.state


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB, where this user may mount one."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True)
    try:
        yield place
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_fails_the_run_in_one_sentence_and_the_next_one_heals(
    folder: Path, settings: Settings, database: Database, tiny_disk: Path
) -> None:
    big = "print('0123456789\\n' * 50_000)"
    full = settings.model_copy(update={"reports_dir": tiny_disk})
    declared = declare(folder, "small", {"01_big": [big]})
    result = api.run("small", settings=full, declared=declared)
    assert result.state == "failed"
    assert "No space left" in result.reason
    assert only_run(database).state == "failed"
    assert api.run("small", settings=settings, declared=declared).state == "succeeded"


@pytest.fixture
def own_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="miyabi-test-", dir=quick_place()) as folder:
        yield Path(folder) / "own"


@pytest.mark.slow
def test_kill_9_of_the_whole_server_at_each_stage(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("MIYABI_") and name.endswith("_URL")]:
        monkeypatch.delenv(name)
    settings = Settings(home=own_home, reports_dir=tmp_path / "reports", server_durable=True)
    monkeypatch.setenv("MIYABI_HOME", str(settings.home))
    database = Database(settings)
    try:
        with database.connect("owner") as connection:
            migrations.migrate(connection)
            execute(connection, MAKE_TARGET)
        declared = etl(tmp_path / "notebooks", _stages_that_kill_the_server(tmp_path), retries=3, backoff_seconds=1)
        result = api.run("small", settings=settings, declared=declared)
        assert result.state == "succeeded", result.reason
        assert (tmp_path / "02_transform").exists() and (tmp_path / "03_load").exists()
        assert loaded(database) == (1000, 1000)
        with database.connect("etl") as connection:
            assert not query(connection, BATCHES), run_schema(result.run_id)
            assert statements.run(connection, "registry/runs/run_ids") == [{"run_id": result.run_id}]
    finally:
        embedded.stop(settings)


def _stages_that_kill_the_server(tmp_path: Path) -> dict[str, list[str]]:
    def killing(stage: str) -> str:
        return f"""{SESSION}
import os, pathlib, signal
from miyabi_dw import embedded
once = pathlib.Path({str(tmp_path / stage)!r})
with database.connect('etl', application_name=name) as c:
    if not once.exists():
        once.touch()
        os.kill(embedded.status(settings).pid, signal.SIGKILL)
    query(c, 'SELECT pg_sleep(0.5)')
"""

    cells = {"01_extract": [EXTRACT], "02_transform": [], "03_load": [LOAD]}
    return {stage: [*own, killing(stage)] for stage, own in cells.items()}
