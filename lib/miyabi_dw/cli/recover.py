"""miyabi-dw recover: brings back a fact or the whole database, and rehearses both."""

from datetime import date

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.words import DAY
from miyabi_dw.common.timeframe import check_order


@click.group(epilog="Example: miyabi-dw recover database --backup latest")
def recover() -> None:
    """Bring back what was lost."""


@recover.command()
@click.argument("name")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First business day; by default the source's first.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last business day, included; by default today.")
@json_option
@pass_app
def fact(app: App, name: str, first: date | None, last: date | None, as_json: bool) -> int:
    """Rebuild a fact table from the source, by whole months.

    The rebuilt rows are compared with the source; the run's report has the details.

    Readers see the old rows until the new ones are there. Interrupted, give the same command again.

    \b
    Example: miyabi-dw recover fact fact_issue_processing --from 2025-11-01 --to 2025-11-17
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.operations.recovery import ddl
    from miyabi_dw.orchestration import api

    ddl.definition(name)
    _check_days(app, first, last)
    with shown(as_json=as_json) as tell:
        result = api.run(
            "recover_fact_table", as_of=app.now, settings=app.settings, tell=tell,
            parameters={"fact": name, "first_day": str(first or ""), "last_day": str(last or "")},
        )  # fmt: skip
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(result.sentence)
    return result.exit_status


def _check_days(app: App, first: date | None, last: date | None) -> None:
    from miyabi_dw.orchestration import backfill
    from miyabi_dw.orchestration.runner.request import data_begins

    check_order(first or date.min, last or app.today)
    if last:
        backfill.check_begins(last, data_begins(app.database, app.settings), app.settings)


@recover.command()
@click.option("--backup", "wanted", required=True, metavar="BACKUP", help="An id, a folder, or `latest`.")
@click.option("--with-reports", is_flag=True, help="Also bring back reports that are missing.")
@json_option
@pass_app
def database(app: App, wanted: str, *, with_reports: bool, as_json: bool) -> int:
    """Restore BACKUP into an empty database and load what followed.

    Exit status and last line are the monitor's.

    A database that is not empty is refused. Interrupted, give the same command again.

    \b
    Example: miyabi-dw recover database --backup latest
    """
    from miyabi_dw.monitor.findings import SEVERITY
    from miyabi_dw.operations.recovery import recover_database
    from miyabi_dw.orchestration import api

    done = recover_database(app.database, app.settings, wanted, app.now, with_reports=with_reports)
    values = {"backup": str(done.folder)}
    record = api.run("recover_database", as_of=app.now, settings=app.settings, parameters=values)
    if as_json:
        print_json(done.as_json() | {"page": record.page and str(record.page)})
    else:
        for finding in done.findings:
            if finding.level != "ok":
                click.echo(f"{finding.level}: {finding.sentence} {finding.remedy}")
        click.echo(f"{done.sentence}; see {record.page}" if record.page else done.sentence)
    return SEVERITY[done.level]


@recover.command()
@click.option("--backup", "wanted", default="latest", show_default=True, metavar="BACKUP", help="An id or a folder.")
@json_option
@pass_app
def drill(app: App, wanted: str, as_json: bool) -> None:
    """Rehearse both recoveries in a scratch database.

    Says how long they took.
    """
    from miyabi_dw.operations.recovery import drill as rehearse

    done = rehearse(app.database, app.settings, app.now, wanted)
    if as_json:
        print_json(vars(done))
    else:
        click.echo(done.sentence)


commands = (recover,)
