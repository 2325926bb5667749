"""The menu of `miyabi-dw monitor --interactive`: each choice is a command that can also be typed."""

import webbrowser
from collections.abc import Callable

import click

from miyabi_dw.cli.common import App
from miyabi_dw.common.errors import MiyabiError

MENU = """
  1  refresh                2  run a pipeline now      3  pause a pipeline
  4  unpause a pipeline     5  last runs               6  log of a run
  7  open the reports       q  quit"""


def show_menu(app: App, look: Callable[[], None]) -> None:
    """Asks and does until `q`; a choice that fails says why and the menu stays."""
    choices: dict[str, Callable[[], None]] = {
        "1": look,
        "2": lambda: _type("run", _ask_pipeline()),
        "3": lambda: _type("pause", _ask_pipeline(), "--why", click.prompt("Why")),
        "4": lambda: _type("unpause", _ask_pipeline()),
        "5": lambda: _type("runs"),
        "6": lambda: _type("watch", click.prompt("Run", default="latest")),
        "7": lambda: _open_report(app),
    }
    while True:
        click.echo(MENU)
        choice = click.prompt("Choice", default="q", show_default=False).strip().lower()
        if choice == "q":
            return
        try:
            choices.get(choice, lambda: click.echo("1 to 7, or q"))()
        except (MiyabiError, click.ClickException) as error:
            click.echo(f"error: {error}", err=True)


def _ask_pipeline() -> str:
    from miyabi_dw.registry.declarations import load_declarations

    names = list(load_declarations())
    for number, name in enumerate(names, start=1):
        click.echo(f"  {number}  {name}")
    return names[click.prompt("Pipeline", type=click.IntRange(1, len(names))) - 1]


def _type(*words: str) -> None:
    """Runs the command as if it had been typed, after showing it."""
    from miyabi_dw.cli import cli

    click.secho(f"$ miyabi-dw {' '.join(words)}", dim=True)
    cli.main(list(words), prog_name="miyabi-dw", standalone_mode=False)


def _open_report(app: App) -> None:
    page = app.settings.reports_dir / "index.html"
    click.echo(page)
    if not webbrowser.open(page.as_uri()):
        click.echo("No browser was found; open the file above.")
