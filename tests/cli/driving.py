"""Drives the command line in this process: what it said, what it recorded, and how far it came."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import click
import pytest

from miyabi_dw import cli as program
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, query

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ops' AND table_type = 'BASE TABLE'"

# Where a command has checked what it was given and begins to do it: starts a run, a server, a backup, a look elsewhere.
BEGINNINGS = (
    "miyabi_dw.orchestration.runner.run.Running.run",
    "miyabi_dw.orchestration.runner.try_stage.run_stage",
    "miyabi_dw.orchestration.backfill.run_plan",
    "miyabi_dw.orchestration.schedule.tick._only_worker",
    "miyabi_dw.operations.backup.prove",
    "miyabi_dw.operations.recovery.recover_database",
    "miyabi_dw.operations.recovery.drill",
    "miyabi_dw.connect.github.connection.GitHub.discover",
    "miyabi_dw.connect.agents.litellm.LiteLLM.discover",
    "miyabi_dw.operations.sync.prepare_once",
    "miyabi_dw.demo.remove.held",
    "miyabi_dw.cli.notebook.open_in_marimo",
    "miyabi_dw.cli.monitor._watch",
    "miyabi_dw.cli.monitor_menu.show_menu",
    "miyabi_dw.engine.warm_up",
    "os.execve",
    "uvicorn.Server.run",
    "miyabi_dw.web.assistant.serve_stdio",
)


class Begun(BaseException):
    """The command has found nothing wrong with its words."""


@dataclass(frozen=True)
class Said:
    """How a command ended; `status` is None where it had begun its work and was stopped."""

    status: int | None
    out: str
    err: str


def stop_at_beginnings(patch: pytest.MonkeyPatch) -> None:
    def begin(*_: object, **__: object) -> NoReturn:
        raise Begun

    for place in BEGINNINGS:
        patch.setattr(place, begin)


def call(*words: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            program.main(list(words))
        except SystemExit as ended:
            return Said(int(ended.code or 0), out.getvalue(), err.getvalue())
        except Begun:
            return Said(None, out.getvalue(), err.getvalue())
    raise AssertionError("main ends the process")


def recorded(settings: Settings, database: Database) -> Callable[[], tuple[object, ...]]:
    """What there is in the registry and on the disk at the moment of the call."""

    def look() -> tuple[object, ...]:
        with database.connect("owner", autocommit=True) as connection:
            names = sorted(row["table_name"] for row in query(connection, TABLES))
            each = (f"(SELECT count(*) FROM ops.{name}) AS {name}" for name in names)
            rows = query(connection, f"SELECT {', '.join(each)}")[0].items()
        files = [str(path) for root in (settings.home, settings.reports_dir) for path in sorted(root.rglob("*"))]
        return (*rows, *files)

    return look


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, hidden ones too, with the words that lead to it."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in {*command.list_commands(context), *command.commands}:
            if inner := command.get_command(context, name):
                yield from leaves(inner, (*path, name))
