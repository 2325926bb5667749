"""What all commands share: the settings, the clock, and output for people or for machines."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import click

from miyabi_dw.cli.layout import room, table
from miyabi_dw.common import logs
from miyabi_dw.common.paths import IS_WHEEL

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings
    from miyabi_dw.db.connection import Database


@dataclass
class App:
    """The global options; settings and connections are made when first asked for."""

    debug: bool = False
    as_of: str = ""

    @cached_property
    def settings(self) -> "Settings":
        from miyabi_dw.common.redaction import redactor
        from miyabi_dw.common.settings import load_settings

        settings = load_settings()
        logs.hiding.redact = redactor(settings)
        if IS_WHEEL and not settings.home.exists():
            place = f"state would be in {settings.home}, reports in {settings.reports_dir}"
            _say_once(f"there is no workbench here: {place}; `miyabi-dw init DIR` makes one")
        return settings

    @cached_property
    def database(self) -> "Database":
        from miyabi_dw.db.connection import Database

        return Database(self.settings)

    @cached_property
    def now(self) -> datetime:
        if not self.as_of:
            self.tell_clock()
        return self.settings.now(self.as_of)

    def tell_clock(self) -> None:
        """Says, once in a process, that a demonstration's time is not that of the host."""
        if clock := self.settings.demo_clock:
            _say_once(clock.told(self.settings.business_zone))

    @property
    def today(self) -> date:
        """The business day that it is now."""
        return self.now.astimezone(self.settings.business_zone).date()


@cache
def _say_once(sentence: str) -> None:
    click.echo(sentence, err=True)


pass_app = click.make_pass_decorator(App)
Decorated = Callable[..., Any]


def json_option(command: Decorated) -> Decorated:
    """Adds --json, which the command gets as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(command)


def editor_options(command: Decorated) -> Decorated:
    """Adds --port and --headless of marimo's editor."""
    headless = click.option("--headless", is_flag=True, help="Open no browser; print the address.")
    ports = click.IntRange(0, 65535)
    port = click.option("--port", type=ports, default=2718, show_default=True, help="Port on 127.0.0.1.")
    return port(headless(command))


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_rows(
    rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str = "nothing", only_json: Collection[str] = ()
) -> None:  # fmt: skip
    """The rows as JSON or as an aligned table with numbers to the right, which leaves the columns `only_json` out."""
    if as_json:
        print_json([dict(row) for row in rows])
    elif not rows:
        click.echo(empty)
    else:
        click.echo(table([{name: row[name] for name in row if name not in only_json} for row in rows], room()))
