"""Backfills in processes of their own: as few runs as serve, nothing twice, stopped and taken up at any moment."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from cli.terminal import CONTROLS, on_terminal
from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest, Busy, ConnectionFailed
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.orchestration import api, backfill
from miyabi_dw.orchestration.backfill import Plan, Progress, make_plan, run_plan
from miyabi_dw.orchestration.backfill.pace import ROWS_OF_A_START
from miyabi_dw.orchestration.runner.request import day_range
from miyabi_dw.orchestration.schedule.due import due_runs
from miyabi_dw.registry.declarations import Pipeline
from orchestration.kit import declare, recorded_run, wait_for
from support.left_over import killed, of_home

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
# How long a loaded machine may take for what is a matter of seconds.
PATIENCE = 120
REPOSITORY = Path(__file__).resolve().parents[2]


class Place:
    """A project of its own with one pipeline, for processes that know nothing but their environment."""

    def __init__(self, root: Path, settings: Settings, database: Database, environment: dict[str, str]) -> None:
        self.root, self.settings, self.database = root, settings, database
        self.environment = environment | {"MIYABI_PROJECT": str(root)}
        self.environment["PYTHONPATH"] = str(REPOSITORY / "lib")
        root.mkdir()
        (root / "sql").symlink_to(REPOSITORY / "sql")

    def declare(self, *cells: str, **fields: object) -> Pipeline:
        values = {"interval": "day", "catch_up": "all", "catch_up_limit": 99} | fields
        self.declared = declare(self.root / "notebooks", "small", {"01_only": cells or ["1"]}, **values)
        return self.declared["small"]

    def plan(self, first: date, last: date, **options: object) -> Plan:
        span = day_range(first, last, self.settings)
        return make_plan(self.settings, self.database, self.declared["small"], span, NOW, **options)  # type: ignore[arg-type]

    def command(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "miyabi_dw", "--as-of", NOW.isoformat(), *words],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def spans(self, state: str = "succeeded") -> list[tuple[int, int]]:
        """Business day of the month and length in days of each run in that state, in order."""
        with self.database.connect("etl") as connection:
            rows = registry.list_runs(connection, state=state, limit=1000)
        spans = [row.interval for row in rows if row.interval]
        return sorted((span.start.astimezone(TOKYO).day, (span.end - span.start).days) for span in spans)


@pytest.fixture
def place(
    tmp_path: Path, settings: Settings, database: Database, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    made = Place(tmp_path / "project", settings, database, environment)
    for name in ("MIYABI_PROJECT", "PYTHONPATH"):
        monkeypatch.setenv(name, made.environment[name])
    return made


def days(chunks: tuple[Interval, ...]) -> list[tuple[date, int]]:
    return [(chunk.start.astimezone(TOKYO).date(), (chunk.end - chunk.start).days) for chunk in chunks]


def test_a_plan_joins_neighbours_and_leaves_out_what_is_done(place: Place, settings: Settings) -> None:
    place.declare()
    done = day_range(date(2026, 1, 10), date(2026, 1, 12), settings)
    recorded_run("small", interval=done, as_of=NOW, settings=settings, declared=place.declared)
    plan = place.plan(date(2025, 12, 30), date(2026, 2, 2))
    assert days(plan.chunks) == [
        (date(2025, 12, 30), 2), (date(2026, 1, 1), 9), (date(2026, 1, 13), 19), (date(2026, 2, 1), 2),
    ]  # fmt: skip
    assert (plan.units, plan.done) == (35, 3)
    assert plan.seconds is not None
    assert "35 days, 3 already done, 32 to do in 4 run(s)" in plan.sentence
    again = place.plan(date(2026, 1, 10), date(2026, 1, 12), redo=True)
    assert (again.done, len(again.chunks)) == (0, 1)
    assert place.plan(date(2026, 1, 10), date(2026, 1, 12)).chunks == ()


def test_a_plan_tells_what_its_rows_will_take_not_what_other_runs_took(
    place: Place, settings: Settings, source: Connection
) -> None:
    place.declare(source_tables=["issues", "agent_execution_logs"])
    assert place.plan(date(2026, 1, 1), date(2026, 1, 31)).seconds is None, "nothing has run yet"
    before = day_range(date(2025, 12, 1), date(2025, 12, 1), settings)
    recorded_run("small", interval=before, as_of=NOW, settings=settings, declared=place.declared)
    with place.database.connect("owner") as connection:
        execute(connection, "UPDATE ops.run SET started_at = finished_at - interval '10 seconds'")
    execute(
        source,
        "INSERT INTO agent_execution_logs (agent_id, started_at, completed_at)"
        " SELECT 'CodeGen', at, at FROM (SELECT timestamp '2026-01-01' + n * interval '10 seconds' AS at"
        f" FROM generate_series(1, {ROWS_OF_A_START}) AS n) AS made",
    )
    # A run without a row took ten seconds: so will each start, and so will as many rows as a start is worth.
    for width, workers, seconds in ("month", 1, 20), ("month", 2, 20), ("day", 1, 320), ("day", 2, 160):
        plan = place.plan(date(2026, 1, 1), date(2026, 1, 31), chunk=width, workers=workers)
        assert plan.seconds == pytest.approx(seconds, rel=0.1)
    execute(source, "ALTER TABLE agent_execution_logs RENAME TO moved_away")
    assert place.plan(date(2026, 1, 1), date(2026, 1, 31)).seconds is None, "a source that cannot tell stops no plan"


def test_a_year_goes_by_quarters_and_any_width_can_be_asked_for(place: Place) -> None:
    place.declare()
    assert [length for _, length in days(place.plan(date(2025, 1, 1), date(2025, 12, 31)).chunks)] == [90, 91, 92, 92]
    assert len(place.plan(date(2025, 1, 1), date(2025, 12, 31), chunk="month").chunks) == 12
    assert len(place.plan(date(2025, 1, 1), date(2025, 12, 31), chunk="unit").chunks) == 365


def test_hours_of_a_day_make_one_run_and_the_day_that_is_not_over_is_left_out(place: Place) -> None:
    place.declare(interval="hour", schedule="5 * * * *")
    plan = place.plan(date(2026, 2, 27), date(2026, 3, 1), chunk="day")
    # NOW is nine in the morning in Tokyo: nine hours of that day are over.
    assert (plan.units, len(plan.chunks)) == (24 + 24 + 9, 3)


def test_a_job_and_a_stretch_without_a_whole_day_are_refused(place: Place) -> None:
    place.declare()
    with pytest.raises(BadRequest, match="no whole interval"):
        place.plan(date(2026, 3, 1), date(2026, 3, 1))
    place.declare(interval=None)
    with pytest.raises(BadRequest, match="job without intervals"):
        place.plan(date(2026, 2, 1), date(2026, 2, 2))


def test_two_workers_fill_all_days_once_and_catching_up_finds_nothing_left(place: Place, settings: Settings) -> None:
    pipeline = place.declare()
    told: list[Progress] = []
    plan = place.plan(date(2026, 2, 1), date(2026, 2, 3), chunk="unit", workers=2)
    outcome = run_plan(settings, plan, tell=told.append)
    assert (outcome.succeeded, outcome.failed, outcome.left, outcome.exit_status) == (3, [], 0, 0)
    assert place.spans() == [(day, 1) for day in range(1, 4)]
    assert [progress.done for progress in told] == [1, 2, 3]
    assert told[0].seconds_to_go is not None
    assert place.plan(date(2026, 2, 1), date(2026, 2, 3)).chunks == ()
    with place.database.connect("etl") as connection:
        query(connection, "SELECT 1")
        fourth = datetime(2026, 2, 4, 3, tzinfo=TOKYO)
        assert due_runs(connection, pipeline, fourth, TOKYO).to_do == ()


def test_a_gate_that_fails_for_one_day_holds_up_that_day_only(place: Place, settings: Settings) -> None:
    place.declare(
        "from datetime import datetime\nfrom miyabi_dw.common.errors import GateFailed\n"
        "bad = datetime.fromisoformat('2026-02-03T00:00+09:00')\n"
        "if datetime.fromisoformat(interval_start) <= bad < datetime.fromisoformat(interval_end):\n"
        "    raise GateFailed('1 critical check failed')"
    )
    outcome = run_plan(settings, place.plan(date(2026, 2, 1), date(2026, 2, 4)))
    assert [str(each.interval and each.interval.start)[:10] for each in outcome.failed] == ["2026-02-02"]
    assert outcome.exit_status == 1
    left = place.plan(date(2026, 2, 1), date(2026, 2, 4))
    assert days(left.chunks) == [(date(2026, 2, 3), 1)]


@pytest.mark.parametrize("on_a_terminal", [False, True], ids=["log", "terminal"])
def test_d10_a_backfill_tells_where_it_is_and_each_end_once(place: Place, on_a_terminal: bool) -> None:
    """The second of two days fails; none ends before it was told where the first one is."""
    go = place.root / "go"
    place.declare(
        f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.1)",
        # In UTC the second day of Tokyo begins on the first.
        "assert '02-01' not in interval_start, 'no such colour'",
        interval="hour", schedule="5 * * * *",
    )  # fmt: skip
    words = ["backfill", "small", "--from", "2026-02-01", "--to", "2026-02-02", "--chunk", "day"]
    began = time.monotonic()

    def is_enough(printed: str) -> bool:
        """Never: it ends by itself, once the runs are let go."""
        if "2026-02-01" in printed and "01_only" in printed and not go.exists():
            assert time.monotonic() - began < PATIENCE
            go.touch()
        return False

    if on_a_terminal:
        printed, status = on_terminal(["--as-of", NOW.isoformat(), *words], place.environment, (80, 24), is_enough)
    else:
        printed, status = read_until(place.command(*words), is_enough)
    assert status == 1
    lines = [line.strip() for line in CONTROLS.sub("\n", printed).splitlines()]
    assert lines[0] == "counting the rows of 48 hours, to say how long they will take"
    assert len([line for line in lines if line.startswith("2026-02-01 succeeded")]) == 1
    assert len([line for line in lines if line.startswith("2026-02-02 failed (")]) == 1
    assert printed.count("AssertionError") == 1, printed
    if not on_a_terminal:
        assert [line for line in lines if line.endswith(" begun")] == ["2026-02-01 begun", "2026-02-02 begun"]
        assert len(set(lines)) == len(lines)
        assert "\x1b" not in printed and "\r" not in printed


def read_until(process: "subprocess.Popen[str]", is_enough: Callable[[str], bool]) -> tuple[str, int]:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        is_enough(printed)
    return printed, process.wait(PATIENCE)


def test_stopped_by_a_signal_it_is_taken_up_where_it_was(place: Place) -> None:
    go = place.root / "go"
    place.declare(
        f"import pathlib, time\nwhile '01-31' not in interval_start and not pathlib.Path({str(go)!r}).exists():\n"
        "    time.sleep(0.1)"
    )
    words = ("backfill", "small", "--from", "2026-02-01", "--to", "2026-02-03", "--chunk", "unit", "--workers")
    first = place.command(*words, "2")
    wait_for(lambda: place.spans())
    first.send_signal(signal.SIGTERM)
    output, _ = first.communicate(timeout=PATIENCE)
    assert first.returncode == 1
    assert "take it up again with the same command" in output
    assert place.spans() == [(1, 1)]
    assert place.spans("running") == []
    go.touch()
    second = place.command(*words, "1")
    output, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, output
    assert "1 already done" in output
    assert place.spans() == [(day, 1) for day in range(1, 4)]


def test_a_run_that_is_due_goes_before_the_rest_of_a_backfill(place: Place, settings: Settings) -> None:
    place.declare("import time; time.sleep(0.5)")
    words = ("backfill", "small", "--from", "2026-01-01", "--to", "2026-02-14", "--chunk", "unit", "--workers", "2")
    filling = place.command(*words)
    wait_for(lambda: place.spans("running"))
    with pytest.raises(Busy, match="another backfill"):
        run_plan(settings, place.plan(date(2026, 2, 1), date(2026, 2, 2)))
    due = api.run("small", as_of=NOW, trigger="schedule", settings=settings, declared=place.declared)
    assert due.state == "succeeded", due.reason
    assert len(place.spans()) < 45, "it waited for the whole backfill"
    filling.send_signal(signal.SIGTERM)
    output, _ = filling.communicate(timeout=PATIENCE)
    assert filling.returncode == 1, output


# A child of the kernel's own, as pg_dump or git would be.
BUSY = "import subprocess, time\nsubprocess.Popen(['sleep', '3600'])\ntime.sleep(3600)"
THREE_DAYS = ("backfill", "small", "--from", "2026-02-01", "--to", "2026-02-03", "--chunk", "unit", "--workers", "2")


@pytest.mark.parametrize(
    ("words", "kernels"), [(("run", "small", "--date", "2026-02-01"), 1), (THREE_DAYS, 2)], ids=["run", "backfill"]
)
def test_b30_nothing_outlives_a_killed_command(place: Place, words: tuple[str, ...], kernels: int) -> None:
    place.declare(BUSY)
    process = place.command(*words)
    wait_for(lambda: list(of_home(place.settings.home).values()).count("sleep 3600") == kernels)
    assert len(of_home(place.settings.home)) > 2 * kernels
    assert killed(process.pid, place.settings.home) == {}
    process.communicate()


def test_b22_a_worker_that_is_killed_is_made_up_for(place: Place) -> None:
    go = place.root / "go"
    place.declare(f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.1)")
    process = place.command(*THREE_DAYS)
    other = kill_one_of_two(place)
    # The pool ends the other run, too; before it has, that one must not come to its own end.
    wait_for(lambda: not is_running(other))
    go.touch()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert place.spans() == [(day, 1) for day in range(1, 4)]
    assert (place.spans("running"), len(place.spans("lost"))) == ([], 2)


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def kill_one_of_two(place: Place) -> int:
    """Once two runs are on their way, each in a process of its own, one of these is killed; the other one's."""
    wait_for(lambda: len(place.spans("running")) == 2)
    with place.database.connect("etl") as connection:
        pids = {row.pid or 0 for row in registry.list_runs(connection, state="running")}
    assert len(pids) == 2
    os.kill(pids.pop(), signal.SIGKILL)
    return pids.pop()


