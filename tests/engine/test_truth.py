"""A notebook that did not do all it says has failed, whatever its kernel or papermill make of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .conftest import Run, errors_shown, output_of, printed

ENGINES = pytest.mark.parametrize("warm", [True, False], ids=["warm", "stock"])

# notebook, cause, what the reason says, number of cells that ran to their end
FAULTS = {
    "raises": ("cell raised", "'no day'", 1),
    "raises_but_tagged": ("cell raised", "raised ZeroDivisionError: division by zero", 0),
    "sys_exit_zero": ("cell raised", "cell 2 of 3 (sys.exit(0)) raised SystemExit: 0", 1),
    "sys_exit_in_last_cell": ("cell raised", "cell 2 of 2 (sys.exit()) raised SystemExit", 1),
    "exit_called": ("cell raised", "ended the kernel with exit()", 0),
    "exit_called_in_last_cell": ("cell raised", "ended the kernel with exit()", 1),
    "shell_false": ("cell raised", "Command 'false' returned non-zero exit status 1", 0),
    "shell_false_assigned": ("cell raised", "Command 'false' returned non-zero exit status 1", 0),
    "shell_false_twice": ("cell raised", "Command 'false' returned non-zero exit status 1", 0),
    "shell_false_in_bash": ("cell raised", "returned non-zero exit status 3", 0),
    "shell_false_in_sh": ("cell raised", "returned non-zero exit status 1", 0),
    "capture_hides_an_error": ("cell raised", "raised ZeroDivisionError", 0),
    "script_hides_an_error": ("cell raised", "raised ZeroDivisionError", 1),
    "unknown_magic": ("cell raised", "raised UsageError", 0),
    "does_not_parse": ("cell raised", "raised SyntaxError", 0),
    "asks_for_input": ("cell raised", "raised StdinNotImplementedError", 0),
    "kernel_killed": ("kernel died", "the kernel was killed by SIGKILL while cell 2 of 3", 1),
    "kernel_killed_in_last_cell": ("kernel died", "the kernel was killed by SIGKILL while cell 2 of 2", 1),
    "kernel_exits": ("kernel died", "the kernel ended with exit status 0 while cell 2 of 3", 1),
    "kernel_segfaults": ("kernel died", "the kernel was killed by SIGSEGV while cell 2 of 3", 1),
    "kernel_crashes_after_last_cell": ("kernel died", "the kernel ended with exit status 7 after its last cell", 2),
    "hangs_after_last_cell": ("hung", "did not end within 1 s of its last cell", 2),
    "hangs_in_exit_handler": ("hung", "did not end within 1 s of its last cell", 2),
}
ON_BOTH = ("raises", "sys_exit_zero", "exit_called", "shell_false_assigned", "kernel_killed", "hangs_in_exit_handler")


def _check(run: Run, name: str, *, warm: bool) -> None:
    cause, reason, completed = FAULTS[name]
    execution = run(name, warm=warm)
    assert execution.state == "failed"
    assert execution.engine == ("warm" if warm else "stock")
    assert execution.failure is not None
    assert execution.failure.cause == cause
    assert reason in execution.reason
    assert execution.cells_completed == completed
    assert "the last cell" not in printed(execution)
    assert errors_shown(execution), "the output notebook shows no error"
    assert output_of(execution)["metadata"]["papermill"]["exception"] is True


@pytest.mark.parametrize("name", FAULTS)
def test_fault_fails_the_notebook(run: Run, short_patience: None, name: str) -> None:
    _check(run, name, warm=True)


@pytest.mark.parametrize("name", ON_BOTH)
def test_fault_fails_the_notebook_in_a_stock_kernel(run: Run, short_patience: None, name: str) -> None:
    _check(run, name, warm=False)


@ENGINES
def test_success_is_told_with_its_outputs(run: Run, warm: bool) -> None:
    execution = run("succeeds", {"name": "Ren", "times": 3}, warm=warm)
    assert (execution.state, execution.reason) == ("succeeded", "")
    assert (execution.cells_completed, execution.cells_total) == (4, 4)
    assert [timing.index for timing in execution.durations] == [0, 1, 3, 4]
    cells = output_of(execution)["cells"]
    assert cells[4]["outputs"][0]["data"]["text/plain"] == ["'RenRenRen'"]
    assert cells[3]["outputs"][0]["text"] == ["hello Ren\n"]
    assert cells[3]["outputs"][1]["data"]["text/html"] == ["<b>Ren</b>"]


def test_both_engines_give_the_same_outputs(run: Run) -> None:
    def outputs(warm: bool) -> list[object]:
        execution = run("imports_libraries", warm=warm)
        assert execution.state == "succeeded", execution.reason
        return [cell.get("outputs") for cell in output_of(execution)["cells"]]

    assert outputs(True) == outputs(False)


def test_tag_skips_no_cell(run: Run) -> None:
    assert run("skipped_by_tag").state == "succeeded"


def test_shell_escapes_that_succeed_pass(run: Run) -> None:
    execution = run("shell_true")
    assert (execution.state, execution.reason) == ("succeeded", "")


def test_failure_leads_to_our_own_code(run: Run) -> None:
    failure = run("raises").failure
    assert failure is not None
    assert failure.error_class == "miyabi_dw.common.errors.BadRequest"
    assert failure.error_bases[0] == "miyabi_dw.common.errors.MiyabiError"
    assert failure.remedy.startswith("write it as yyyy-mm-dd")
    assert failure.cell_index == 1
    assert failure.cell_source == "day = timeframe.parse_day('no day', None)"
    assert failure.frames[-1].file == "miyabi_dw/common/timeframe.py"
    assert failure.frames[-1].function == "parse_day"
    assert "raise BadRequest" in failure.frames[-1].code


def test_crash_report_of_native_code_is_kept(run: Run) -> None:
    failure = run("kernel_segfaults").failure
    assert failure is not None
    assert "Segmentation fault" in failure.error_message


def test_cell_that_takes_too_long_is_interrupted(run: Run) -> None:
    execution = run("sleeps", cell_timeout=0.5)
    assert execution.failure is not None
    assert execution.failure.cause == "cell timeout"
    assert "took longer than the 0.5 s a cell may take" in execution.reason
    assert "asleep" in printed(execution)
    assert "KeyboardInterrupt" in execution.output.read_text()


def test_cell_that_ignores_interrupts_is_killed(run: Run, short_patience: None) -> None:
    execution = run("ignores_interrupts", cell_timeout=0.5)
    assert execution.failure is not None
    assert execution.failure.cause == "cell timeout"
    assert execution.seconds < 20


def test_deadline_ends_the_notebook(run: Run, short_patience: None) -> None:
    execution = run("sleeps", deadline=datetime.now(UTC) + timedelta(seconds=2))
    assert execution.failure is not None
    assert execution.failure.cause == "deadline"
    assert execution.cells_completed < execution.cells_total


def test_deadline_already_past_runs_nothing(run: Run, short_patience: None) -> None:
    execution = run("succeeds", deadline=datetime.now(UTC) - timedelta(seconds=1))
    assert execution.failure is not None
    assert execution.failure.cause == "deadline"
    assert execution.cells_completed == 0


@pytest.mark.parametrize(
    ("name", "parameters", "reason"),
    [
        ("succeeds", {"nmae": "Ren"}, "unknown parameter 'nmae' (succeeds.ipynb): did you mean 'name'?"),
        ("succeeds", {"times": "ten"}, "parameter 'times' is int, got 'ten' (str)"),
        ("no_parameters_cell", {"name": "Ren"}, "no cell tagged 'parameters' and was given name"),
        ("parameter_with_two_equals", {"limit": 4}, "a second '=' on its line"),
    ],
)
def test_parameters_that_do_not_fit_start_no_kernel(
    run: Run, name: str, parameters: dict[str, object], reason: str
) -> None:
    execution = run(name, parameters)
    assert (execution.state, execution.engine, execution.cells_completed) == ("failed", "none", 0)
    assert execution.failure is not None
    assert execution.failure.cause == "refused"
    assert reason in execution.reason
    assert "Not run" in "".join(output_of(execution)["cells"][0]["source"])


def test_missing_working_directory_starts_no_kernel(run: Run, tmp_path: Path) -> None:
    execution = run("no_parameters_cell", cwd=tmp_path / "none")
    assert execution.failure is not None
    assert execution.failure.cause == "refused"
    assert "working directory does not exist" in execution.reason


def test_output_that_cannot_be_written_is_no_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    execution = run("no_parameters_cell")
    assert execution.failure is not None
    assert execution.failure.cause == "not written"
