"""What a stage notebook needs to know, opened by its first cell: which pipeline, which interval, which batch."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from miyabi_dw.common.errors import BadRequest, SchemaError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.timeframe import Interval, now, parse_interval
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.etl.tables import SourceTable, pipeline_tables, step_of
from miyabi_dw.registry import application_name, manual_run_id, run_schema
from miyabi_dw.registry.declarations import Pipeline, load_declarations


@dataclass(frozen=True)
class StageContext:
    """One run's batch: its interval and the schema that holds its tables."""

    settings: Settings
    database: Database
    pipeline: Pipeline
    interval: Interval
    run_id: str
    run_number: int
    as_of: datetime
    schema: str

    @contextmanager
    def warehouse(self, *, autocommit: bool = False) -> Iterator[Connection]:
        """A connection that finds the batch's tables first and the star schema second; one transaction unless told."""
        name, timeout = application_name(self.run_id), self.settings.statement_timeout
        with self.database.connect(
            "etl", application_name=name, autocommit=autocommit, statement_timeout=timeout
        ) as connection:
            statements.run(connection, "etl/batch/set_search_path", {"schema": self.schema})
            yield connection

    @contextmanager
    def source(self) -> Iterator[Connection]:
        """A read-only connection to the source."""
        name, timeout = application_name(self.run_id), self.settings.statement_timeout
        with self.database.connect("source", application_name=name, statement_timeout=timeout) as connection:
            yield connection

    @cached_property
    def tables(self) -> tuple[SourceTable, ...]:
        """The source tables that the pipeline reads, as they are described."""
        return pipeline_tables(self.pipeline)

    @property
    def staged(self) -> tuple[SourceTable, ...]:
        """Those of which persistent staging has the last known version of each row."""
        return tuple(table for table in self.tables if not table.carried_by)

    @property
    def large(self) -> SourceTable | None:
        """The one that its fact carries, if the pipeline reads one."""
        return next((table for table in self.tables if table.carried_by), None)

    @cached_property
    def read_at(self) -> datetime:
        """When its rows are read: the present, or the later moment that the run takes for now."""
        return max(self.as_of, now())

    @property
    def latest_moment(self) -> datetime:
        """From here on a moment of the source lies in the future; clocks differ, by zone if not by fault."""
        return self.read_at + timedelta(days=1)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL of every stage may name: %(run_id)s, %(interval_start)s, %(business_timezone)s and so on."""
        return {
            "run_id": self.run_id,
            "run_number": self.run_number,
            "schema": self.schema,
            "interval_start": self.interval.start,
            "interval_end": self.interval.end,
            "as_of": self.as_of,
            "read_at": self.read_at,
            "latest_moment": self.latest_moment,
            "source_timezone": self.settings.source_timezone,
            "business_timezone": self.settings.business_timezone,
            "lookback_days": self.settings.lookback_days,
            "test_coverage_threshold": self.settings.test_coverage_threshold,
        }


def open_stage(
    pipeline: str, interval_start: str, interval_end: str, run_id: str = "", as_of: str = "", *,
    settings: Settings | None = None,
) -> StageContext:  # fmt: skip
    """The batch of `run_id`; without one, the batch that all stages run by hand on this interval share."""
    settings = settings or load_settings()
    return make_stage(
        settings, load_declarations().find(pipeline), parse_interval(interval_start, interval_end), run_id, as_of
    )


def make_stage(
    settings: Settings, pipeline: Pipeline, interval: Interval, run_id: str = "", as_of: str = ""
) -> StageContext:
    """Same as `open_stage`, from objects instead of notebook parameters."""
    moment = settings.now(as_of)
    check_interval(pipeline, interval, moment, settings)
    database = Database(settings)
    run_id = run_id or manual_run_id(pipeline.name, interval)
    with database.connect("etl", application_name=application_name(run_id)) as connection:
        run_number = _run_number(connection, pipeline, interval, run_id, moment)
        refuse_lost_facts(connection, pipeline)
    return StageContext(
        settings, database, pipeline, interval, run_id, run_number, moment, run_schema(run_id)
    )  # fmt: skip


def check_interval(pipeline: Pipeline, interval: Interval, moment: datetime, settings: Settings) -> None:
    """Refuses what no run can do: a job without data, an interval that has not begun."""
    if pipeline.kind != "etl":
        raise BadRequest(f"{pipeline.name} is a job and has no interval", remedy="choose a pipeline of kind etl")
    if interval.start >= moment:
        raise BadRequest(
            f"the interval {interval.told(settings.business_zone)} lies in the future",
            f"now is {moment.astimezone(settings.business_zone).isoformat(timespec='seconds')}",
            "choose one that has begun",
        )


def refuse_lost_facts(connection: Connection, pipeline: Pipeline) -> None:
    """SchemaError for a fact that the pipeline loads and that is gone: every check of it would fail in other words."""
    for fact in statements.values_as(str, connection, "etl/batch/lost_facts", {"targets": list(pipeline.targets)}):
        is_by_month = step_of(fact) in ("carried", "restated")
        remedy = f"miyabi-dw recover fact {fact}" if is_by_month else "miyabi-dw schema migrate"
        raise SchemaError("the fact is gone", fact, remedy)


def close_stage(stage: StageContext) -> None:
    """Records that a run by hand is over; of any other run the runner does that."""
    with stage.warehouse() as warehouse:
        statements.run(warehouse, "etl/batch/record_manual_end", {"run_id": stage.run_id})


def _run_number(connection: Connection, pipeline: Pipeline, interval: Interval, run_id: str, as_of: datetime) -> int:
    values = {
        "run_id": run_id, "pipeline": pipeline.name, "interval_start": interval.start, "interval_end": interval.end,
        "as_of": as_of, "host": socket.gethostname(), "pid": os.getpid(),
    }  # fmt: skip
    if run_id.startswith("manual-"):
        statements.run(connection, "etl/batch/record_manual_run", values)
    found = statements.run(connection, "etl/batch/find_run", values)
    if not found:
        raise BadRequest(f"no run {run_id!r} is recorded", remedy="leave run_id empty to run a stage by hand")
    return int(found[0]["run_number"])
