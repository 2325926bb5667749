"""miyabi-dw runs: the registry and the reports; watch: a run as it goes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, editor_options, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.cli.run import resume
from miyabi_dw.cli.words import DAY, DAYS_KEPT, LIMIT

if TYPE_CHECKING:
    from miyabi_dw.registry import RunFailure, RunRecord

STATES = ("queued", "running", "succeeded", "failed", "skipped", "lost", "cancelled")


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw runs show latest")
def runs() -> None:
    """List, show, open and compare runs; verify their reports."""


@runs.command("list")
@click.option("--pipeline", help="Only runs of this pipeline or job.")
@click.option("--state", type=click.Choice(STATES), help="Only runs in this state.")
@click.option("--since", type=DAY, metavar="DAY", help="Only runs from this day on.")
@click.option("--limit", default=20, show_default=True, type=LIMIT, help="How many, youngest first.")
@json_option
@pass_app
def list_(
    app: App, pipeline: str | None, state: str | None, since: date | None, limit: int, as_json: bool
) -> None:  # fmt: skip
    """List runs, youngest first."""
    from miyabi_dw import registry
    from miyabi_dw.common import timeframe

    start = timeframe.business_day(since, app.settings.business_zone).start if since else None
    with app.database.connect("etl") as connection:
        found = registry.list_runs(connection, pipeline=_full_name(pipeline), state=state, since=start, limit=limit)
    rows = [row.as_seen() for row in found]
    print_rows([asdict(row) if as_json else _short(app, row) for row in rows], as_json, empty="no runs")


def _full_name(pipeline: str | None) -> str | None:
    from miyabi_dw.registry.declarations import load_declarations

    return load_declarations().find(pipeline).name if pipeline else None


def _short(app: App, row: "RunRecord") -> dict[str, object]:
    return {
        "run": row.run_id,
        "interval": row.interval.told(app.settings.business_zone) if row.interval else "",
        "trigger": row.trigger,
        "state": row.state,
        "seconds": None if row.seconds is None else round(float(row.seconds), 1),
        "reason": row.reason or "",
    }


@runs.command()
@click.argument("run_id", metavar="RUN")
@json_option
@pass_app
def show(app: App, run_id: str, as_json: bool) -> None:
    """Show one run: stages, rows, facts, checks, error. RUN is an identifier, a part of one, or `latest`."""
    from miyabi_dw import registry
    from miyabi_dw.registry import outcomes

    with app.database.connect("etl") as connection:
        found = registry.find_run(connection, run_id).as_seen()
        parts = {
            "stages": [asdict(attempt) for attempt in registry.attempts(connection, found.run_id)],
            "rows": [asdict(counts) for counts in outcomes.row_counts(connection, found.run_id)],
            "facts": [asdict(counts) for counts in outcomes.fact_counts(connection, found.run_id)],
            "checks": [asdict(check) for check in outcomes.check_outcomes(connection, found.run_id)],
        }
    if as_json:
        print_json({**asdict(found), **parts})
        return
    _print_run(app, found, parts)


def _print_run(app: App, found: "RunRecord", parts: Mapping[str, list[dict[str, object]]]) -> None:
    for name in ("run_id", "pipeline", "interval_start", "interval_end", "as_of", "trigger", "parent_run_id", "state",
                 "reason", "requested_by", "host", "pid", "started_at", "seconds", "archive_error"):  # fmt: skip
        if (value := getattr(found, name)) is not None:
            click.echo(f"{name:<16} {value}")
    if found.archive_path:
        click.echo(f"{'page':<16} {app.settings.reports_dir / found.archive_path / 'index.html'}")
    stages = [{**stage, "cells": f"{stage['cells_completed']} of {stage['cells_total']}"} for stage in parts["stages"]]
    wanted = ("stage", "attempt", "state", "cells", "seconds", "engine")
    shown = {**parts, "stages": [{name: stage[name] for name in wanted} for stage in stages]}
    shown["checks"] = [check for check in parts["checks"] if check["outcome"] != "passed"]
    for title, rows in shown.items():
        if rows:
            click.echo(f"\n{title if title != 'checks' else 'checks that did not pass'}")
            print_rows(rows, as_json=False)
    if found.failure:
        _print_failure(found.failure)


def _print_failure(failure: "RunFailure") -> None:
    click.echo("\nerror")
    for name in ("stage", "reason", "code", "error_class", "error_message", "remedy"):
        if value := getattr(failure, name):
            click.echo(f"  {name:<14} {value}")
    for frame in failure.frames:
        click.echo(f"  {frame}")


@runs.command()
@click.argument("first")
@click.argument("second")
@json_option
@pass_app
def diff(app: App, first: str, second: str, as_json: bool) -> int:
    """Compare two runs; exit status 1 when they differ."""
    from miyabi_dw.orchestration.runner.diff import differences

    with app.database.connect("etl") as connection:
        found = [vars(each) for each in differences(connection, first, second)]
    print_rows(found, as_json, empty="the runs do not differ")
    return 1 if found else 0


@runs.command()
@json_option
@pass_app
def verify(app: App, as_json: bool) -> int:
    """Compare every archived file with its manifest and the chain.

    Exit status 1 when something was changed.
    """
    from miyabi_dw import reports

    found = [vars(finding) for finding in reports.verify(app.settings, app.database)]
    print_rows(found, as_json, empty="the reports are as they were written")
    return 1 if found else 0


@runs.command()
@click.option("--days", type=DAYS_KEPT, help="Keep this many days; by default the setting retention_days, 30.")
@json_option
@pass_app
def prune(app: App, days: int | None, as_json: bool) -> None:
    """Remove old pages, logs, batches and registry rows.

    Manifests stay, and rows that something refers to.
    """
    from datetime import timedelta

    from miyabi_dw.orchestration.runner.prune import prune as prune_runs

    before = app.now - timedelta(days=days or app.settings.retention_days)
    print_rows([prune_runs(app.settings, app.database, before)], as_json)


@runs.command("archive")
@json_option
@pass_app
def archive(app: App, as_json: bool) -> None:
    """Write the pages of runs that have none.

    The disk was full then, or their runner was killed.
    """
    from miyabi_dw import reports

    written = reports.write_missing(app.settings, app.database)
    print_rows([{"page": str(page)} for page in written], as_json, empty="no page is missing")


@runs.command("open")
@click.argument("run_id", metavar="RUN")
@click.option("--stage", metavar="NAME", help="By default the stage that failed, else the last one.")
@click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write it there and open nothing.")
@click.option("--fresh", is_flag=True, help="As the run left it, without what you changed since.")
@click.option("--same-batch", is_flag=True, help="Keep run_id: work on the run's own batch and record.")
@editor_options
@pass_app
def open_(
    app: App, run_id: str, stage: str | None, output: str | None, fresh: bool, same_batch: bool, port: int,
    headless: bool,
) -> None:  # fmt: skip
    """Open the notebook of a run in marimo, at its state.

    Its parameters can be edited, its outputs are shown.

    Nothing runs until you say so. run_id is left empty, so that what you run works on a batch of your own and changes
    nothing of the archived run; begin with 01_extract, which reads the very rows of the run where it kept them. Your
    copy stays under MIYABI_HOME/opened.

    \b
    Example: miyabi-dw runs open latest --stage gate
    """
    from miyabi_dw import reports
    from miyabi_dw.cli.notebook import open_in_marimo
    from miyabi_dw.workbench import open_run

    found = open_run.find_notebook(app.settings, app.database, run_id, stage)
    document = open_run.at_its_state(reports.read_notebook(found), None if same_batch else open_run.apart(found))
    if output:
        open_run.write(document, Path(output))
        click.echo(output)
        return
    # A folder each, and in it the file that marimo saves to.
    name = found.name.removesuffix(".ipynb.gz")
    copy = app.settings.home / "opened" / found.parent.name / name / f"{name}.py"
    if fresh or not copy.exists():
        open_run.write_with_outputs(document, copy)
    click.echo(f"{copy}; stop with Ctrl-C", err=True)
    open_in_marimo(copy, "edit", port, headless=headless)


runs.add_command(resume)


@click.command()
@click.argument("run_id", metavar="RUN", default="latest")
@pass_app
def watch(app: App, run_id: str) -> int:
    """Watch a run live: stage, cell, log; exit status as the run's."""
    from miyabi_dw.cli.live_view import watch_run

    return watch_run(app, run_id)


commands = (runs, watch)
