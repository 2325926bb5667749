"""What the registry keeps of a failure, and how records of every version are read."""

import json

from miyabi_dw.common.errors import Frame
from miyabi_dw.registry import RunFailure

# As version 1.0.0 wrote them: a stage that failed and a run whose process vanished; neither has a code.
STAGE_OF_1_0_0 = {
    "stage": "03_gate", "attempt": 2, "can_heal": False, "cause": "cell raised", "reason": "12 issues are wrong",
    "cell_index": 0, "error_class": "miyabi_dw.errors.GateFailed", "error_bases": ["miyabi_dw.errors.MiyabiError"],
    "frames": [{"file": "miyabi_dw/gates/running.py", "line": 41, "function": "run_suites", "code": "raise GateFailed("}],
}  # fmt: skip
LOST_IN_1_0_0 = {
    "cause": "runner lost", "stage": None, "attempt": None, "cells_completed": None, "cells_total": 7,
    "remedy": "run the interval again",
}  # fmt: skip


def test_a_failure_comes_back_from_json_as_it_was() -> None:
    frame = Frame("miyabi_dw/etl/load.py", 7, "load", "raise")
    failure = RunFailure(
        "cell raised", "it failed", "gate-failed", can_heal=True, attempt=1, cell_index=0, error_bases=("A",), frames=(frame,)
    )  # fmt: skip
    recorded = json.loads(json.dumps(failure.as_json()))
    assert RunFailure.from_json(recorded) == failure
    assert recorded.keys() == {
        "cause", "reason", "code", "can_heal", "attempt", "cell_index", "error_bases", "frames"
    }  # fmt: skip


def test_records_of_the_first_version_are_read() -> None:
    failure = RunFailure.from_json(STAGE_OF_1_0_0)
    assert json.loads(json.dumps(failure.as_json())) == STAGE_OF_1_0_0
    assert failure.frames[0].function == "run_suites" and failure.code == ""
    assert RunFailure.from_json(LOST_IN_1_0_0) == RunFailure("runner lost", remedy="run the interval again")
