"""All pipelines at a glance: when they run, how the last run ended, when the next is due."""

from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import rows_as
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.control import Pause
from miyabi_dw.orchestration.schedule import crontab, missed
from miyabi_dw.orchestration.schedule.due import due_runs
from miyabi_dw.registry import RunState
from miyabi_dw.registry.cron import fire_after
from miyabi_dw.registry.declarations import Declarations, Pipeline, load_declarations
from miyabi_dw.registry.loaded_days import gaps


@dataclass(frozen=True, slots=True)
class LatestRun:
    """The last run of a pipeline that was more than a skip."""

    pipeline: str
    run_id: str
    state: RunState
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline's line in a list; `due` counts runs that the next tick would start, `next` is on its own clock."""

    pipeline: str
    kind: str
    schedule: str
    last_run: str | None
    state: RunState | None
    due: int
    next: str | None
    paused: str | None
    owner: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Whether cron is set up, and each pipeline; in sentences what was missed, never loaded or refused."""

    installed: bool
    pipelines: list[PipelineRow]
    missed: list[str]
    never_loaded: list[str]
    refused: list[str]

    @property
    def is_good(self) -> bool:
        return not (self.missed or self.refused)


def pipeline_rows(
    settings: Settings, now: datetime, declared: Declarations | None = None
) -> list[PipelineRow]:  # fmt: skip
    """One row a pipeline, in the order of their names."""
    declared = declared or load_declarations()
    database = Database(settings)
    paused = api.paused(database, now)
    with database.connect("etl", application_name="miyabi-dw:pipelines") as connection:
        runs = rows_as(LatestRun, connection, "orchestration/schedule/pipeline_latest")
        latest = {each.pipeline: each for each in runs}
        due = {
            name: len(due_runs(connection, pipeline, now, settings.business_zone).to_do)
            for name, pipeline in declared.items()
        }
    return [_row(pipeline, now, latest.get(name), due[name], paused.get(name)) for name, pipeline in declared.items()]


def _row(
    pipeline: Pipeline, now: datetime, latest: LatestRun | None, due: int, pause: Pause | None
) -> PipelineRow:  # fmt: skip
    following = fire_after(pipeline.schedule, pipeline.zone, now)
    return PipelineRow(
        pipeline.name,
        pipeline.kind,
        f"{pipeline.schedule} {pipeline.timezone}" if pipeline.schedule else "on request",
        latest.run_id if latest else None,
        latest.state if latest else None,
        due,
        following.astimezone(pipeline.zone).isoformat(timespec="minutes") if following else None,
        str(pause) if pause else None,
        pipeline.owner,
    )


def overview(settings: Settings, now: datetime) -> Overview:
    """Read-only; whatever is paused misses nothing."""
    declared = load_declarations().needed(settings.home)
    rows = pipeline_rows(settings, now, declared)
    active = [declared[row.pipeline] for row in rows if row.paused is None]
    with Database(settings).connect("etl", application_name="miyabi-dw:schedule") as connection:
        found = missed.missed_runs(connection, settings, active, now)
        holes = gaps(connection, [pipeline for pipeline in declared.values() if pipeline.kind == "etl"])
    refused = [each.error.finding for each in declared.refused]
    return Overview(is_installed(), rows, [str(each) for each in found], [str(hole) for hole in holes], refused)


def is_installed() -> bool:
    """False too where there is no cron, as with a systemd timer."""
    try:
        return bool(crontab.installed_block())
    except MiyabiError:
        return False
