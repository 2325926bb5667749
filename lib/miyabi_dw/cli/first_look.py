"""miyabi-dw first-look: from the connections to a page with their figures."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json
from miyabi_dw.cli.connect import tell_sync

if TYPE_CHECKING:
    from miyabi_dw.operations.first_look import FirstLook


@click.command("first-look")
@click.option("--open", "in_browser", is_flag=True, help="Open the morning report in the browser.")
@json_option
@pass_app
def first_look(app: App, *, in_browser: bool, as_json: bool) -> int:
    """Sync all connections, load what came, write the pages.

    Sets up what is missing. Without news a second call is quick.

    \b
    Example: miyabi-dw first-look
    """
    from miyabi_dw.cli.progress import shown
    from miyabi_dw.operations.first_look import first_look as look

    with shown(as_json=as_json) as tell:
        done = look(app.settings, app.now, tell)
    if as_json:
        pages = {"daily": done.daily, "morning": done.morning, "index": done.index}
        print_json({"sync": done.synced.as_json(), "day": done.day, **pages})
    else:
        tell_sync(app, done.synced)
        _tell(app, done)
    if in_browser:
        click.launch(done.morning.as_uri())
    return done.synced.exit_status


def _tell(app: App, done: "FirstLook") -> None:
    zone = app.settings.business_timezone
    click.echo(f"""
The last day with anything in it is {done.day}, on the clocks of {zone} (MIYABI_BUSINESS_TIMEZONE is another).

The morning report:  {done.morning}
The day's run:       {done.daily}
All runs:            {done.index}

Next:
  miyabi-dw serve
  miyabi-dw schedule install
  miyabi-dw connect list""")
    if done.as_of - timedelta(days=1) < app.now and done.day >= app.today:
        click.echo("\nToday is not over: the report shows the days before it, the notebooks of serve show it, too.")


commands = (first_look,)
