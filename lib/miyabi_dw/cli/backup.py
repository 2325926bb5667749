"""miyabi-dw backup: makes, proves and lists backups of the warehouse."""

from dataclasses import asdict

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows


@click.group(invoke_without_command=True, epilog="Example: miyabi-dw backup verify latest")
@click.option("--with-reports", is_flag=True, help="Also back up the reports.")
@json_option
@click.pass_context
def backup(context: click.Context, *, with_reports: bool, as_json: bool) -> None:
    """Back up the warehouse, restore the copy and compare it.

    A backup counts as good only after that.

    \b
    Example: miyabi-dw backup --with-reports
    """
    if context.invoked_subcommand is None:
        _make(context.obj, with_reports, as_json)


def _make(app: App, with_reports: bool, as_json: bool) -> None:
    from miyabi_dw.operations.backup import back_up

    done = back_up(app.database, app.settings, app.now, with_reports=with_reports)
    if as_json:
        print_json(done.as_json())
        return
    click.echo(done.sentence)
    for backup_id in done.removed:
        click.echo(f"removed {backup_id}, older than {app.settings.backup_retention_days} days")


@backup.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List all backups, youngest first; works without a warehouse too."""
    from miyabi_dw.operations.backup import list_backups

    rows = [asdict(found) for found in list_backups(app.database, app.settings)]
    print_rows(rows, as_json, empty="there is no backup")


@backup.command()
@click.argument("wanted", metavar="BACKUP")
@json_option
@pass_app
def verify(app: App, wanted: str, as_json: bool) -> None:
    """Restore BACKUP into a scratch database and compare.

    BACKUP is an id, a folder or `latest`.
    """
    from miyabi_dw.operations.backup import find, prove

    folder = find(app.settings, wanted)
    manifest = prove(app.database, app.settings, folder)
    rows = sum(content.rows for content in manifest.content.values())
    if as_json:
        print_json({"backup_id": manifest.backup_id, "state": "good", "rows": rows})
    else:
        click.echo(f"{manifest.backup_id} is good: {rows:,} rows of {len(manifest.content)} tables agree")


commands = (backup,)
