"""miyabi-dw demo: from nothing to a report on the real data that ships with the project."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, pass_app
from miyabi_dw.common.demo_clock import REAL, SYNTHETIC
from miyabi_dw.common.text import counted

if TYPE_CHECKING:
    from miyabi_dw.demo.first_run import FirstRun, Progress


@click.group(invoke_without_command=True, epilog="Example: miyabi-dw demo next-day")
@click.option(
    "--scenario", type=click.Choice([REAL, SYNTHETIC]), default=REAL, show_default=True,
    help="Real history, or a made-up one that has all that the real one lacks, in a home of its own.",
)  # fmt: skip
@click.pass_context
def demo(context: click.Context, scenario: str) -> None:
    """Set up everything and play two weeks of real history.

    It ends on the morning of 11 February 2026.

    The home then has a clock of its own, which every command takes for now. A second call finds everything done.
    """
    if context.invoked_subcommand is None:
        _run(context.obj, scenario)


@demo.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def remove(app: App, *, yes: bool) -> None:
    """Take the demonstration out of this home.

    Source, warehouse, and the pages of its runs.

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


@demo.command("next-day")
@pass_app
def next_day(app: App) -> None:
    """Play one more day of the history.

    Its night, its backup, its last hours and its morning report.

    \b
    Example: miyabi-dw demo next-day
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.common.text import written_day
    from miyabi_dw.demo.next_day import play_next_day

    with _server_as_found(app), _steps() as progress, shown() as tell:
        done = play_next_day(app.settings, progress, tell)
    if done is None:
        click.echo("the data of the demonstration ends here: there is no further day to play")
        return
    click.echo(f"""
{written_day(done.day)} is played. {_sentence(done.clock.told(app.settings.business_zone))}

The night's page:    {done.page}
The morning report:  {done.morning}""")


def _run(app: App, scenario: str) -> None:
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.demo.first_run import run_demonstration

    with _server_as_found(app), _steps() as progress, shown() as tell:
        done = run_demonstration(app.settings, scenario, progress=progress, tell=tell)
    _tell(app, done)


@contextmanager
def _server_as_found(app: App) -> Iterator[None]:
    """The embedded server runs on afterwards only where it ran before."""
    from miyabi_dw.db import embedded

    was_running = embedded.status(app.settings) is not None
    try:
        yield
    finally:
        if not was_running:
            embedded.stop(app.settings)


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


def _tell(app: App, done: "FirstRun") -> None:
    clock = app.settings.demo_clock
    assert clock is not None
    click.echo(f"""
{_sentence(clock.told(app.settings.business_zone))}
fact_issue_processing holds {counted(done.rows, "row")} for {done.day}.

The night's page:  {done.page}
A night that failed, because the source was closed to its run, and the run that healed it:
                   {done.healed}
All runs:          {done.index}

Next:
  miyabi-dw monitor
  miyabi-dw demo next-day
  miyabi-dw psql
  miyabi-dw serve""")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


commands = (demo,)
