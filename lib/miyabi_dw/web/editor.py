"""marimo's own command, its pages dressed as the served ones are: python -m miyabi_dw.web.editor edit NOTEBOOK.

A module of its own, since marimo's kernels import the program's first module again.
"""

import sys
from pathlib import Path
from typing import Literal

from starlette.middleware import Middleware

from miyabi_dw.web.frame import Framed

# An app asks for a token only when it is told to.
OF_VERB = {"edit": "--skip-update-check", "run": "--token"}


def command(path: Path, verb: Literal["edit", "run"], port: int, *, headless: bool) -> list[str]:
    """The words that open the notebook on this machine alone."""
    words = ["--host", "127.0.0.1", "--port", str(port), OF_VERB[verb], *(["--headless"] if headless else [])]
    return [sys.executable, "-m", __name__, verb, *words, str(path)]


def main() -> None:
    """Runs marimo with the words of the command line."""
    from marimo._cli.cli import main as marimo
    from marimo._server.registry import MIDDLEWARE_REGISTRY

    MIDDLEWARE_REGISTRY.register("miyabi-dw", Middleware(Framed))
    marimo(prog_name="marimo")


if __name__ == "__main__":
    main()
