"""miyabi-dw monitor and sign-off: how the installation is, on one screen, and who has read the morning report."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.layout import terminal_width
from miyabi_dw.cli.words import SECONDS

if TYPE_CHECKING:
    from rich.console import Console

    from miyabi_dw.cli.monitor_screen import Screen
    from miyabi_dw.monitor.findings import Finding


@click.command()
@click.option("--watch", type=SECONDS, metavar="SECONDS", help="Look again every SECONDS until stopped.")
@click.option("--interactive", is_flag=True, help="Show a menu: trigger, pause, logs, open report.")
@click.option(
    "--prometheus", type=click.Path(dir_okay=False, path_type=Path), help="Also write the metrics to this file."
)
@json_option
@pass_app
def monitor(app: App, watch: int | None, *, interactive: bool, prometheus: Path | None, as_json: bool) -> int:
    """Show what is wrong, with what to type.

    Exit status 0 ok, 1 warning, 2 critical.

    Example: miyabi-dw monitor --watch 300
    """
    look = Look(app, prometheus)
    if watch:
        return _watch(look, watch, as_json=as_json)
    findings = look()
    _print(look, as_json=as_json)
    if interactive:
        from miyabi_dw.cli.monitor_menu import show_menu

        show_menu(app, lambda: _look_again(look))
    return _status(findings)


@dataclass
class Look:
    """Examines the installation at each call, on the clock of that moment; what was found last stays to be shown."""

    app: App
    prometheus: Path | None
    findings: Sequence["Finding"] = ()

    def __call__(self) -> Sequence["Finding"]:
        from miyabi_dw.monitor.health import examine

        self.app = App(self.app.debug, self.app.as_of)
        self.findings = examine(self.app.database, self.app.settings, self.app.now)
        if self.prometheus:
            write_prometheus(self.prometheus, self.findings)
        return self.findings

    @property
    def screen(self) -> "Screen":
        from miyabi_dw.cli.monitor_screen import Screen
        from miyabi_dw.reports.formats import Clock

        return Screen(self.findings, self.app.now, Clock(self.app.settings.business_zone))


def _status(findings: Sequence["Finding"]) -> int:
    from miyabi_dw.monitor.findings import SEVERITY, worst_level

    return SEVERITY[worst_level(findings)]


def _as_json(as_of: datetime, findings: Sequence["Finding"]) -> dict[str, object]:
    from dataclasses import asdict

    from miyabi_dw.monitor.findings import worst_level

    return {"as_of": as_of, "verdict": worst_level(findings), "findings": [asdict(finding) for finding in findings]}


def _print(look: Look, *, as_json: bool) -> None:
    """For machines, or as wide as the terminal."""
    from rich.console import Console

    if as_json:
        print_json(_as_json(look.app.now, look.findings))
        return
    width = terminal_width()
    console = Console(width=width)
    for line in look.screen.lines(width):
        console.print(line.styled(), soft_wrap=True)


def _look_again(look: Look) -> None:
    look()
    _print(look, as_json=False)


def _watch(look: Look, seconds: int, *, as_json: bool) -> int:
    """Until an interrupt, which ends with the last level's status: on a terminal one screen, else one after another."""
    from rich.console import Console

    console = Console()
    try:
        look()
        if console.is_terminal and not as_json:
            _live(look, seconds, console)
        while True:
            _print(look, as_json=as_json)
            time.sleep(seconds)
            look()
            click.echo()
    except KeyboardInterrupt:
        return _status(look.findings)


def _live(look: Look, seconds: int, console: "Console") -> None:
    """A screen of its own that is drawn again when the window has changed, too; ends by an interrupt only."""
    from rich.live import Live

    with Live(look.screen, console=console, screen=True, auto_refresh=False) as live:
        live.refresh()
        while True:
            _rest(seconds, console, live.refresh)
            look()
            live.update(look.screen, refresh=True)


def _rest(seconds: int, console: "Console", draw: Callable[[], None]) -> None:
    for _ in range(seconds):
        drawn_at = console.size
        time.sleep(1)
        if console.size != drawn_at:
            draw()


def write_prometheus(path: Path, findings: Sequence["Finding"]) -> None:
    """The findings in Prometheus' text format, put in place at once so that a reader never sees half of it."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    from miyabi_dw.monitor.findings import SEVERITY

    registry = CollectorRegistry()
    level = Gauge("miyabi_level", "0 ok, 1 warning, 2 critical", ["metric"], registry=registry)
    value = Gauge("miyabi_value", "value of the metric in its own unit", ["metric", "unit"], registry=registry)
    for finding in findings:
        level.labels(finding.name).set(SEVERITY[finding.level])
        if finding.value is not None:
            value.labels(finding.name, finding.unit).set(float(finding.value))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)


@click.command("sign-off")
@click.argument("run", required=False)
@click.option("--by", required=True, metavar="NAME", help="Who has read it.")
@click.option("--note", help="What was done about it.")
@pass_app
def sign_off(app: App, run: str | None, by: str, note: str | None) -> None:
    """Sign a morning report, the latest one unless RUN is given.

    Example: miyabi-dw sign-off --by "Aiko Tanaka" --note "disk cleared"
    """
    from miyabi_dw.operations.morning_checklist import sign

    click.echo(f"{sign(app.database, app.settings, run, by, note)} signed by {by}")


commands = (monitor, sign_off)
