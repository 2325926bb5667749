"""miyabi-dw schedule: cron, and what it starts."""

from dataclasses import asdict

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.layout import told


@click.group(epilog="Example: miyabi-dw schedule status")
def schedule() -> None:
    """Let cron start what is due, in each pipeline's time zone."""


@schedule.command("print")
@click.option("--systemd", is_flag=True, help="Print a systemd service and timer instead.")
@pass_app
def print_(app: App, systemd: bool) -> None:
    """Print the lines that install would add to the crontab."""
    from miyabi_dw.orchestration.schedule import crontab

    if not systemd:
        click.echo(crontab.cron_block(app.settings), nl=False)
        return
    for name, text in crontab.systemd_units(app.settings).items():
        click.echo(f"# ~/.config/systemd/user/{name}\n{text}")
    click.echo("# then: systemctl --user enable --now miyabi-dw.timer")


@schedule.command()
@pass_app
def install(app: App) -> None:
    """Add the block to your crontab, or renew it; your own lines stay."""
    from miyabi_dw.orchestration.schedule import crontab

    click.echo(crontab.install(app.settings), nl=False)
    for warning in crontab.warnings():
        click.echo(f"warning: {warning}", err=True)


@schedule.command()
def remove() -> None:
    """Take the block out of your crontab; your own lines stay."""
    from miyabi_dw.orchestration.schedule import crontab

    click.echo("removed" if crontab.remove() else "there was none")


@schedule.command()
@json_option
@pass_app
def tick(app: App, as_json: bool) -> int:
    """Start what is due now; this is what cron calls. Exit status 1 when a run was missed or a declaration refused."""
    from miyabi_dw.orchestration.schedule.tick import tick as look
    from miyabi_dw.registry.declarations import load_declarations

    found = look(app.settings, load_declarations(), app.as_of, app.now)
    if as_json:
        print_json(vars(found))
    else:
        for line in found.lines():
            click.echo(f"{app.now:%Y-%m-%dT%H:%M:%SZ} {line}")
    return 1 if found.missed or found.refused else 0


@schedule.command(hidden=True)
@click.argument("pipeline")
@pass_app
def work(app: App, pipeline: str) -> int:
    """Run all that is due for one pipeline; the tick starts this."""
    from functools import partial

    from miyabi_dw.cli.progress import plain
    from miyabi_dw.orchestration.schedule.tick import work as do
    from miyabi_dw.registry.declarations import load_declarations

    clock = partial(app.settings.now, app.as_of)
    results = do(app.settings, load_declarations(), pipeline, clock, plain)
    return max((result.exit_status for result in results), default=0)


@schedule.command()
@json_option
@pass_app
def status(app: App, as_json: bool) -> int:
    """Show whether cron is set up, what is due, what was missed.

    Also which days were never loaded. Exit status 1 when something was missed.
    """
    from miyabi_dw.orchestration.schedule.status import overview

    found = overview(app.settings, app.now)
    if as_json:
        print_json(asdict(found))
        return 0 if found.is_good else 1
    click.echo("in the crontab: " + ("yes" if found.installed else "no (`miyabi-dw schedule install` adds it)"))
    print_rows([asdict(row) for row in found.pipelines], as_json=False, only_json=("kind", "owner"))
    for line in found.missed:
        click.echo(told("missed: ", line))
    for line in (*found.never_loaded, *found.refused):
        click.echo(told("", line))
    return 0 if found.is_good else 1


commands = (schedule,)
