"""miyabi-dw serve: reports and the analysts' apps in a browser."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup

if TYPE_CHECKING:
    from miyabi_dw.web.access import Scope


@click.group(invoke_without_command=True, epilog="Example: miyabi-dw serve --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to listen on.")
@click.pass_context
def serve(context: click.Context, *, host: str, port: int) -> None:
    """Serve reports, notebooks, API and MCP, behind a token.

    The token is MIYABI_SERVE_TOKEN, or the content of the file that MIYABI_SERVE_TOKEN_FILE names. Without either a
    fresh one is made: on a terminal it is printed with the address, else the address is left in a file for you alone.
    An address that other machines can reach needs a token that you have chosen. Programs get tokens of their own by
    `serve token new`; they open /api/v1 and /mcp, and nothing else.
    """
    if context.invoked_subcommand is None:
        _serve(context.find_object(App) or App(), host, port)


def _serve(app: App, host: str, port: int) -> None:
    from miyabi_dw.web import chosen_token, is_loopback, listening, make_app, run_until_stopped

    app.tell_clock()
    token = chosen_token(app.settings, host)
    with listening(host, port) as sockets:
        is_local = is_loopback(host) and not app.settings.serve_trusted_proxies
        web = make_app(app.settings, token, is_local=is_local)
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


@serve.group(cls=ListingGroup, epilog="Example: miyabi-dw serve token new --name grafana --until 2027-01-31")
def token() -> None:
    """Tokens for programs: made, listed, revoked."""


@token.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the tokens, with the last call of each.

    What opens the door is kept nowhere.
    """
    from dataclasses import asdict

    from miyabi_dw.web.access import NAME, list_tokens

    with app.database.connect("etl", application_name=NAME) as connection:
        print_rows([asdict(each) for each in list_tokens(connection)], as_json, empty="no tokens")


@token.command()
@click.option("--name", required=True, metavar="NAME", help="Who or what will use it, like grafana.")
@click.option("--until", required=True, metavar="DAY", help="Last business day on which it is valid.")
@click.option(
    "--scope",
    type=click.Choice(["metrics", "read", "act"]),
    default="read",
    show_default=True,
    help="Only metrics, all that can be read, or actions too where the settings allow them.",
)
@json_option
@pass_app
def new(app: App, name: str, until: str, scope: "Scope", as_json: bool) -> None:
    """Make a token and print it, this once.

    \b
    Example: miyabi-dw serve token new --name grafana --until 2026-12-31 --scope metrics
    """
    from miyabi_dw.common.timeframe import parse_day
    from miyabi_dw.web.access import new_token

    made = new_token(app.database, name, parse_day(until), scope, app.settings.business_zone)
    if as_json:
        print_json({"name": name, "scope": scope, "until": until, "token": made})
    else:
        click.echo(made)


@token.command()
@click.argument("name")
@pass_app
def revoke(app: App, name: str) -> None:
    """Refuse a token from now on."""
    from miyabi_dw.web.access import revoke_token

    revoke_token(app.database, name)
    click.echo(f"{name} is revoked")


commands = (serve,)
