"""miyabi-dw backfill: fills a stretch of the past."""

import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.layout import told
from miyabi_dw.cli.words import SOURCE_DAY
from miyabi_dw.common.timeframe import check_order

if TYPE_CHECKING:
    from miyabi_dw.orchestration.backfill import Outcome, Plan


@click.command()
@click.argument("pipeline")
@click.option("--from", "first", type=SOURCE_DAY, required=True, metavar="DAY", help="First business day.")
@click.option("--to", "last", type=SOURCE_DAY, required=True, metavar="DAY", help="Last business day, included.")
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Runs made at the same time: 1, or all that the cluster can."
)
@click.option("--scheduler", metavar="ADDRESS", help="Make the runs on a Dask cluster: tcp://host:8786.")
@click.option(
    "--chunk", type=click.Choice(["auto", "unit", "day", "month", "quarter"]), default="auto", show_default=True,
    help="How much of the past one run covers.",
)  # fmt: skip
@click.option("--redo", is_flag=True, help="Run again what is already done.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@json_option
@pass_app
def backfill(
    app: App, /, pipeline: str, first: date, last: date, workers: int | None, scheduler: str | None, chunk: str,
    redo: bool, dry_run: bool, as_json: bool,
) -> int:  # fmt: skip
    """Run a pipeline for every past interval that is not done yet.

    Stop it with Ctrl-C and start it again: it goes on where it was. Scheduled runs go first.

    \b
    Example: miyabi-dw backfill daily_issue_processing_etl --from 2025-01-01 --to 2025-12-31 --workers 2
    """
    from miyabi_dw.cli.backfill_progress import shown
    from miyabi_dw.orchestration import backfill as work

    at_once = workers or (work.count_workers(scheduler) if scheduler else 1)
    plan = _plan(app, pipeline, (first, last), chunk, at_once, redo=redo, tell=_silent if as_json else _say)
    if not as_json:
        click.echo(told("", plan.sentence, sys.stdout if dry_run else sys.stderr), err=not dry_run)
    if dry_run or not plan.chunks:
        _print_plan(app, plan, as_json=as_json)
        return 0
    with shown(app, plan, as_json=as_json) as screen:
        outcome = work.run_plan(app.settings, plan, scheduler=scheduler, tell=screen.ended, look=screen.looked)
    if as_json:
        print_json(outcome.as_json())
    else:
        _print_outcome(outcome)
    return outcome.exit_status


def _plan(
    app: App, pipeline: str, days: tuple[date, date], chunk: str, workers: int, *, redo: bool,
    tell: Callable[[str], None],
) -> "Plan":  # fmt: skip
    from miyabi_dw.orchestration import backfill as work
    from miyabi_dw.orchestration.runner import request
    from miyabi_dw.registry.declarations import load_declarations

    found = load_declarations().find(pipeline)
    check_order(*days)
    work.check_begins(days[0], request.data_begins(app.database, app.settings), app.settings)
    span = request.day_range(*days, app.settings)
    return work.make_plan(
        app.settings, app.database, found, span, app.now, chunk=chunk, workers=workers, redo=redo, tell=tell  # type: ignore[arg-type]
    )  # fmt: skip


def _say(line: str) -> None:
    click.echo(told("", line, sys.stderr), err=True)


def _silent(line: str) -> None:
    """For --json, where nothing but the result is printed."""


def _print_plan(app: App, plan: "Plan", *, as_json: bool) -> None:
    if as_json:
        rows = [{"from": chunk.start, "to": chunk.end} for chunk in plan.chunks]
        print_json({"units": plan.units, "done": plan.done, "seconds": plan.seconds, "runs": rows})
        return
    for chunk in plan.chunks:
        click.echo(f"  {chunk.told(app.settings.business_zone)}")


def _print_outcome(outcome: "Outcome") -> None:
    stopped = f"; {outcome.stopped}, take it up again with the same command" if outcome.stopped else ""
    click.echo(
        f"{outcome.succeeded} run(s) succeeded, {len(outcome.failed)} failed, {outcome.left} not begun"
        f" in {outcome.seconds:.0f} s{stopped}"
    )


commands = (backfill,)
