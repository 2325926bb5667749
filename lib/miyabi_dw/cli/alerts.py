"""miyabi-dw alerts: incidents and the messages about them."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.cli.words import LIMIT

if TYPE_CHECKING:
    from miyabi_dw.alerts import Incident


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw alerts list --open")
def alerts() -> None:
    """See incidents, try the channels, send what is waiting."""


@alerts.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only incidents that are not over.")
@click.option("--limit", type=LIMIT, default=50, show_default=True, help="How many at the most.")
@json_option
@pass_app
def list_incidents(app: App, *, open_only: bool, limit: int, as_json: bool) -> int:
    """List incidents, open ones first; exit status 1 when any is open."""
    from miyabi_dw.alerts import incidents

    with app.database.connect("etl", application_name="miyabi-dw:alerts list") as connection:
        found = incidents(connection, open_only=open_only, limit=limit)
    shown = [asdict(each) if as_json else _line(each) for each in found]
    print_rows(shown, as_json, empty="no incidents")
    return int(any(each.recovered_at is None for each in found))


def _line(incident: "Incident") -> dict[str, object]:
    told = ", ".join(f"{message['channel']} {message['kind']} {message['state']}" for message in incident.messages)
    names = ("incident_id", "severity", "pipeline", "title", "occurrences", "opened_at", "recovered_at")
    return {name: getattr(incident, name) for name in names} | {"messages": told or "none"}


@alerts.command()
@json_option
@pass_app
def test(app: App, *, as_json: bool) -> int:
    """Send a test message on each channel that is set up.

    Exit status 1 when one fails, 2 when none is set up.
    """
    from miyabi_dw.alerts import send_test
    from miyabi_dw.common.errors import SettingsError

    outcomes = send_test(app.settings)
    if not outcomes:
        raise SettingsError("no channel is set up", remedy="set MIYABI_SMTP_HOST or MIYABI_SLACK_WEBHOOK_URL")
    rows = [{"channel": each.channel, "outcome": each.error or "taken"} for each in outcomes]
    print_rows(rows, as_json)
    return int(any(each.error for each in outcomes))


@alerts.command()
@pass_app
def deliver(app: App) -> int:
    """Send the messages that are due, failed ones again.

    Exit status 1 when one failed.
    """
    from miyabi_dw.alerts import deliver as deliver_due

    counts = deliver_due(app.database, app.settings)
    click.echo(f"{counts['delivered']} delivered, {counts['failed']} to be tried again")
    return int(counts["failed"] > 0)


commands = (alerts,)
