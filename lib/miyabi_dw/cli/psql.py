"""miyabi-dw psql: PostgreSQL's own shell, connected and logged in."""

import os
from typing import TYPE_CHECKING, cast

import click

from miyabi_dw.cli.common import App, pass_app

if TYPE_CHECKING:
    from miyabi_dw.db.connection import Role


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--source", "role", flag_value="source", help="Open the source database, read-only.")
@click.option("--admin", "role", flag_value="owner", help="Open the warehouse as its owner.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGS]")
@pass_app
def psql(app: App, role: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse, read-only.

    ARGS go to psql.

    \b
    Example: miyabi-dw psql -- -c "SELECT count(*) FROM fact_issue_processing"
    """
    from miyabi_dw.db import readers
    from miyabi_dw.db.client_programs import Server, choose

    wanted = cast("Role", role or "analyst")
    login = readers.new_login(app.database, app.settings) if wanted == "analyst" else None
    with app.database.connect(wanted, application_name=readers.NAME, login=login) as connection:
        program = choose("psql", Server.of(connection), app.settings)
    # The password travels in the environment: the process list shows arguments to everybody.
    environment = os.environ | app.database.client_environment(wanted, login)
    os.execve(program.path, ["psql", *arguments], environment)


commands = (psql,)
