"""miyabi-dw demo: from nothing to a report on the real data that ships with the project."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, pass_app
from miyabi_dw.common.text import counted

if TYPE_CHECKING:
    from miyabi_dw.demo.first_run import FirstRun, Progress


@click.group(invoke_without_command=True)
@click.pass_context
def demo(context: click.Context) -> None:
    """Set up everything, fill the past and run the daily pipeline for the last day of the shipped data.

    A second call finds everything done and is quick.
    """
    if context.invoked_subcommand is None:
        _run(context.obj)


@demo.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def remove(app: App, *, yes: bool) -> None:
    """Take the demonstration out of this home: source, warehouse, and the pages of its runs.

    \b
    Example: miyabi-dw demo remove
    """
    from miyabi_dw.demo.remove import held, remove_demonstration

    found = held(app.settings)
    click.echo(f"""This removes from {app.settings.home}:
  the source: {counted(found.rows, "row")} of the demonstration ({found.source})
  the warehouse: all facts, and the records of {counted(found.runs, "run")}
  the pages of these runs: {counted(len(found.pages), "folder")} in {app.settings.reports_dir}""")
    if found.cold:
        click.echo(f"  months in cold storage: {found.cold}")
    click.echo("Settings, passwords and backups stay.")
    if not yes:
        click.confirm("Remove it?", abort=True)
    remove_demonstration(app.settings)
    click.echo("the demonstration is removed")


def _run(app: App) -> None:
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.db import embedded
    from miyabi_dw.demo.first_run import run_demonstration

    was_running = embedded.status(app.settings) is not None
    try:
        with _steps() as progress, shown() as tell:
            done = run_demonstration(app.settings, progress=progress, tell=tell)
    finally:
        if not was_running:
            embedded.stop(app.settings)
    _tell(done)


@contextmanager
def _steps() -> Iterator["Progress"]:
    """Plain lines, each step once as it begins and once when it is done; a bar on a terminal."""
    said: set[tuple[str, bool]] = set()

    def plain(step: str, done: int, total: int) -> None:
        if sys.stderr.isatty() and total > 1:
            filled = "█" * (24 * done // total)
            click.echo(f"\r\x1b[2K{step:<32} {filled:<24} {done:,} of {total:,}", err=True, nl=done == total)
        elif (step, done == total) not in said:
            click.echo(f"{step}: {done:,} of {total:,}" if total > 1 else step, err=True)
        said.add((step, done == total))

    yield plain


def _tell(done: "FirstRun") -> None:
    click.echo(f"""
fact_issue_processing holds {counted(done.rows, "row")} for {done.day}.

The run's page:  {done.page}
All runs:        {done.index}

Next:
  miyabi-dw --as-of {done.as_of.isoformat(timespec="minutes")} monitor
  miyabi-dw runs
  miyabi-dw psql
  miyabi-dw serve""")


commands = (demo,)
