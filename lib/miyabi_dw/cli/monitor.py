"""miyabi-dw monitor and sign-off: how the installation is, on one screen, and who has read the morning report."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.words import SECONDS

if TYPE_CHECKING:
    from rich.table import Table

    from miyabi_dw.operations.findings import Finding

COLOURS = {"ok": "green", "warning": "yellow", "critical": "red"}
MARKS = {"ok": "ok", "warning": "WARN", "critical": "CRIT"}


@click.command()
@click.option("--watch", type=SECONDS, metavar="SECONDS", help="Look again every SECONDS until stopped.")
@click.option("--interactive", is_flag=True, help="Show a menu: trigger, pause, logs, open report.")
@click.option(
    "--prometheus", type=click.Path(dir_okay=False, path_type=Path), help="Also write the metrics to this file."
)
@json_option
@pass_app
def monitor(app: App, watch: int | None, *, interactive: bool, prometheus: Path | None, as_json: bool) -> int:
    """Show how the installation is; exit status 0 ok, 1 warning, 2 critical.

    Example: miyabi-dw monitor --watch 300
    """
    if watch:
        return _watch(app, watch)
    findings = _findings(app)
    if prometheus:
        write_prometheus(prometheus, findings)
    if as_json:
        print_json(_as_json(app.now, findings))
    else:
        _print(findings, app.now)
    if interactive:
        from miyabi_dw.cli.monitor_menu import show_menu

        show_menu(app, lambda: _print(_findings(app), app.now))
    return _status(findings)


def _findings(app: App) -> list["Finding"]:
    from miyabi_dw.operations.health import examine

    return examine(app.database, app.settings, app.now)


def _status(findings: Sequence["Finding"]) -> int:
    from miyabi_dw.operations.findings import SEVERITY
    from miyabi_dw.operations.health import worst_level

    return SEVERITY[worst_level(findings)]


def _as_json(as_of: datetime, findings: Sequence["Finding"]) -> dict[str, object]:
    from dataclasses import asdict

    from miyabi_dw.operations.health import worst_level

    return {"as_of": as_of, "verdict": worst_level(findings), "findings": [asdict(finding) for finding in findings]}


def screen(findings: Sequence["Finding"], as_of: datetime) -> "Table":
    """The findings as a table: level, metric, value, sentence and remedy."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"Miyabi DW at {as_of:%Y-%m-%d %H:%M %Z}", title_justify="left", pad_edge=False, expand=True)
    table.add_column("level", width=5)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("what was found", ratio=1)
    for finding in findings:
        value = "" if finding.value is None else f"{finding.value:,} {finding.unit}"
        advice = f"\n→ {finding.remedy}" if finding.remedy else ""
        mark = f"[{COLOURS[finding.level]}]{MARKS[finding.level]}[/]"
        table.add_row(mark, finding.name, value, escape(finding.sentence + advice))
    return table


def _print(findings: Sequence["Finding"], as_of: datetime) -> None:
    from rich.console import Console

    console = Console()
    console.print(screen(findings, as_of))
    console.print(f"verdict: {max((MARKS[f.level] for f in findings), key=list(MARKS.values()).index)}")


def _watch(app: App, seconds: int) -> int:
    """A live screen; an interrupt ends it with the last level's status."""
    from rich.live import Live

    findings = _findings(app)
    try:
        with Live(screen(findings, app.now), screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(seconds)
                fresh = App(app.debug, app.as_of)
                findings = _findings(fresh)
                live.update(screen(findings, fresh.now), refresh=True)
    except KeyboardInterrupt:
        return _status(findings)


def write_prometheus(path: Path, findings: Sequence["Finding"]) -> None:
    """The findings in Prometheus' text format, put in place at once so that a reader never sees half of it."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    from miyabi_dw.operations.findings import SEVERITY

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
