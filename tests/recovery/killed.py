"""Recovers in a process of its own, which kills itself by SIGKILL when it comes to a statement for the n-th time.

python -m recovery.killed fact fact_deployment load/replace_days 1
python -m recovery.killed database latest db/migrations/applied 1
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any

from etl.kit import DAILY, Warehouse
from miyabi_dw.common.settings import load_settings
from miyabi_dw.common.timeframe import hour
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery import recover_fact
from miyabi_dw.orchestration.runner.result import RunResult


def die_at(name: str, time: int) -> None:
    """Every statement passes here by its name, before it is sent."""
    read, seen = statements.source_text, 0

    def counted(wanted: str) -> str:
        nonlocal seen
        seen += wanted == name
        if seen == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return read(wanted)

    statements.source_text = counted  # type: ignore[assignment]


def make_run(name: str, *, interval: Any = None, as_of: datetime, settings: Any, **_: object) -> RunResult:
    """A run by the stages' own functions, in this process."""
    stage = Warehouse(settings).run(interval or hour(as_of.replace(hour=as_of.hour - 1)), name)
    return RunResult(stage.run_id, name or DAILY, stage.interval, "succeeded")


def main(what: str, wanted: str, statement: str, time: str, as_of: str) -> None:
    settings = load_settings()
    moment = datetime.fromisoformat(as_of)
    die_at(statement, int(time))
    if what == "fact":
        recover_fact(Database(settings), settings, wanted, "2025-02-01", "2025-03-31", moment, make_run=make_run)
    else:
        recovery.api.run = make_run  # type: ignore[assignment]
        recovery.recover_database(Database(settings), settings, wanted, moment)


if __name__ == "__main__":
    main(*sys.argv[1:])
