"""miyabi-dw serve: reports and the analysts' apps in a browser."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from miyabi_dw.cli.common import App, pass_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to listen on.")
@pass_app
def serve(app: App, *, host: str, port: int) -> None:
    """Serve the reports and the analysts' notebooks, behind a token.

    The token is MIYABI_SERVE_TOKEN, or the content of the file that MIYABI_SERVE_TOKEN_FILE names. Without either a
    fresh one is made: on a terminal it is printed with the address, else the address is left in a file for you alone.
    An address that other machines can reach needs a token that you have chosen.
    """
    from miyabi_dw.web import chosen_token, listening, make_app, run_until_stopped

    token = chosen_token(app.settings, host)
    with listening(host, port) as sockets:
        web = make_app(app.settings, token)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        with _told(app, address, "" if app.settings.serve_token else token):
            run_until_stopped(web, sockets, app.settings.serve_trusted_proxies)
    # An app's thread may wait for a database that is away, and the interpreter would wait for the thread.
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def _told(app: App, address: str, fresh_token: str) -> Iterator[None]:
    """A fresh token goes to a terminal or to a private file while it serves, since other output ends up in logs."""
    whole = f"{address}?token={fresh_token}" if fresh_token else address
    if sys.stderr.isatty() or not fresh_token:
        click.echo(f"{whole}  (stop with Ctrl-C)", err=True)
        yield
        return
    kept = app.settings.home / "serve-address"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(f"{whole}\n", encoding="utf-8")
    click.echo(f"{address}  (with its token in {kept})", err=True)
    try:
        yield
    finally:
        kept.unlink(missing_ok=True)


commands = (serve,)
