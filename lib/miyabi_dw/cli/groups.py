"""Groups of commands that do something when they are given none of them."""

from typing import Any

import click
from click.core import ParameterSource

LIST = "list"


class ListingGroup(click.Group):
    """Alone it lists: it takes the options of its command `list`, which its help shows."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words | {"callback": self._alone, "invoke_without_command": True})

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        super().add_command(cmd, name)
        if (name or cmd.name) == LIST:
            self.params = [*self.params, *cmd.params]

    def _alone(self, **given: object) -> object:
        """UsageError for options of the list before another command: they would mean nothing to it."""
        context = click.get_current_context()
        if context.invoked_subcommand is None:
            return context.invoke(self.commands[LIST], **given)
        for each in self.params:
            if context.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{each.opts[0]} belongs behind {context.invoked_subcommand!r}")
        return None
