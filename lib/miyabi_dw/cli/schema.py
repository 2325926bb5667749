"""miyabi-dw schema: the warehouse's migrations."""

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_rows


@click.group(epilog="Example: miyabi-dw schema migrate")
def schema() -> None:
    """Bring the warehouse's tables up to date."""


@schema.command()
@pass_app
def migrate(app: App) -> None:
    """Apply migrations, then load catalogues and calendar.

    Settings that the warehouse needs are brought in, too.
    """
    from miyabi_dw.db import migrations, roles
    from miyabi_dw.etl import catalogue

    with app.database.connect("owner", application_name="miyabi-dw:schema migrate") as connection:
        names = migrations.migrate(connection)
        loaded = catalogue.bring_in(connection, app.settings)
        lack = roles.lacking(connection) if app.settings.warehouse_roles else None
    for name in names:
        click.echo(f"applied {name}")
    for part in loaded:
        if part.changed:
            click.echo(f"loaded {part.name}: {part.inserted} new, {part.updated} changed, {part.deleted} gone")
    if lack:
        raise lack
    click.echo(f"the warehouse is up to date ({app.database.describe('owner')})")


@schema.command()
@json_option
@pass_app
def status(app: App, as_json: bool) -> int:
    """List the migrations; exit status 1 when some are pending."""
    from miyabi_dw.db import migrations, scripts

    with app.database.connect("owner", application_name="miyabi-dw:schema status") as connection:
        missing = {migration.name for migration in migrations.pending(connection)}
    rows = [
        {"migration": migration.name, "state": "pending" if migration.name in missing else "applied"}
        for migration in scripts.migrations()
    ]
    print_rows(rows, as_json)
    return 1 if missing else 0


commands = (schema,)
