"""How far a backfill is, from its first second on: bars on a terminal, plain lines in a log; each end is told once."""

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import click

from miyabi_dw.cli.common import App
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.orchestration.backfill import Plan, Progress, UnderWay, under_way
from miyabi_dw.orchestration.runner.result import RunResult

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

LOOK_SECONDS = 1.0
# A log that has said nothing for so long says which stage has begun.
QUIET_SECONDS = 5.0


class Screen(Protocol):
    """What a backfill tells its progress to."""

    def looked(self, backfill_id: str, running: Collection[Interval]) -> None:
        """What is being run now."""

    def ended(self, progress: Progress) -> None:
        """After each run."""


@contextmanager
def shown(app: App, plan: Plan, *, as_json: bool) -> Iterator[Screen]:
    """What to tell the backfill's progress to while the block runs; for machines nothing is shown of it."""
    with app.database.connect("etl", autocommit=True, application_name="miyabi-dw:backfill progress") as connection:
        positions = Positions(connection)
        if as_json:
            yield Silent()
        elif sys.stderr.isatty():
            with _bars() as bars:
                yield OnTerminal(app, plan, positions, bars)
        else:
            yield InLog(app, plan, positions)


@dataclass
class Positions:
    """Asks the registry where the runs are, once a second at the most; where it does not answer nothing is known."""

    connection: Connection
    asked_at: float = 0.0

    def of(self, backfill_id: str) -> list[UnderWay]:
        """Nothing as well when it was asked just now."""
        if time.monotonic() - self.asked_at < LOOK_SECONDS:
            return []
        self.asked_at = time.monotonic()
        try:
            return under_way(self.connection, backfill_id)
        except DatabaseError:
            return []


class Silent:
    """For --json, where nothing but the result is printed."""

    def looked(self, backfill_id: str, running: Collection[Interval]) -> None:
        """Nothing."""

    def ended(self, progress: Progress) -> None:
        """Nothing."""


@dataclass
class InLog:
    """One line for each beginning and end; between them the stages, where there would be silence."""

    app: App
    plan: Plan
    positions: Positions
    said: set[str] = field(default_factory=set)
    said_at: float = 0.0

    def looked(self, backfill_id: str, running: Collection[Interval]) -> None:
        for chunk in running:
            self._say(f"{_span(self.app, chunk)} begun")
        if time.monotonic() - self.said_at >= QUIET_SECONDS:
            for each in self.positions.of(backfill_id):
                at = f"stage {each.position} of {len(self.plan.pipeline.stages)}"
                self._say(f"{_span(self.app, each.interval)} at {each.stage}, {at}")

    def ended(self, progress: Progress) -> None:
        self._say(f"{_end(self.app, progress.last)}; {progress.sentence}")

    def _say(self, line: str) -> None:
        if line not in self.said:
            click.echo(line, err=True)
            self.said.add(line)
            self.said_at = time.monotonic()


@contextmanager
def _bars() -> Iterator["Bars"]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(16), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield bars


@dataclass
class OnTerminal:
    """A bar for all, one for each run that is on its way, and a line for each that has ended."""

    app: App
    plan: Plan
    positions: Positions
    bars: "Bars"
    tasks: dict[Interval, "TaskID"] = field(default_factory=dict)
    parts: dict[Interval, float] = field(default_factory=dict)
    ends: int = 0

    def __post_init__(self) -> None:
        self.whole = self.bars.add_task("", total=len(self.plan.chunks), note="")
        self._count(0, 0, len(self.plan.chunks), "")

    def looked(self, backfill_id: str, running: Collection[Interval]) -> None:
        stages = len(self.plan.pipeline.stages)
        for chunk in [chunk for chunk in running if chunk not in self.tasks]:
            self.tasks[chunk] = self.bars.add_task(_span(self.app, chunk), total=stages, note="starting")
        for each in self.positions.of(backfill_id):
            if each.interval in self.tasks:
                self._move(each)
        for chunk in set(self.tasks).difference(running):
            self.bars.remove_task(self.tasks.pop(chunk))
            self.parts.pop(chunk, None)
        self.bars.update(self.whole, completed=self.ends + sum(self.parts.values()))

    def _move(self, each: UnderWay) -> None:
        note = f"{each.stage}, cell {each.cells_completed} of {each.cells_total}"
        self.bars.update(self.tasks[each.interval], completed=each.stages_done, note=note)
        self.parts[each.interval] = each.stages_done / len(self.plan.pipeline.stages)

    def ended(self, progress: Progress) -> None:
        self.bars.console.print(_end(self.app, progress.last), markup=False, highlight=False)
        to_go = f"about {progress.seconds_to_go:.0f} s to go" if progress.seconds_to_go else ""
        self._count(progress.done, progress.failed, progress.left, to_go)

    def _count(self, done: int, failed: int, left: int, note: str) -> None:
        self.ends = done + failed
        told = f"{done} of {self.ends + left} runs" + (f", {failed} failed" if failed else "")
        self.bars.update(self.whole, description=told, total=self.ends + left, note=note)


def _end(app: App, last: RunResult) -> str:
    why = f" ({last.run_id}): {last.reason}" if last.reason else ""
    return f"{_span(app, last.interval)} {last.state}{why}"


def _span(app: App, interval: Interval | None) -> str:
    return interval.told(app.settings.business_zone) if interval else ""