has_distributed = importlib.util.find_spec("distributed") is not None


@pytest.mark.slow
@pytest.mark.skipif(not has_distributed, reason="the optional extra 'dask' is not installed")
def test_b22_a_dask_cluster_uses_all_its_workers_and_makes_up_for_one_that_is_killed(place: Place) -> None:
    from distributed import LocalCluster

    go = place.root / "go"
    place.declare(f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.1)")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(processes=True, host="127.0.0.1", **options) as cluster:
        process = place.command(*THREE_DAYS[:-2], "--scheduler", cluster.scheduler_address)
        kill_one_of_two(place)
        go.touch()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert "by 2 worker(s)" in output
    assert place.spans() == [(day, 1) for day in range(1, 4)]
    assert (place.spans("running"), len(place.spans("lost"))) == ([], 1)


@pytest.mark.skipif(not has_distributed, reason="the optional extra 'dask' is not installed")
def test_b22_a_cluster_without_workers_is_told(place: Place) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster,
        pytest.raises(BadRequest, match="no worker"),
    ):
        backfill.count_workers(cluster.scheduler_address)


@contextmanager
def dask_commands(place: Place, workers: int) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A scheduler and workers as somebody starts them by hand, each with a folder of its own; address and scheduler."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask = [sys.executable, "-m", "dask"]
    words = [["scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"]]
    words += [["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]] * workers
    started = []
    for number, each in enumerate(words):
        folder = place.root / f"dask-{number}"
        folder.mkdir()
        with (folder / "log").open("wb") as log:
            started.append(subprocess.Popen([*dask, *each], env=place.environment, cwd=folder, stdout=log, stderr=log))
    try:
        yield address, started[0]
    finally:
        for process in started:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.slow
@pytest.mark.skipif(not has_distributed, reason="the optional extra 'dask' is not installed")
def test_b22_a_scheduler_that_dies_ends_the_backfill_in_one_sentence_and_the_next_call_goes_on(place: Place) -> None:
    go = place.root / "go"
    place.declare(f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.1)")
    with dask_commands(place, workers=2) as (address, scheduler):
        process = place.command(*THREE_DAYS, "--scheduler", address)
        wait_for(lambda: len(place.spans("running")) == 2)
        scheduler.kill()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    ended = "the Dask scheduler has ended: start it again with `dask scheduler`, take it up again with the same command"
    assert output.splitlines()[-1].startswith("0 run(s) succeeded, 0 failed, 3 not begun")
    assert ended in output
    assert "Traceback" not in output
    go.touch()
    assert place.command(*THREE_DAYS).wait(PATIENCE) == 0
    assert place.spans() == [(day, 1) for day in range(1, 4)]
    assert place.spans("running") == []


@pytest.mark.skipif(not has_distributed, reason="the optional extra 'dask' is not installed")
def test_b22_workers_that_cannot_take_part_are_named_before_anything_begins(
    place: Place, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    place.declare()
    elsewhere = settings.model_copy(update={"reports_dir": tmp_path / "elsewhere"})
    local = LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
    )
    with local as cluster:
        address, (worker,) = cluster.scheduler_address, cluster.workers.values()
        with backfill.cluster.cluster(settings, address) as executor:
            assert executor.submit(int, "3").result(PATIENCE) == 3
        with pytest.raises(BadRequest, match="1 worker without this reports folder") as refused:
            run_plan(elsewhere, place.plan(date(2026, 2, 1), date(2026, 2, 2)), scheduler=address)
        assert refused.value.where == f"{worker.address} ({settings.reports_dir})"
        assert list(elsewhere.reports_dir.iterdir()) == []
        monkeypatch.setattr(backfill.cluster, "_here", later_version)
        with pytest.raises(BadRequest, match="1 worker of another version than this miyabi-dw") as refused:
            run_plan(settings, place.plan(date(2026, 2, 1), date(2026, 2, 2)), scheduler=address)
        assert refused.value.where == f"{worker.address} (miyabi-dw 9.9.9 with schema 9999_later)"
    assert place.spans() == []


def later_version(mark: str) -> dict[str, str]:
    return {**backfill.cluster.about(load_settings(), mark), "version": "miyabi-dw 9.9.9 with schema 9999_later"}


def test_b22_a_worker_that_cannot_answer_or_writes_to_a_warehouse_of_its_own_is_named(settings: Settings) -> None:
    ours = backfill.cluster.about(settings)
    told = {"tcp://a:1": ours, "tcp://b:2": ours | {"warehouse": "the embedded server in /home/b"}}
    with pytest.raises(
        BadRequest, match=r"1 worker with another warehouse .*tcp://b:2 \(the embedded server in /home/b"
    ):
        backfill.cluster.check_workers(told, ours)
    with pytest.raises(BadRequest, match=r"2 workers without a version to tell \(tcp://a:1 \(AttributeError: old\)"):
        backfill.cluster.check_workers(dict.fromkeys(["tcp://a:1", "tcp://b:2"], AttributeError("old")), ours)
    backfill.cluster.check_workers({"tcp://a:1": ours}, ours)


@pytest.mark.skipif(not has_distributed, reason="the optional extra 'dask' is not installed")
def test_a_scheduler_that_does_not_answer_is_told(place: Place, settings: Settings) -> None:
    place.declare()
    plan = place.plan(date(2026, 2, 1), date(2026, 2, 1))
    with (
        pytest.raises(ConnectionFailed, match="no Dask scheduler answers"),
        backfill.cluster.cluster(settings, "tcp://127.0.0.1:9"),
    ):
        pass
    assert plan.chunks
