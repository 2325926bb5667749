"""miyabi-dw sign-off: somebody has read the morning report."""

import click

from miyabi_dw.cli.common import App, pass_app


@click.command("sign-off")
@click.argument("run", required=False)
@click.option("--by", required=True, metavar="NAME", help="Who has read it.")
@click.option("--note", help="What was done about it.")
@pass_app
def sign_off(app: App, run: str | None, by: str, note: str | None) -> None:
    """Sign a morning report, the latest one unless RUN is given.

    Example: miyabi-dw sign-off --by "Aiko Tanaka" --note "disk cleared"
    """
    from miyabi_dw.operations.morning_checklist import sign

    click.echo(f"{sign(app.database, app.settings, run, by, note)} signed by {by}")


commands = (sign_off,)
