"""miyabi-dw run, stage, resume, replay, cancel, pause, unpause, pipelines: what an operator does with pipelines."""

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, Decorated, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.words import WHEN

if TYPE_CHECKING:
    from miyabi_dw.common.timeframe import Interval
    from miyabi_dw.orchestration.runner.result import RunResult


def interval_options(command: Decorated) -> Decorated:
    """Adds --date, --from, --to and --hour."""
    for option in (
        click.option("--hour", "at_hour", metavar="HOUR", help="One hour: 2026-01-31T02, or with its offset."),
        click.option("--to", "last", metavar="DAY", help="Last day of a wide interval, included."),
        click.option("--from", "first", metavar="DAY", help="First day of a wide interval, run as one."),
        click.option("--date", "day", metavar="DAY", help="One business day: 2026-01-31, today or yesterday."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("pipeline")
@interval_options
@click.option("--parameter", "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="One more parameter.")
@json_option
@pass_app
def run(app: App, /, pipeline: str, parameters: tuple[str, ...], as_json: bool, **words: str | None) -> int:
    """Run a pipeline or job now.

    Without a date, for the latest interval that is over.

    \b
    Example: miyabi-dw run daily_issue_processing_etl --date 2026-01-31
    """
    interval = _interval(app, pipeline, words)
    given = _pairs(parameters)
    _warm_up(pipeline)
    _check_data(app, interval, words)
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.orchestration import api

    with shown(as_json=as_json) as tell:
        result = api.run(pipeline, interval=interval, as_of=app.now, parameters=given, settings=app.settings, tell=tell)
    return _tell(result, as_json=as_json)


def _warm_up(pipeline: str) -> None:
    """Kernels begin to get ready while the rest is still being imported."""
    from miyabi_dw import engine
    from miyabi_dw.registry.declarations import load_declarations

    stages = [found.stages for found in load_declarations().values() if pipeline in (found.name, found.short)]
    if stages:
        with contextlib.suppress(engine.Unavailable):
            engine.warm_up(*stages[0])


def _interval(app: App, pipeline: str, words: dict[str, str | None]) -> "Interval | None":
    from miyabi_dw.orchestration.runner import request
    from miyabi_dw.registry.declarations import load_declarations

    found = load_declarations().find(pipeline)
    return request.requested_interval(found, app.now, app.settings, **words)


def _check_data(app: App, interval: "Interval | None", words: dict[str, str | None]) -> None:
    from miyabi_dw.orchestration.runner import request

    if interval is not None and any(words.values()):
        request.check_has_data(interval, request.data_begins(app.database, app.settings), app.settings)


def _pairs(parameters: tuple[str, ...]) -> dict[str, str]:
    for parameter in parameters:
        if "=" not in parameter:
            raise click.BadParameter(f"{parameter!r} is not of the form NAME=VALUE")
    return dict(parameter.split("=", 1) for parameter in parameters)


def _tell(result: "RunResult", *, as_json: bool) -> int:
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(result.sentence)
    return result.exit_status


@click.command()
@click.argument("pipeline")
@click.argument("stage")
@interval_options
@json_option
@pass_app
def stage(app: App, /, pipeline: str, stage: str, as_json: bool, **words: str | None) -> int:
    """Try one STAGE of a pipeline by hand.

    Stages tried on the same interval share one batch.

    \b
    Example: miyabi-dw stage daily_issue_processing_etl 01_extract --date 2026-01-31
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.orchestration import api

    interval = _interval(app, pipeline, words)
    _check_data(app, interval, words)
    with shown(as_json=as_json) as tell:
        done = api.run_stage(
            pipeline, stage, interval=interval, as_of=app.now, settings=app.settings, tell=tell
        )  # fmt: skip
    failure = done.execution.failure
    if as_json:
        print_json({"state": done.execution.state, "notebook": done.output, "failure": failure and vars(failure)})
    else:
        remedy = f"; {failure.remedy}" if failure and failure.remedy else ""
        said = f": {failure.reason}{remedy}" if failure else ""
        click.echo(f"{stage} {done.execution.state} in {done.execution.seconds:.1f} s{said}; see {done.output}")
    return 0 if done.is_good else 1


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
@pass_app
def resume(app: App, run_id: str, as_json: bool) -> int:
    """Run the stage that failed and what follows, on the same batch."""
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.orchestration import api

    with shown(as_json=as_json) as tell:
        return _tell(api.resume(run_id, settings=app.settings, tell=tell), as_json=as_json)


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
@pass_app
def replay(app: App, run_id: str, as_json: bool) -> int:
    """Check that a run is reproducible.

    It is repeated on the extract that it kept, up to the load, and the result compared.

    The warehouse stays as it is. Exit status 1 when the result differs.
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.orchestration import api

    with shown(as_json=as_json) as tell:
        done = api.replay(run_id, settings=app.settings, tell=tell)
    if as_json:
        found = [vars(each) for each in done.differences]
        print_json(
            {**done.result.as_json(), "rows_from": done.rows_from, "is_same": done.is_same, "differences": found}
        )
    else:
        click.echo(done.result.sentence)
        click.echo(f"rows read from {done.rows_from}")
        if done.result.is_good:
            print_rows([vars(each) for each in done.differences], as_json=False, empty="the result is the same")
    return 0 if done.is_same else 1


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
@pass_app
def cancel(app: App, run_id: str, as_json: bool) -> int:
    """Stop a run, wherever it runs.

    No query and no lock of it remains.
    """
    from miyabi_dw.orchestration import api

    ended = api.cancel(app.database, run_id)
    if as_json:
        print_json(asdict(ended))
    else:
        click.echo(f"{ended.run_id} is {ended.state}: {ended.reason}")
    return 0


@click.command()
@click.argument("pipeline")
@click.option("--until", type=WHEN, metavar="WHEN", help="End of the pause: a day, or a time with its offset.")
@click.option("--why", required=True, help="Reason, for whoever wonders.")
@pass_app
def pause(app: App, pipeline: str, until: str | None, why: str) -> None:
    """Keep the schedule from starting a pipeline.

    Runs that it misses are caught up afterwards, as its declaration says.
    """
    from miyabi_dw.common import timeframe
    from miyabi_dw.common.errors import BadRequest
    from miyabi_dw.orchestration import api
    from miyabi_dw.registry.declarations import load_declarations

    name = load_declarations().find(pipeline).name
    end = timeframe.now(until, app.settings.business_zone) if until else None
    if end is not None and end <= app.now:
        raise BadRequest("the pause ends before it begins", f"{until}", "choose a later end")
    api.pause(app.database, name, end, why)
    said = f" until {end.astimezone(app.settings.business_zone):%Y-%m-%d %H:%M %Z}" if end else ""
    click.echo(f"{name} is paused{said}")


@click.command()
@click.argument("pipeline")
@pass_app
def unpause(app: App, pipeline: str) -> None:
    """Let the schedule start a paused pipeline again."""
    from miyabi_dw.orchestration import api
    from miyabi_dw.registry.declarations import load_declarations

    name = load_declarations().find(pipeline).name
    click.echo(f"{name} runs again as scheduled" if api.unpause(app.database, name) else f"{name} was not paused")


@click.command("pipelines")
@json_option
@pass_app
def pipelines_(app: App, as_json: bool) -> int:
    """List pipelines and jobs: last run, next run, what is due.

    Exit status 1 when a declaration is refused; the others are listed all the same.
    """
    from miyabi_dw.orchestration.schedule.status import pipeline_rows
    from miyabi_dw.registry.declarations import load_declarations

    declared = load_declarations()
    rows = [asdict(row) for row in pipeline_rows(app.settings, app.now, declared)]
    print_rows(rows, as_json, only_json=("kind", "owner"))
    for refused in declared.refused:
        click.echo(f"error: {refused.error}", err=True)
    return 1 if declared.refused else 0


commands = (run, stage, resume, replay, cancel, pause, unpause, pipelines_)
