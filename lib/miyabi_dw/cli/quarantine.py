"""miyabi-dw quarantine: rows quarantined instead of loaded, and fields loaded as null."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.cli.words import LIMIT, ROW_ID, check_known

if TYPE_CHECKING:
    from miyabi_dw.common.timeframe import Interval

OVERVIEW = ("quarantine_id", "source_table", "source_key", "field", "state", "quarantined_at", "reason")


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw quarantine list")
def quarantine() -> None:
    """See quarantined rows, try them again, or discard them."""


@quarantine.command("list")
@click.option("--table", "source_table", metavar="NAME", help="Only rows of this source table.")
@click.option("--state", default="open", show_default=True, help="open, loaded, discarded, vanished, or all.")
@click.option("--run", "run_id", metavar="RUN", help="Only rows that this run quarantined or saw again.")
@click.option("--limit", type=LIMIT, default=200, show_default=True, help="How many at the most.")
@json_option
@pass_app
def list_entries(
    app: App, *, source_table: str | None, state: str, run_id: str | None, limit: int, as_json: bool
) -> int:
    """List the entries, newest first; exit status 1 when any is open."""
    from miyabi_dw.etl.quarantine import entries
    from miyabi_dw.etl.tables import source_tables
    from miyabi_dw.registry import find_run

    if source_table is not None:
        check_known("source table", source_table, source_tables())
    with app.database.connect("etl", application_name="miyabi-dw:quarantine list") as connection:
        run_id = run_id and find_run(connection, run_id).run_id
        found = entries(
            connection, source_table=source_table, state=None if state == "all" else state, run_id=run_id, at_most=limit
        )
    rows = [asdict(row) if as_json else {name: getattr(row, name) for name in OVERVIEW} for row in found]
    print_rows(rows, as_json, empty="there is no such entry")
    return int(any(row.state == "open" for row in found))


@quarantine.command()
@click.argument("quarantine_id", metavar="ID", type=ROW_ID)
@json_option
@pass_app
def show(app: App, *, quarantine_id: int, as_json: bool) -> None:
    """Show one entry: its whole row, the reason, the run."""
    from miyabi_dw.etl.quarantine import entry

    with app.database.connect("etl", application_name="miyabi-dw:quarantine show") as connection:
        found = asdict(entry(connection, quarantine_id))
    if as_json:
        print_json(found)
        return
    content = {f"{'value' if found['field'] else 'row'}: {name}": value for name, value in found.pop("content").items()}
    print_rows([{"field": name, "value": value} for name, value in (found | content).items()], as_json=False)


@quarantine.command()
@click.argument("ids", metavar="[ID]...", type=ROW_ID, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every open entry.")
@json_option
@pass_app
def retry(app: App, *, ids: tuple[int, ...], every: bool, as_json: bool) -> int:
    """Read the rows again after a repair in the source.

    Exit status 1 when any is still quarantined.
    """
    from miyabi_dw.common.errors import BadRequest
    from miyabi_dw.etl.quarantine import open_ids
    from miyabi_dw.etl.quarantine import retry as try_again
    from miyabi_dw.orchestration import api
    from miyabi_dw.registry.declarations import load_declarations

    if bool(ids) == every:
        raise BadRequest("say which entries", remedy="name their numbers, or give --all")

    def start(name: str, interval: "Interval") -> str:
        return api.run(name, interval=interval, settings=app.settings).sentence

    with app.database.connect("etl", application_name="miyabi-dw:quarantine retry") as connection:
        done = try_again(connection, ids or open_ids(connection), load_declarations(), start)
    if as_json:
        print_json([asdict(one) for one in done])
    else:
        for sentence in dict.fromkeys([one.run for one in done]):
            click.echo(sentence)
        for one in done:
            click.echo(one.sentence)
    return int(any(one.state == "open" for one in done))


@quarantine.command()
@click.argument("quarantine_id", metavar="ID", type=ROW_ID)
@click.option("--why", required=True, help="Why the row is discarded; kept with the entry.")
@pass_app
def discard(app: App, *, quarantine_id: int, why: str) -> None:
    """Discard an entry: its row stays out until the source changes it."""
    from miyabi_dw.etl.quarantine import discard as discard_entry

    with app.database.connect("etl", application_name="miyabi-dw:quarantine discard") as connection:
        discard_entry(connection, quarantine_id, why)
    click.echo(f"entry {quarantine_id} is discarded")


commands = (quarantine,)
