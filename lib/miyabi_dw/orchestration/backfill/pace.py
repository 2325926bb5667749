"""How long a backfill will take: the rows that the source has for it, at the pace of the pipeline's recent runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.statements import value_as, value_or_none_as
from miyabi_dw.registry.declarations import Pipeline

# Kernels, checks and pages cost each run as much as so many rows do, on whatever machine.
ROWS_OF_A_START = 200_000
# A plan is not worth a longer wait, nor a source that is kept busy by it.
PATIENCE_SECONDS = 20


def expected_seconds(
    settings: Settings, database: Database, connection: Connection, pipeline: Pipeline, chunks: Sequence[Interval],
    workers: int,
) -> float | None:  # fmt: skip
    """None before the pipeline's first run, or while the source does not count its rows."""
    values = {"pipeline": pipeline.name, "rows_of_a_start": ROWS_OF_A_START}
    pace = value_or_none_as(float, connection, "orchestration/backfill/pace", values)
    rows = _rows(settings, database, pipeline, chunks) if pace is not None and chunks else None
    if pace is None or rows is None:
        return None
    return pace * (rows + len(chunks) * ROWS_OF_A_START) / min(workers, len(chunks))


def _rows(settings: Settings, database: Database, pipeline: Pipeline, chunks: Sequence[Interval]) -> float | None:
    """About how many rows the chunks hold: those from the first to the last, less the share of what is done between."""
    first, last = chunks[0].start, chunks[-1].end
    share = sum((chunk.end - chunk.start for chunk in chunks), timedelta()) / (last - first)
    wanted = {
        "first": _source_clock(settings, first),
        "last": _source_clock(settings, last),
        "tables": list(pipeline.source_tables),
    }
    try:
        with database.connect(
            "source", application_name="miyabi-dw:backfill plan", statement_timeout=PATIENCE_SECONDS
        ) as source:
            return share * value_as(int, source, "orchestration/backfill/source_rows", wanted)
    except (MiyabiError, DatabaseError):
        return None


def _source_clock(settings: Settings, moment: datetime) -> datetime:
    return moment.astimezone(settings.source_zone).replace(tzinfo=None)
