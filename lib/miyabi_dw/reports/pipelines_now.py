"""How each pipeline is now: its last run, what the monitor found of it, when it is due; in the order of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.display import Tone
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.registry.cron import fire_after
from miyabi_dw.registry.declarations import Declarations, Pipeline
from miyabi_dw.reports.formats import LEVEL_TONES, STATE_TONES, TONES_BY_WEIGHT
from miyabi_dw.reports.run_report import readable


@dataclass(frozen=True, slots=True)
class LatestRun:
    """A pipeline's last run; `path` is null without pages, `level` the worst that the run itself found."""

    pipeline: str
    run_id: str
    state: str
    reason: str | None
    interval_start: datetime | None
    interval_end: datetime | None
    as_of: datetime
    started_at: datetime | None
    finished_at: datetime | None
    path: str | None
    level: str | None
    first_as_of: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    pipeline: str
    paused_by: str
    why: str


@dataclass(frozen=True)
class PipelineNow:
    """`declared` is None for what is declared no more; `finding` is the monitor's of it, where it has one."""

    name: str
    declared: Pipeline | None
    last: LatestRun | None
    due: datetime | None
    paused: Pause | None
    finding: Finding | None

    @property
    def title(self) -> str:
        return self.declared.title if self.declared else readable(self.name)

    @property
    def tone(self) -> Tone:
        """As bad as the last run, as what that run found, and as what the monitor says of the pipeline."""
        tones: list[Tone] = [STATE_TONES[self.last.state]] if self.last else ["idle"]
        levels = [self.last.level] if self.last and self.last.level else []
        levels += [self.finding.level] if self.finding and self.finding.level != "ok" else []
        return min([*tones, *(LEVEL_TONES[level] for level in levels)], key=TONES_BY_WEIGHT.index)

    @property
    def state(self) -> str:
        return self.last.state if self.last else "no run yet"


def read_pipelines(
    connection: Connection, settings: Settings, declared: Declarations, findings: Sequence[Finding], now: datetime
) -> list[PipelineNow]:
    """Those that have run or are due; by the time of day at which each is due, then those that run all day."""
    last = {row.pipeline: row for row in rows_as(LatestRun, connection, "reports/index/latest")}
    pauses = {pause.pipeline: pause for pause in rows_as(Pause, connection, "reports/index/pauses")}
    found = {finding.name: finding for finding in findings}
    known = [
        PipelineNow(name, pipeline, last.get(name), _due(pipeline, now), pauses.get(name), found.get(name))
        for name, pipeline in _known(declared, last).items()
    ]
    # A job that only people start, and that nobody has started, is no news.
    shown = [each for each in known if each.last or each.due]
    return sorted(shown, key=lambda each: _order(each, settings))


def _known(declared: Declarations, last: Mapping[str, LatestRun]) -> dict[str, Pipeline | None]:
    return {name: declared.get(name) for name in {*declared, *last}}


def _due(pipeline: Pipeline | None, now: datetime) -> datetime | None:
    return fire_after(pipeline.schedule, pipeline.zone, now) if pipeline else None


def _order(each: PipelineNow, settings: Settings) -> tuple[str, str]:
    """Fixed times of the day in their order; then what runs at any hour; then what has no schedule."""
    fields = each.declared.schedule.split() if each.declared else []
    fixed = bool(fields) and "*" not in fields[1]
    at = f"{each.due.astimezone(settings.business_zone):%H:%M}" if each.due and fixed else "~" if each.due else "~~"
    return at, each.name
