"""Kernels leave nothing behind: not in the next notebook, not in the process table, not on the network."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from miyabi_dw import engine
from miyabi_dw.engine import warm as warm_module

from .conftest import NOTEBOOKS, Run, output_of, printed

# How long a loaded machine may take for what is a matter of seconds.
PATIENCE = 120
BOTH = pytest.mark.parametrize("warm", [True, False], ids=["warm", "stock"])
RUNNER = """
import sys
from pathlib import Path
from miyabi_dw import engine

execution = engine.execute(
    Path(sys.argv[1]), Path("out.ipynb"), {"pids": sys.argv[2]}, warm=sys.argv[3] == "warm", cwd=Path.cwd()
)
print(execution.failure.cause if execution.failure else "succeeded", flush=True)
"""


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


def is_gone(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def start_runner(folder: Path, *, warm: bool) -> tuple["subprocess.Popen[str]", list[int]]:
    """A runner of its own, with its sleeping kernel; the processes below it, in whichever order."""
    command = [sys.executable, "-c", RUNNER, str(NOTEBOOKS / "sleeps.ipynb"), "pids", "warm" if warm else "stock"]
    place = folder / "t"
    place.mkdir()
    environment = {**os.environ, "TMPDIR": str(place)}
    runner = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    pids = folder / "pids"
    assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    below = [process.pid for process in psutil.Process(runner.pid).children(recursive=True)]
    return runner, sorted({*below, *map(int, pids.read_text().split())})


@BOTH
def test_killed_runner_leaves_what_had_run_and_no_process(tmp_path: Path, warm: bool) -> None:
    runner, below = start_runner(tmp_path, warm=warm)
    place, output = tmp_path / "t", tmp_path / "out.ipynb"
    assert list(place.iterdir())
    assert eventually(lambda: output.exists() and '"asleep\\n"' in output.read_text())
    runner.kill()
    runner.wait()
    assert eventually(lambda: all(map(is_gone, below))), [pid for pid in below if not is_gone(pid)]
    assert eventually(lambda: not list(place.iterdir()))
    cells = json.loads(output.read_text())["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"][:4] == [1, 2, 3, 4]


@pytest.mark.parametrize(("number", "warm"), [(signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGTERM, False)])
def test_signalled_runner_cancels_and_ends_the_kernel_with_its_children(
    tmp_path: Path, number: int, warm: bool
) -> None:
    runner, below = start_runner(tmp_path, warm=warm)
    runner.send_signal(number)
    told, _ = runner.communicate(timeout=PATIENCE)
    assert told == "cancelled\n"
    assert runner.returncode == 0
    assert eventually(lambda: all(map(is_gone, below)))
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert "cancelled while cell" in "".join(str(cell.get("outputs")) for cell in cells)


def test_event_cancels_in_any_thread(run: Run, tmp_path: Path) -> None:
    stop = threading.Event()
    results: list[engine.Execution] = []
    thread = threading.Thread(target=lambda: results.append(run("sleeps", stop=stop)))
    thread.start()
    pids = tmp_path / "pids"
    assert eventually(lambda: pids.exists())
    stop.set()
    thread.join(PATIENCE)
    assert results[0].failure is not None
    assert results[0].failure.cause == "cancelled"


def test_error_in_the_callback_ends_the_kernel(run: Run, tmp_path: Path) -> None:
    def refuse(progress: engine.CellProgress) -> None:
        if progress.number == 4:
            raise RuntimeError("the registry is gone")

    with pytest.raises(RuntimeError, match="the registry is gone"):
        run("sleeps", on_cell=refuse)
    assert eventually(lambda: all(map(is_gone, map(int, (tmp_path / "pids").read_text().split()))))
    assert (tmp_path / "out" / "sleeps.ipynb").exists()


def test_nothing_passes_from_one_notebook_to_the_next(run: Run) -> None:
    left = run("leaves_traces")
    assert left.state == "succeeded", left.reason
    assert eventually(lambda: is_gone(int(printed(left))))
    found = run("finds_traces")
    assert (found.state, found.reason) == ("succeeded", "")


def test_forked_kernels_do_not_share_random_numbers(run: Run) -> None:
    first, second = (printed(run("draws_random_numbers")).split() for _ in range(2))
    assert all(one != other for one, other in zip(first, second, strict=True))


@BOTH
def test_kernel_has_its_own_surroundings_and_no_tcp(run: Run, tmp_path: Path, warm: bool) -> None:
    execution = run("shows_its_surroundings", env={"GIVEN": "by the runner"}, warm=warm)
    assert execution.state == "succeeded", execution.reason
    facts = json.loads(printed(execution))
    assert facts["tcp"] == []
    assert facts["cwd"] == str(tmp_path)
    assert facts["given"] == "by the runner"
    assert facts["stdin"] == "/dev/null"
    assert "by the runner" not in " ".join(facts["arguments"])


def test_what_forked_children_print_is_kept(run: Run) -> None:
    execution = run("forked_children_print")
    assert execution.state == "succeeded", execution.reason
    assert "from a child" in printed(execution)


def test_sockets_are_private_and_short_lived(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "t"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    modes: list[int] = []

    def look(progress: engine.CellProgress) -> None:
        modes.extend(stat.S_IMODE(folder.stat().st_mode) for folder in place.iterdir())

    assert run("no_parameters_cell", on_cell=look).state == "succeeded"
    assert set(modes) == {0o700}
    assert list(place.iterdir()) == []


def test_long_temporary_folder_is_not_used_for_sockets(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert run("no_parameters_cell").state == "succeeded"


def test_slow_imports_cost_one_more_process_and_only_when_wanted(run: Run) -> None:
    engine.cool_down()
    assert run("no_parameters_cell").engine == "warm"
    zygote = warm_module._current
    assert zygote is not None
    below = psutil.Process(zygote.popen.pid)
    assert eventually(lambda: len(below.children(recursive=True)) == 0)
    for _ in range(2):
        assert run("imports_what_notebooks_import").engine == "warm"
    assert eventually(lambda: len(below.children(recursive=True)) == 1)


def test_killed_zygote_fails_the_notebook_and_is_replaced(run: Run, tmp_path: Path) -> None:
    assert run("no_parameters_cell").engine == "warm"
    zygote = warm_module._current
    assert zygote is not None

    def kill(progress: engine.CellProgress) -> None:
        if progress.number == 4 and progress.state == "running":  # the cell before has started a child
            for process in (psutil.Process(zygote.popen.pid), *psutil.Process(zygote.popen.pid).children()):
                if "notebook" not in process.name():
                    process.kill()

    execution = run("sleeps", on_cell=kill)
    assert execution.failure is not None
    assert execution.failure.cause == "kernel died"
    assert eventually(lambda: all(map(is_gone, map(int, (tmp_path / "pids").read_text().split()))))
    again = run("no_parameters_cell")
    assert (again.state, again.engine) == ("succeeded", "warm")


def test_zygote_that_does_not_come_up_is_done_without(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.cool_down()
    monkeypatch.setattr(warm_module, "START", "raise ImportError('no such zygote')")
    execution = run("no_parameters_cell")
    assert (execution.state, execution.engine) == ("succeeded", "stock")
    assert "no such zygote" in execution.engine_note
    engine.cool_down()


def test_several_notebooks_at_once(run: Run) -> None:
    results: list[engine.Execution] = []
    names = ["succeeds", "no_parameters_cell", "raises", "shell_true"]
    threads = [threading.Thread(target=lambda name=name: results.append(run(name))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    states = {Path(result.notebook).stem: result.state for result in results}
    assert states == {**dict.fromkeys(names, "succeeded"), "raises": "failed"}
    assert all(output_of(result)["cells"] for result in results)
