"""miyabi-dw serve: reports and the analysts' apps in a browser."""

import click

from miyabi_dw.cli.common import App, pass_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to listen on.")
@pass_app
def serve(app: App, *, host: str, port: int) -> None:
    """Serve the reports and the analysts' notebooks, behind a token.

    The token is MIYABI_SERVE_TOKEN, or the content of the file that MIYABI_SERVE_TOKEN_FILE names; without
    either a fresh one is made and printed with the address.
    """
    import uvicorn

    from miyabi_dw.web import chosen_token, make_app

    token = chosen_token(app.settings)
    shown = f"?token={token}" if app.settings.serve_token is None else ""
    click.echo(f"http://{host}:{port}/{shown}", err=True)
    # The access log would hold the token of the first request.
    uvicorn.run(make_app(app.settings, token), host=host, port=port, log_level="warning", access_log=False)


commands = (serve,)
