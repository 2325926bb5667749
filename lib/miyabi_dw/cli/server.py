"""miyabi-dw server: the embedded PostgreSQL server of this MIYABI_HOME."""

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json


@click.group(epilog="Example: miyabi-dw server status")
def server() -> None:
    """Start, stop and look at the embedded PostgreSQL server."""


@server.command()
@pass_app
def start(app: App) -> None:
    """Start the embedded server, unless it runs.

    Other commands do so on demand.
    """
    from miyabi_dw.db import embedded

    found = embedded.ensure_running(app.settings)
    click.echo(
        f"{'started' if found.was_started else 'already running'}: pid {found.pid}, socket in {found.socket_dir}"
    )


@server.command()
@pass_app
def stop(app: App) -> None:
    """Stop the embedded server; its clients are disconnected."""
    from miyabi_dw.db import embedded

    click.echo("stopped" if embedded.stop(app.settings) else "it was not running")


@server.command()
@json_option
@pass_app
def status(app: App, as_json: bool) -> int:
    """Show whether the embedded server runs, and its address.

    Exit status 1 when it does not.
    """
    from miyabi_dw.db import embedded

    found = embedded.status(app.settings)
    if as_json:
        print_json({"running": bool(found), "pid": found and found.pid, "socket_dir": found and found.socket_dir})
    else:
        click.echo(f"running: pid {found.pid}, socket in {found.socket_dir}" if found else "not running")
    return 0 if found else 1


commands = (server,)
