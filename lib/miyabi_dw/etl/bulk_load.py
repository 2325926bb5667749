"""Writes months that a large fact does not have yet, two at a time, for the load to attach once all are written.

Each connection commits months as tables of the batch, where no reader looks: the load attaches all of them or none, and
what a killed load leaves goes with its batch. They may take no lock that the load holds, since the load waits for them.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.pipe import copy_between
from miyabi_dw.db.statements import PLACEHOLDER, run, source_text, statement
from miyabi_dw.etl.batch import StageContext

# A third has gained nothing: writing and indexing are bound by the processors, and the server's own writer has one too.
WRITERS = 2
# The view of the batch as facts, and what comes before the names of its copies.
VIEW, COPY = "view", "bulk_"


def view_names(fact: str, prefix: str = "") -> dict[str, str]:
    """The names in sql/load/<fact>/view.sql: the load's own tables, or copies of them with a prefix."""
    return {VIEW: f"{prefix or 'new_'}{fact}"} | {name: f"{prefix}{name}" for name in joined_tables(fact)}


def joined_tables(fact: str) -> list[str]:
    """What the view joins, worked out by the load from dimensions that nobody else sees before it commits."""
    return sorted(set(PLACEHOLDER.findall(source_text(f"load/{fact}/{VIEW}"))) - {VIEW})


def write_months(stage: StageContext, load: Connection, fact: str, months: Sequence[int]) -> int:
    """Writes the batch's rows of each month (yyyymm) as a table of the batch; how many rows there were."""
    waiting = deque(months)
    with ExitStack() as opened:
        writers = [opened.enter_context(stage.warehouse()) for _ in months[:WRITERS]]
        for writer in writers:
            run(writer, "load/prepare_writer")
            writer.commit()
        _copy_joined(load, writers[0], fact)
        with ThreadPoolExecutor(len(writers)) as pool:
            shares = [pool.submit(_write, stage, writer, fact, waiting) for writer in writers]
            try:
                return sum(share.result() for share in as_completed(shares))
            except BaseException:
                waiting.clear()
                for writer in writers:
                    writer.cancel()
                raise


def _copy_joined(load: Connection, writer: Connection, fact: str) -> None:
    run(writer, f"load/{fact}/copies")
    for table in joined_tables(fact):
        copy_between(load, statement("load/all_rows", table=table), None, writer, f"{COPY}{table}")
        run(writer, "etl/extract/analyze", table=f"{COPY}{table}")
    run(writer, f"load/{fact}/{VIEW}", **view_names(fact, COPY))
    writer.commit()


def _write(stage: StageContext, writer: Connection, fact: str, waiting: deque[int]) -> int:
    inserted = 0
    for month_key in _taken(waiting):
        run(writer, "load/prepare_session")
        values = stage.parameters | {"month_key": month_key}
        inserted += run(writer, f"load/{fact}/write_month", values)[0]["inserted"]
        writer.commit()
    return inserted


def _taken(waiting: deque[int]) -> Iterator[int]:
    """The months that are left, one after the other; each is taken by one writer."""
    with suppress(IndexError):
        while True:
            yield waiting.popleft()
