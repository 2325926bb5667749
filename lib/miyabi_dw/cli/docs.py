"""miyabi-dw docs: the data dictionary and the command reference, made from the database and the program."""

from pathlib import Path

import click

from miyabi_dw.cli.common import App, pass_app


@click.group()
def docs() -> None:
    """Make the data dictionary and the command reference, or check them."""


@docs.command()
@pass_app
def write(app: App) -> None:
    """Write DATA_DICTIONARY.md and COMMANDS.md into docs, or where docs_dir says."""
    from miyabi_dw.common.paths import PROJECT

    for path, text in _made(app).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path)


@docs.command()
@pass_app
def check(app: App) -> int:
    """Say which of them are stale; exit status 1 when any is."""
    from miyabi_dw.operations.data_dictionary import stale

    found = stale(_made(app))
    for path in found:
        click.echo(f"{path.name} is stale: miyabi-dw docs write")
    return int(bool(found))


def _made(app: App) -> dict[Path, str]:
    from miyabi_dw.cli import cli
    from miyabi_dw.operations.data_dictionary import made

    with app.database.connect("analyst", application_name="miyabi-dw:docs") as connection:
        return made(app.settings.docs_dir, connection, cli)


commands = (docs,)
