"""miyabi-dw version: what to write in a report of a fault, and whether warehouse and program fit."""

from dataclasses import asdict

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json


@click.command()
@json_option
@pass_app
def version(app: App, as_json: bool) -> None:
    """Show the versions of program, warehouse, server and Python.

    Starts no server.
    """
    from miyabi_dw.operations.versions import versions

    found = versions(app.settings)
    if as_json:
        print_json(asdict(found))
        return
    for line in found.lines():
        click.echo(line)


commands = (version,)
