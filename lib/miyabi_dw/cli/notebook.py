"""miyabi-dw notebook: opens an analysts' notebook in marimo, connected and ready."""

import os
import sys
from pathlib import Path
from typing import Literal, NoReturn

import click

from miyabi_dw.cli.common import App, editor_options, pass_app


@click.command()
@click.argument("name", required=False)
@click.option("--app", "as_app", is_flag=True, help="Show it as an app, code hidden, instead of in the editor.")
@editor_options
@pass_app
def notebook(app: App, *, name: str | None, as_app: bool, port: int, headless: bool) -> None:
    """Open the analysts' notebook NAME in marimo; without NAME, list them.

    It listens on this machine alone and asks for a token, which the address printed carries.

    \b
    Example: miyabi-dw notebook development_performance
    """
    from miyabi_dw.common.errors import BadRequest
    from miyabi_dw.common.paths import ANALYSIS

    known = {path.stem: path for path in sorted(ANALYSIS.glob("*.py"))}
    if name is None:
        click.echo("\n".join(known))
        return
    if name not in known:
        raise BadRequest(f"there is no notebook {name!r}", remedy=f"choose one of {', '.join(known)}")
    with app.database.connect("analyst", application_name="miyabi-dw:notebook"):
        click.echo("the warehouse answers; stop with Ctrl-C", err=True)
    open_in_marimo(known[name], "run" if as_app else "edit", port, headless=headless)


def open_in_marimo(path: Path, verb: Literal["edit", "run"], port: int, *, headless: bool) -> NoReturn:
    """Becomes marimo, so that nothing is left of it however this process ends."""
    own = {"edit": ["--skip-update-check"], "run": ["--token"]}[verb]
    words = ["--host", "127.0.0.1", "--port", str(port), *own, *(["--headless"] if headless else [])]
    sys.stderr.flush()
    command = [sys.executable, "-m", "marimo", verb, *words, str(path)]
    os.execve(sys.executable, command, os.environ | {"MARIMO_SKIP_UPDATE_CHECK": "1"})


commands = (notebook,)
