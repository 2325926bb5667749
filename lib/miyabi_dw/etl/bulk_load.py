"""Fills months that the executions' fact does not have yet, two at a time, for the load to attach once all are written.

Each connection commits months as tables of the batch, where no reader looks: the load attaches all of them or none, and
what a killed load leaves goes with its batch. They may take no lock that the load holds, since the load waits for them.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.pipe import copy_between
from miyabi_dw.db.statements import run, statement
from miyabi_dw.etl.batch import StageContext

# A third has gained nothing: writing and indexing are bound by the processors, and the server's own writer has one too.
FILLERS = 2
# What executions are joined to, worked out by the load from dimensions that nobody else sees before it commits.
KEYS = ("issue_version", "execution_agent", "day_price")


def execution_view(prefix: str = "") -> dict[str, str]:
    """The names in sql/load/execution_view.sql: the load's own tables, or copies of them with a prefix."""
    return {"view": f"{prefix or 'new_'}fact_agent_execution"} | {key: f"{prefix}{key}" for key in KEYS}


def fill_months(stage: StageContext, load: Connection, months: Sequence[int]) -> int:
    """Writes the batch's rows of each month (yyyymm) as a table of the batch; how many rows there were."""
    waiting = deque(months)
    with ExitStack() as opened:
        fillers = [opened.enter_context(stage.warehouse()) for _ in months[:FILLERS]]
        for filler in fillers:
            run(filler, "load/prepare_filler")
            filler.commit()
        _pass_on_keys(load, fillers[0])
        with ThreadPoolExecutor(len(fillers)) as pool:
            shares = [pool.submit(_fill, stage, filler, waiting) for filler in fillers]
            try:
                return sum(share.result() for share in as_completed(shares))
            except BaseException:
                waiting.clear()
                for filler in fillers:
                    filler.cancel()
                raise


def _pass_on_keys(load: Connection, filler: Connection) -> None:
    run(filler, "load/filling_keys")
    for key in KEYS:
        copy_between(load, statement("load/filling_rows", table=key), None, filler, f"filling_{key}")
        run(filler, "etl/extract/analyze", table=f"filling_{key}")
    run(filler, "load/execution_view", **execution_view("filling_"))
    filler.commit()


def _fill(stage: StageContext, filler: Connection, waiting: deque[int]) -> int:
    inserted = 0
    for month_key in _taken(waiting):
        run(filler, "load/prepare_session")
        inserted += run(filler, "load/fill_month", stage.parameters | {"month_key": month_key})[0]["inserted"]
        filler.commit()
    return inserted


def _taken(waiting: deque[int]) -> Iterator[int]:
    """The months that are left, one after the other; each is taken by one filler."""
    with suppress(IndexError):
        while True:
            yield waiting.popleft()
