"""miyabi-dw serve: reports and the analysts' apps in a browser."""

import sys

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
    import uvicorn

    from miyabi_dw.web import chosen_token, make_app

    token = chosen_token(app.settings, host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    web = make_app(app.settings, token)
    _tell(app, address, "" if app.settings.serve_token else token)
    # The access log would hold the token of the first request.
    uvicorn.run(web, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _tell(app: App, address: str, fresh_token: str) -> None:
    """A fresh token goes to a terminal or to a private file, since other output ends up in logs."""
    whole = f"{address}?token={fresh_token}" if fresh_token else address
    if sys.stderr.isatty() or not fresh_token:
        click.echo(f"{whole}  (stop with Ctrl-C)", err=True)
        return
    kept = app.settings.home / "serve-address"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(f"{whole}\n", encoding="utf-8")
    click.echo(f"{address}  (with its token in {kept})", err=True)


commands = (serve,)
