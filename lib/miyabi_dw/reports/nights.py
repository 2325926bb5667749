"""The grid of the top page: what became of each pipeline on each of the last days, with nights that never ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from miyabi_dw.common.report_folders import midnight
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted, short_day
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as
from miyabi_dw.registry.cron import fire_times
from miyabi_dw.registry.declarations import Pipeline
from miyabi_dw.reports.formats import LEVEL_TONES, STATE_TONES
from miyabi_dw.reports.pipelines_now import PipelineNow

DAYS = 14
# What is due now may be about to run.
PATIENCE = timedelta(hours=1)
# A run may be queued a little before the moment that it takes for now.
AHEAD = timedelta(days=1)
MARKS = {"good": "✓", "warn": "!", "bad": "✕", "busy": "…", "idle": "–", "healed": "↻", "none": "", "quiet": "·"}
WORDS = {
    "good": "good", "warn": "ended well, but found something", "bad": "failed", "busy": "under way",
    "idle": "skipped or cancelled", "healed": "failed, later made good", "none": "never ran", "quiet": "nothing due",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Night:
    """The worst of a pipeline's runs of a day; `level` is the worst that it found, `path` null without pages."""

    pipeline: str
    day: date
    run_id: str
    outcome: str
    level: str | None
    runs: int
    path: str | None

    @property
    def kind(self) -> str:
        if self.outcome == "healed":
            return self.outcome
        tone = STATE_TONES[self.outcome]
        return LEVEL_TONES[self.level] if tone == "good" and self.level else tone


@dataclass(frozen=True)
class Cell:
    """`kind` is one of MARKS; `told` says all of it in words."""

    kind: str
    told: str
    path: str | None = None

    @property
    def mark(self) -> str:
        return MARKS[self.kind]

    @property
    def tone(self) -> str:
        return "warn" if self.kind == "healed" else self.kind


@dataclass(frozen=True)
class Grid:
    """Days in order, and for each pipeline its title and a cell a day."""

    days: list[date]
    rows: list[tuple[str, list[Cell]]]

    @property
    def kinds(self) -> list[tuple[str, str, str]]:
        """Tone, mark and words of each kind in the grid, for its legend."""
        there = {cell.kind for _, cells in self.rows for cell in cells}
        return [(Cell(kind, "").tone, MARKS[kind], WORDS[kind]) for kind in MARKS if kind in there]


def read_grid(connection: Connection, settings: Settings, now: datetime, pipelines: Sequence[PipelineNow]) -> Grid:
    """The days up to `now`, which in a demonstration is its own, with a row for each pipeline that has run."""
    today = local_day(now, settings.business_zone)
    days = [today - timedelta(days=before) for before in reversed(range(DAYS))]
    first = midnight(settings, days[0])
    bounds = {"from_moment": first, "queued_from": first - AHEAD, "as_of": now}
    values = bounds | {"business_timezone": settings.business_timezone}
    nights = {
        (night.pipeline, night.day): night for night in rows_as(Night, connection, "reports/index/nights", values)
    }
    rows = [
        (each.title, [_cell(settings, each, day, nights.get((each.name, day)), now) for day in days])
        for each in pipelines
        if each.last
    ]
    return Grid(days, rows)


def _cell(settings: Settings, pipeline: PipelineNow, day: date, night: Night | None, now: datetime) -> Cell:
    where = f"{pipeline.title}, {day:%a} {short_day(day)}"
    if night is None:
        is_due = (
            pipeline.declared
            and pipeline.last
            and was_due(settings, pipeline.declared, day, pipeline.last.first_as_of, now)
        )
        kind = "none" if is_due else "quiet"
        return Cell(kind, f"{where}: {WORDS[kind]}")
    several = f", {counted(night.runs, 'run')}" if night.runs > 1 else ""
    return Cell(night.kind, f"{where}: {WORDS[night.kind]}{several}", night.path)


def was_due(settings: Settings, pipeline: Pipeline, day: date, since: datetime, now: datetime) -> bool:
    """Whether it should have begun a run on that day, from `since` on and a while before `now`."""
    begin = max(midnight(settings, day), since) - timedelta(microseconds=1)
    end = min(midnight(settings, day + timedelta(days=1)) - timedelta(microseconds=1), now - PATIENCE)
    return bool(fire_times(pipeline.schedule, pipeline.zone, begin, end))
