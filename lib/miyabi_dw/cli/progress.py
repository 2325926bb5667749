"""A run's progress: a live bar on a terminal, plain lines in a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from miyabi_dw.orchestration.runner.events import Event, Listener


def plain(event: "Event") -> None:
    """One line for each thing that happens; how far one is, is for a terminal."""
    if event.kind not in ("cell", "progress"):
        click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {event.text}", err=True)


def silent(event: "Event") -> None:
    """For --json, where nothing but the result is printed."""


@contextmanager
def shown(*, as_json: bool = False) -> Iterator["Listener"]:
    """What to give a run as its listener while the block runs."""
    if as_json:
        yield silent
    elif sys.stderr.isatty():
        with _live() as listener:
            yield listener
    else:
        yield plain


@contextmanager
def _live() -> Iterator["Listener"]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    bar = BarColumn(bar_width=24)
    columns = (TextColumn("{task.description:<16}"), bar, TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def listen(event: "Event") -> None:
            if event.kind == "cell" and event.stage in tasks:
                note = f"cell {event.cell} of {event.cells}"
                progress.update(tasks[event.stage], completed=event.cell, total=event.cells, note=note)
            elif event.kind == "progress":
                _within(event)
            elif event.kind == "stage":
                _stage(event)
            elif event.kind != "end":
                progress.console.print(event.text, markup=False, highlight=False)

        def _within(event: "Event") -> None:
            if event.stage in tasks:
                progress.update(tasks[event.stage], completed=event.cell, total=event.cells or None, note=event.text)

        def _stage(event: "Event") -> None:
            if event.stage not in tasks:
                tasks[event.stage] = progress.add_task(event.stage, total=None, note="starting")
            elif event.text.endswith("done"):
                progress.update(tasks[event.stage], note="done")
                progress.stop_task(tasks[event.stage])

        yield listen
