"""miyabi-dw notebook: opens an analysts' notebook in marimo, connected and ready, or makes one of one's own."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from miyabi_dw.cli.common import App, editor_options, json_option, pass_app, print_rows
from miyabi_dw.cli.groups import ListingGroup

if TYPE_CHECKING:
    from miyabi_dw.web.apps import Notebook

OPEN = "open"


class Notebooks(ListingGroup):
    """A word that is none of its commands names a notebook, which is opened."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else [OPEN, *args])


@click.group(
    cls=Notebooks,
    context_settings={"ignore_unknown_options": True},
    epilog="Example: miyabi-dw notebook agent_performance",
)
def notebook() -> None:
    """Open an analysts' notebook in marimo, or make a new one.

    \b
    Example: miyabi-dw notebook development_performance
    """


@notebook.command("list")
@json_option
@pass_app
def list_(app: App, *, as_json: bool) -> None:
    """List the notebooks, your own ones last."""
    rows = [asdict(each) for each in _known(app).values()]
    print_rows(rows, as_json, only_json=("path", "title"))


@notebook.command(OPEN)
@click.argument("name")
@click.option("--app", "as_app", is_flag=True, help="Show it as an app, code hidden, instead of in the editor.")
@editor_options
@pass_app
def open_(app: App, *, name: str, as_app: bool, port: int, headless: bool) -> None:
    """Open the notebook NAME; the word open may be left out.

    It listens on this machine alone and asks for a token, which the address printed carries.
    """
    from miyabi_dw.common.errors import BadRequest

    known = _known(app)
    if name not in known:
        raise BadRequest(f"there is no notebook {name!r}", remedy=f"choose one of {', '.join(known)}")
    with app.database.connect("analyst", application_name="miyabi-dw:notebook"):
        click.echo("the warehouse answers; stop with Ctrl-C", err=True)
    open_in_marimo(known[name].path, "run" if as_app else "edit", port, headless=headless)


@notebook.command()
@click.argument("name")
@pass_app
def new(app: App, *, name: str) -> None:
    """Make a notebook of your own, with a question in SQL.

    It is kept in MIYABI_HOME/notebooks.

    \b
    Example: miyabi-dw notebook new review_speed
    """
    from miyabi_dw.common.paths import own_notebooks_folder
    from miyabi_dw.workbench.new_notebook import write_new

    path = write_new(own_notebooks_folder(app.settings.home), name, {*_known(app), *notebook.commands})
    click.echo(f"{path}\nopen it: miyabi-dw notebook {name}; `miyabi-dw serve` shows it from its next start on")


def _known(app: App) -> dict[str, "Notebook"]:
    from miyabi_dw.common.paths import ANALYSIS, own_notebooks_folder
    from miyabi_dw.web.apps import find_notebooks

    return {each.name: each for each in find_notebooks(ANALYSIS, own_notebooks_folder(app.settings.home))}


def open_in_marimo(path: Path, verb: Literal["edit", "run"], port: int, *, headless: bool) -> NoReturn:
    """Becomes marimo, so that nothing is left of it however this process ends."""
    from miyabi_dw.web.editor import command

    words = command(path, verb, port, headless=headless)
    sys.stderr.flush()
    os.execve(words[0], words, os.environ | {"MARIMO_SKIP_UPDATE_CHECK": "1"})


commands = (notebook,)
