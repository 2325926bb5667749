"""miyabi-dw init: a workbench of one's own, and its files brought to the program's version."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miyabi_dw import __version__
from miyabi_dw.cli.common import json_option, print_json
from miyabi_dw.common.text import counted

if TYPE_CHECKING:
    from miyabi_dw.operations.workbench_folder import Changes


@click.command(epilog="Example: miyabi-dw init warehouse")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--upgrade", is_flag=True, help="Bring the files of this version into a workbench that is there.")
@json_option
def init(folder: Path, *, upgrade: bool, as_json: bool) -> None:
    """Make a workbench of your own in DIR.

    It holds the notebooks, pipelines, expectations and settings; DIR is this folder unless named, and has to be empty.

    An upgrade replaces the files that you did not change. Others are kept, with the new one beside them as NAME.new.
    """
    from miyabi_dw.operations import workbench_folder

    place = folder.expanduser().absolute()
    changes = workbench_folder.upgrade(place) if upgrade else workbench_folder.make(place)
    if as_json:
        print_json({"workbench": place, "version": __version__, **asdict(changes)})
    elif upgrade:
        _tell_upgrade(place, changes)
    else:
        _tell_new(place, folder, changes)


def _tell_new(place: Path, folder: Path, changes: "Changes") -> None:
    click.echo(
        f"{place} is a workbench of miyabi-dw {__version__} with {counted(len(changes.added), 'file')}.\n\nNext:"
    )
    if folder != Path():
        click.echo(f"  cd {folder}")
    click.echo(
        "  miyabi-dw demo               try it with real history\n  miyabi-dw connect            begin with your own"
    )


def _tell_upgrade(place: Path, changes: "Changes") -> None:
    from miyabi_dw.operations.workbench_folder import lines

    told = [*lines(changes)]
    for line in told:
        click.echo(line)
    click.echo(f"{place} is of version {__version__}{'' if told else ' and had every file already'}")
    click.echo("Next: miyabi-dw schema migrate")


commands = (init,)
