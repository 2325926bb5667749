"""The command line. Each module here with a tuple `commands` adds its commands; none needs to be listed anywhere."""

import atexit
import gc
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click

from miyabi_dw import __version__
from miyabi_dw.cli.common import App, print_json
from miyabi_dw.cli.sections import EXAMPLES, write_sections
from miyabi_dw.cli.words import LONGEST_MESSAGE, LONGEST_PART, WHEN, check_words, unforeseen, usage_error
from miyabi_dw.common import logs
from miyabi_dw.common.errors import COULD_NOT_RUN, MiyabiError
from miyabi_dw.common.redaction import redact_all
from miyabi_dw.common.text import shortened
from miyabi_dw.db.errors import code_of

logger = logging.getLogger(__name__)

INTERRUPTED = 130
# A command imports much and keeps all of it: Python's own 700 objects would have it looked through a hundred times.
OBJECTS_TO_COLLECT = 50_000
OFFERS_COMMANDS = b"\ncommands = ("


class FoundCommands(click.Group):
    """Imports the module named like the command, else all of them; modules keep heavy imports inside functions."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click names it
        return sorted(command.name for module in _modules() for command in module.commands if command.name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for module in _modules(first=cmd_name.replace("-", "_")):
            for command in module.commands:
                if command.name == cmd_name:
                    return command  # type: ignore[no-any-return]
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_sections(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click names it
        formatter.write(f"\n{EXAMPLES}\n")


def _modules(first: str = "") -> Iterator[ModuleType]:
    paths = sorted(Path(__file__).parent.glob("*.py"), key=lambda path: (path.stem != first, path.stem))
    for path in paths:
        # Looked into before it is imported: helpers of the commands may import what is heavy.
        if OFFERS_COMMANDS in path.read_bytes():
            yield importlib.import_module(f"{__name__}.{path.stem}")


@click.group(cls=FoundCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="miyabi-dw")
@click.option("-v", "--verbose", is_flag=True, help="Show on stderr what happens inside.")
@click.option("--debug", is_flag=True, help="Show all of it, and the traceback of an error.")
@click.option("--log-json", is_flag=True, help="Show it as JSON lines; also by MIYABI_LOG_FORMAT=json.")
@click.option(
    "--as-of",
    type=WHEN,
    metavar="WHEN",
    help="Pretend that it is this day or time: 2025-01-31, or with time and offset.",
)
@click.pass_context
def cli(context: click.Context, verbose: bool, debug: bool, log_json: bool, as_of: str | None) -> None:
    """Run, watch and repair the Miyabi warehouse."""
    level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
    as_json = log_json or os.environ.get("MIYABI_LOG_FORMAT") == "json"
    context.with_resource(logs.shown(level, "json" if as_json else "text"))
    logger.debug("miyabi-dw %s %s", __version__, context.invoked_subcommand)
    context.obj = App(debug=debug, as_of=as_of or "")


def main(arguments: list[str] | None = None) -> None:
    """The command's entry point; ends the process with 0 good, 1 found something wrong, 2 could not run."""
    gc.set_threshold(OBJECTS_TO_COLLECT)
    atexit.register(gc.freeze)  # else the interpreter looks for garbage once more before it ends, half a second
    sys.exit(_status(sys.argv[1:] if arguments is None else arguments))


def _status(arguments: list[str]) -> int:
    try:
        check_words(arguments)
        result = cli.main(arguments, prog_name="miyabi-dw", standalone_mode=False)
    except MiyabiError as error:
        return _failed(error, arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return COULD_NOT_RUN
    except click.ClickException as error:
        return _failed(usage_error(error), arguments)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, like `head`, has seen enough.
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the operator gets one line
        return _failed(unforeseen(error, code_of(error)), arguments)
    return result if isinstance(result, int) else 0


def _failed(error: MiyabiError, arguments: list[str]) -> int:
    """Tells the error in one line, to machines as JSON too; without secrets in any case."""

    def hide(text: str) -> str:
        return shortened(logs.hiding.redact(text), LONGEST_PART, LONGEST_MESSAGE)

    if "--debug" in arguments:
        click.echo(logs.hiding.redact(traceback.format_exc()), err=True)
    if "--json" in arguments:
        print_json({"error": redact_all(error.as_json(), hide)})
    click.echo(f"error: {hide(str(error))}", err=True)
    return error.exit_status
