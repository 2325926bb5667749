"""How a kernel ends once its last cell is done: what it may do then, and what that says of the notebook."""

from pathlib import Path

import pytest

from miyabi_dw.engine import client

from .conftest import Run, output_of, printed

WARM = pytest.mark.parametrize("warm", [True, False], ids=["warm", "stock"])
RUNS = 20


@pytest.fixture(autouse=True)
def as_in_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipykernel leaves descriptors 1 and 2 alone where it sees pytest."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")


def test_b16_threads_that_print_to_the_end_abort_no_kernel(run: Run) -> None:
    executions = [run("threads_print_to_the_end") for _ in range(RUNS)]
    told = [notice.text for execution in executions for notice in execution.warnings]
    print(f"{RUNS} runs, {len(told)} kernels ended by a signal")
    assert told == []
    assert [execution.reason for execution in executions] == [""] * RUNS


@WARM
def test_b16_no_socket_is_closed_under_a_thread_that_may_be_sending(run: Run, warm: bool) -> None:
    execution = run("notices_when_its_sockets_are_closed", warm=warm)
    assert (execution.state, execution.reason) == ("succeeded", "")


def test_a_kernel_that_has_done_its_work_may_take_longer_to_end_than_one_that_failed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "FAILED_SHUTDOWN_SECONDS", 0.2)
    execution = run("ends_slowly")
    assert (execution.state, execution.reason, execution.warnings) == ("succeeded", "", ())


@WARM
@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("aborts_in_exit_handler", "SIGABRT", "Assertion failed: pfd.revents & POLLIN"),
        ("thread_crashes_at_the_end", "SIGSEGV", "Fatal Python error: Segmentation fault"),
    ],
)
def test_b16_signal_when_all_was_done_is_a_warning(
    run: Run, tmp_path: Path, name: str, number: str, words: str, warm: bool
) -> None:
    log = tmp_path / "run.log"
    execution = run(name, warm=warm, log=log)
    assert (execution.state, execution.reason, execution.cells_completed) == ("succeeded", "", 2)
    (notice,) = execution.warnings
    assert notice.text == f"the kernel was killed by {number} after its last cell, when all was done"
    assert words in notice.words
    assert f"warning: {notice.text}" in printed(execution)
    assert words in printed(execution)
    assert words in log.read_text()
    assert output_of(execution)["metadata"]["papermill"]["exception"] is None


def test_warning_is_redacted(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    execution = run("aborts_in_exit_handler", log=log, redact=lambda text: text.replace("POLLIN", "***"))
    (notice,) = execution.warnings
    assert "pfd.revents & ***" in notice.words
    assert "POLLIN" not in log.read_text() + printed(execution)


def test_last_words_of_a_kernel_that_failed_are_shown_and_logged(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    execution = run("kernel_segfaults", log=log)
    assert execution.failure is not None
    shown = str(output_of(execution)["cells"])
    for text in (execution.failure.error_message, shown, log.read_text()):
        assert "Segmentation fault" in text
