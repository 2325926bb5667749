"""Signals as a wish to stop: heard by all who listen, and by nobody afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from miyabi_dw.common.signals import STOPPING, on_signals

Heard = list[tuple[str, signal.Signals]]


@pytest.fixture(autouse=True)
def handlers_as_they_were() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOPPING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def listener(heard: Heard, name: str) -> Callable[[signal.Signals], None]:
    return lambda number: heard.append((name, number))


@pytest.mark.parametrize("number", STOPPING)
def test_inner_and_outer_hear_a_signal_and_the_process_goes_on(number: signal.Signals) -> None:
    heard: Heard = []
    before = signal.getsignal(number)
    with on_signals(listener(heard, "outer")):
        with on_signals(listener(heard, "inner")):
            signal.raise_signal(number)
        signal.raise_signal(number)
    assert heard == [("inner", number), ("outer", number), ("outer", number)]
    assert signal.getsignal(number) is before


def test_hang_up_that_is_ignored_stays_ignored() -> None:
    heard: Heard = []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with on_signals(listener(heard, "run")):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
    assert heard == [("run", signal.SIGTERM)]


def test_other_threads_change_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def inside() -> None:
        with on_signals(listener([], "thread")):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [before]
