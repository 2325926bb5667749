"""miyabi-dw costs: what executions cost by the price list."""

from dataclasses import asdict
from datetime import date

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.words import DAY
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month


@click.group(epilog="Example: miyabi-dw costs unpriced")
def costs() -> None:
    """Price executions again; see what has no price."""


@costs.command()
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First business day.")
@click.option("--until", type=DAY, metavar="DAY", help="Last business day, included; without it all that follow.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@pass_app
def reprice(app: App, *, first: date, until: date | None, dry_run: bool, as_json: bool) -> None:
    """Price executions by today's price list, and publish.

    Shows each model before and after.

    \b
    Example: miyabi-dw costs reprice --from 2026-01-01 --dry-run
    """
    from miyabi_dw.etl import costs as etl_costs

    done = etl_costs.reprice(app.database, app.settings, first, until, app.now, dry_run=dry_run)
    if as_json:
        print_json(asdict(done) | {"dry_run": dry_run})
        return
    print_rows(
        [asdict(model) for model in done.models], as_json=False, empty="every execution costs what the list says"
    )
    if done.archived_months:
        months = ", ".join(str(Month.from_key(key)) for key in done.archived_months)
        click.echo(f"{counted(len(done.archived_months), 'archived month')} keep their costs: {months}")
    if dry_run and done.models:
        click.echo("nothing was changed; run it without --dry-run to change it")


@costs.command()
@json_option
@pass_app
def unpriced(app: App, *, as_json: bool) -> None:
    """List the models without a list price, with their tokens.

    A line in model_prices.csv gives them one.
    """
    from miyabi_dw.etl import costs as etl_costs

    found = [asdict(model) for model in etl_costs.unpriced(app.database, app.settings)]
    print_rows(found, as_json, empty="every model has a price")


@costs.command()
@json_option
@pass_app
def suspects(app: App, *, as_json: bool) -> None:
    """List executions whose reported cost is far from the price list."""
    from miyabi_dw.etl import costs as etl_costs

    print_rows([asdict(row) for row in etl_costs.suspects(app.database)], as_json, empty="no reported cost is suspect")


commands = (costs,)
