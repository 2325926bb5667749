"""The live view of one run, from any process and any host that reaches the warehouse."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw import registry
from miyabi_dw.cli.common import App
from miyabi_dw.orchestration.runner.events import log_path
from miyabi_dw.registry import FINAL, RunRecord, StageAttempt

if TYPE_CHECKING:
    from rich.console import RenderableType

Seen = tuple[RunRecord, list[StageAttempt]]
Look = Callable[[], Seen]
LOOK_SECONDS = 0.5
LOG_LINES = 8


def watch_run(app: App, given: str) -> int:
    """Shows the run until it ends; on anything but a terminal one line for each change."""
    with app.database.connect("etl", autocommit=True) as connection:
        run_id = registry.find_run(connection, given).run_id

        def look() -> Seen:
            return registry.get_run(connection, run_id).as_seen(), registry.attempts(connection, run_id)

        row = _live(app, look) if sys.stdout.isatty() else _lines(look)
    click.echo(f"{row.run_id} {row.state}" + (f": {row.reason}" if row.reason else ""))
    return 0 if row.state == "succeeded" else 1


def _lines(look: Look) -> RunRecord:
    told = ""
    while True:
        row, attempts = look()
        line = _line(row, attempts)
        if line != told:
            click.echo(line)
            told = line
        if row.state in FINAL:
            return row
        time.sleep(LOOK_SECONDS)


def _line(row: RunRecord, attempts: list[StageAttempt]) -> str:
    if not attempts:
        return f"{row.state}"
    last = attempts[-1]
    cells = f"cell {last.cells_completed} of {last.cells_total or '?'}"
    return f"{row.state}: {last.stage} attempt {last.attempt} {last.state}, {cells}"


def _live(app: App, look: Look) -> RunRecord:
    from rich.live import Live

    row, attempts = look()
    log = log_path(app.settings.home, row.run_id)
    with Live(_screen(row, attempts, log), auto_refresh=False) as live:
        while row.state not in FINAL:
            time.sleep(LOOK_SECONDS)
            row, attempts = look()
            live.update(_screen(row, attempts, log), refresh=True)
    return row


def _screen(row: RunRecord, attempts: list[StageAttempt], log: Path) -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    title = f"{row.pipeline}  {row.run_id}  {row.state}  {row.seconds or 0:.0f} s"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("stage", "attempt", "state", "cell", "", "seconds"):
        table.add_column(column, no_wrap=column == "stage", justify="right" if column == "seconds" else "left")
    for each in attempts:
        done, total = each.cells_completed or 0, each.cells_total or 1
        cells = f"{done} of {each.cells_total or '?'}"
        bar = ProgressBar(total=total, completed=done, width=20)
        table.add_row(each.stage, str(each.attempt), each.state, cells, bar, f"{each.seconds:.1f}")
    return Group(table, Text("\n".join(_tail(log)), style="dim"))


def _tail(log: Path) -> list[str]:
    """The last lines of the log, where it is on this host."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            return file.read().decode(errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return []
