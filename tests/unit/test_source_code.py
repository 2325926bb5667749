"""Cells are parsed in several threads at once."""

import gc
import threading
import time

from miyabi_dw.common import source_code

SOURCE = "\n".join(f"value_{number} = {'(' * 20}{number}{')' * 20} + call(a.b[{number}])" for number in range(30))


def let_others_run(_phase: str, _info: dict[str, int]) -> None:
    """The collector runs in the midst of a parse, and here the other threads get their turn."""
    time.sleep(0.0001)


def test_threads_parse_side_by_side() -> None:
    wrong: list[SystemError | str] = []

    def parse_often() -> None:
        for _ in range(20):
            try:
                wrong.extend([] if len(source_code.parse(SOURCE).body) == 30 else ["half a tree"])
            except SystemError as error:
                wrong.append(error)

    threads = [threading.Thread(target=parse_often) for _ in range(4)]
    gc.callbacks.append(let_others_run)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.callbacks.remove(let_others_run)
    assert wrong == []
