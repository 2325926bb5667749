"""miyabi-dw psql: PostgreSQL's own shell, connected and logged in."""

import os

import click

from miyabi_dw.cli.common import App, pass_app


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--source", "role", flag_value="source", help="Open the source database, read-only.")
@click.option("--admin", "role", flag_value="owner", help="Open the warehouse as its owner.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGS]")
@pass_app
def psql(app: App, role: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse with the read-only role; ARGS go to psql.

    \b
    Example: miyabi-dw psql -- -c "SELECT count(*) FROM fact_issue_processing"
    """
    from miyabi_dw.db import embedded

    program = embedded.binary("psql", app.settings)
    # The password travels in the environment: the process list shows arguments to everybody.
    environment = os.environ | app.database.client_environment(role or "analyst")  # type: ignore[arg-type]
    os.execve(program, ["psql", *arguments], environment)


commands = (psql,)
