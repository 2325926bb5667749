"""miyabi-dw connect: a team's own history becomes the source."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.connect_add import add
from miyabi_dw.common.text import counted

if TYPE_CHECKING:
    from miyabi_dw.connect.landing import Progress, Seen
    from miyabi_dw.connect.preview import Preview
    from miyabi_dw.orchestration.runner.result import RunResult


@click.group(invoke_without_command=True, epilog="Example: miyabi-dw connect add git .")
@click.pass_context
def connect(context: click.Context) -> None:
    """Fill the source from git, GitHub and the logs of agents.

    Alone it proposes what lies here.

    \b
    Example: miyabi-dw connect add git .
    """
    if context.invoked_subcommand is None:
        _propose(context.obj)


def _propose(app: App) -> None:
    from miyabi_dw.connect.proposals import proposals

    found = proposals(app.settings, Path.cwd())
    for each in found:
        click.echo(f"{each.what}\n  {'is connected' if each.is_connected else each.command}")
    if not found:
        click.echo("Nothing to connect lies here. Go to a clone of your repository, or name what to read:")
        click.echo("  miyabi-dw connect add --help")
    elif any(each.is_connected for each in found):
        click.echo("\nThen:\n  miyabi-dw first-look")


@connect.command("list")
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> int:
    """List the connections: what they read, what is wrong.

    Also when they last did, and what they hold.

    Exit status 1 when something is wrong with one.

    \b
    Example: miyabi-dw connect list --json
    """
    from miyabi_dw.connect.listing import listed

    found = listed(app.settings)
    print_rows([asdict(each) for each in found], as_json, empty="there is no connection yet: miyabi-dw connect")
    return 1 if any(each.problem for each in found) else 0


@connect.command()
@click.argument("name")
@click.option("--all", "everything", is_flag=True, help="Read all again, not only what is new since the last sync.")
@json_option
@pass_app
def preview(app: App, name: str, *, everything: bool, as_json: bool) -> None:
    """Read what the next sync of NAME would, and write nothing.

    Shows counts, examples, and what would not be linked.

    \b
    Example: miyabi-dw connect preview cli
    """
    from miyabi_dw.connect.preview import preview as look

    with reading() as tell:
        found = look(app.settings, name, everything=everything, tell=tell)
    parts = _parts(found)
    if as_json:
        print_json(parts)
        return
    for title, rows in parts.items():
        if rows or title == "read":
            click.echo(f"{title}:")
            print_rows(rows, as_json=False, empty="nothing that is new")
    click.echo("nothing was written")


def _parts(found: "Preview") -> dict[str, list[dict[str, object]]]:
    given: Mapping[str, Mapping[str, Seen]] = {
        "read": found.records, "would not be linked": found.unlinked, "quarantined": found.quarantined,
        "passed over": found.skipped,
    }  # fmt: skip
    return {
        title: [
            {"what": what, "rows": seen.rows, "examples": "; ".join(seen.examples)}
            for what, seen in sorted(rows.items())
        ]
        for title, rows in given.items()
    }


@connect.command()
@click.argument("name", required=False)
@json_option
@pass_app
def sync(app: App, name: str | None, *, as_json: bool) -> int:
    """Read what is new in all connections, or in NAME.

    The source's tables are made of it.

    \b
    Example: miyabi-dw connect sync
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.connect.declarations import load_connections
    from miyabi_dw.operations.sync import prepare_once, sync_all

    declared = load_connections(app.settings)
    if name:
        declared.find(name)
    declared.require_any()
    with shown(as_json=as_json) as tell:
        prepare_once(app.database, app.settings)
        result = sync_all(app.settings, name or "", tell)
    tell_sync(app, result, as_json=as_json)
    return result.exit_status


def tell_sync(app: App, result: "RunResult", *, as_json: bool = False) -> None:
    """What a sync read, wrote and linked, and its page."""
    from miyabi_dw.connect import listing

    results = [asdict(each) for each in listing.results_of(app.database, result.run_id)]
    links = [asdict(each) for each in listing.links_of(app.database, result.run_id)]
    failures = [asdict(each) for each in listing.failures_of(app.database, result.run_id)]
    if as_json:
        print_json({"run": result.as_json(), "results": results, "links": links, "failures": failures})
        return
    told = [row for row in results if any(value for value in row.values() if isinstance(value, int))]
    print_rows(told, as_json=False, empty="nothing is new")
    for what in dict.fromkeys(link["what"] for link in links):
        of_it = [link for link in links if link["what"] == what]
        linked, total = sum(link["rows"] for link in of_it if link["is_linked"]), sum(link["rows"] for link in of_it)
        click.echo(f"\n{what}: {linked:,} of {total:,}")
        for link in of_it:
            examples = f", such as {link['examples'][0]}" if link["examples"] and not link["is_linked"] else ""
            said = "by" if link["is_linked"] else "not:"
            click.echo(f"  {link['rows']:>9,} {said} {link['reason']}{examples}")
    click.echo(f"\n{result.sentence}")


@connect.command()
@click.argument("name")
@click.option("--keep-rows/--delete-rows", default=None, help="Whether what it has brought stays; asked without it.")
@pass_app
def remove(app: App, name: str, *, keep_rows: bool | None) -> None:
    """Remove the connection NAME; what it has brought stays or goes.

    \b
    Example: miyabi-dw connect remove cli --keep-rows
    """
    from miyabi_dw.connect.listing import listed
    from miyabi_dw.connect.removal import check_removable
    from miyabi_dw.connect.removal import remove as remove_connection

    held = {each.name: each.rows for each in listed(app.settings)}
    check_removable(app.settings, name, list(held))
    rows = held.get(name, 0)
    if keep_rows is None:
        keep_rows = not rows or not click.confirm(f"Delete its {counted(rows, 'row')} from the source, too?")
    accounts = remove_connection(app.settings, name, delete_rows=not keep_rows)
    for account in accounts:
        if account.deleted or account.updated:
            click.echo(f"{account.table}: {account.deleted:,} rows deleted, {account.updated:,} changed")
    click.echo(f"{name} is removed" + (f"; its {counted(rows, 'row')} stay" if keep_rows and rows else ""))
    if not keep_rows:
        click.echo("the warehouse follows with its next runs and the weekly maintenance: miyabi-dw run weekly")


connect.add_command(add)


@contextmanager
def reading() -> Iterator["Progress"]:
    """Shows how far a reading is: a bar on a terminal, nothing in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("reading"), BarColumn(bar_width=24), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None, note="")

        def tell(done: int, total: int, unit: str) -> None:
            note = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
            progress.update(task, completed=done, total=total or None, note=note)

        yield tell


commands = (connect,)
