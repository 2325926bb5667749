"""miyabi-dw mcp: the warehouse for an assistant, over this program's input and output."""

import click

from miyabi_dw.cli.common import App, pass_app


@click.command()
@pass_app
def mcp(app: App) -> None:
    """Answer an assistant by the Model Context Protocol (stdio).

    The assistant's program starts this one and gives it questions; it ends with its input. Nothing is written but where
    the setting assistant_actions allows actions. Each call is kept in ops.api_call.

    \b
    Example, for an assistant that takes such a file:
      {"mcpServers": {"miyabi-dw": {"command": "miyabi-dw", "args": ["mcp"]}}}
    """
    from miyabi_dw.web.assistant import serve_stdio
    from miyabi_dw.web.service import Service

    app.tell_clock()
    serve_stdio(Service(app.settings, app.database))


commands = (mcp,)
