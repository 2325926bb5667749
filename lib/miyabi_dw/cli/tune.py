"""miyabi-dw tune: slow statements, advice, and following it."""

from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup

if TYPE_CHECKING:
    from miyabi_dw.operations.review import Advice


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw tune list")
def tune() -> None:
    """See what is slow and what would help."""


@tune.command()
@json_option
@pass_app
def slow(app: App, as_json: bool) -> None:
    """Print the ten slowest statements with their plans."""
    from miyabi_dw.operations.review import slowest

    with app.database.connect("owner", application_name="miyabi-dw:tune", statement_timeout=60) as connection:
        found = slowest(connection)
    if as_json:
        print_json([vars(statement) for statement in found])
        return
    for statement in found:
        click.echo(f"{statement.mean_ms} ms, {statement.calls} times: {statement.line[:200]}")
        click.echo(statement.lines() + "\n")


@tune.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the advice there is now, each with an id."""
    rows = [
        {"id": a.advice_id, "kind": a.kind, "table": a.table, "statement": a.text, "why": a.why} for a in _advice(app)
    ]
    print_rows(rows, as_json, empty="there is nothing to advise")


@tune.command()
@click.argument("advice_id", metavar="ID")
@json_option
@pass_app
def apply(app: App, advice_id: str, as_json: bool) -> None:
    """Follow an advice of `tune list`, measured before and after."""
    from miyabi_dw.operations import review

    applied = review.apply(app.database, review.find_advice(_advice(app), advice_id))
    if as_json:
        print_json(vars(applied) | {"advice": vars(applied.advice)})
    else:
        click.echo(applied.sentence)


def _advice(app: App) -> "list[Advice]":
    from miyabi_dw.operations.review import advise, slowest

    with app.database.connect("owner", application_name="miyabi-dw:tune", statement_timeout=60) as connection:
        return advise(connection, slowest(connection), app.now)


commands = (tune,)
