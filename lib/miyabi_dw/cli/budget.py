"""miyabi-dw budget: what language models may cost in a month, and how much of it is used."""

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import UNKNOWN, dollar_range, dollars

if TYPE_CHECKING:
    from miyabi_dw.metrics.budget import Use

NAME = "miyabi-dw:budget"
MOST_USD = Decimal(10**9)
CENTS = Decimal("0.0001")


class Usd(click.ParamType[Decimal]):
    """More than nothing, with at most four digits behind the point."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:  # noqa: ARG002
        try:
            usd = Decimal(str(value))
            is_usable = CENTS <= usd <= MOST_USD and usd == usd.quantize(CENTS)
        except InvalidOperation:
            is_usable = False
        if not is_usable:
            raise BadRequest(f"{value!r} is no sum of dollars", remedy="write it like 300 or 49.50, more than nothing")
        return usd


model_option = click.option("--model", metavar="NAME", help="Only what this model costs.")


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw budget set claude-code 300 --per month")
def budget() -> None:
    """Set what language models may cost in a month.

    You are told at 80 %, at 100 %, and when a forecast passes it.
    """


@budget.command("set")
@click.argument("agent", metavar="AGENT|total")
@click.argument("usd", type=Usd())
@click.option("--per", type=click.Choice(["month"]), default="month", show_default=True, help="What it is for.")
@model_option
@pass_app
def set_(app: App, agent: str, usd: Decimal, per: str, model: str | None) -> None:  # noqa: ARG001 - there is one
    """Set the budget of an agent, or of all together, from this month on.

    \b
    Example: miyabi-dw budget set agent-review 300 --per month
    """
    is_new = _change(app, agent, model, usd)
    click.echo(f"{_name(agent, model)}: {dollars(float(usd))} a month" + ("" if is_new else ", as before"))


@budget.command()
@click.argument("agent", metavar="AGENT|total")
@model_option
@pass_app
def remove(app: App, agent: str, model: str | None) -> None:
    """End a budget from this month on; what was decided stays on record."""
    if not _change(app, agent, model, None):
        raise BadRequest(f"there is no budget {_name(agent, model)!r}", remedy="miyabi-dw budget list")
    click.echo(f"{_name(agent, model)}: no budget any more")


@budget.command("list")
@click.option("--changes", "as_changes", is_flag=True, help="Show who decided what, when, and what it was before.")
@json_option
@pass_app
def list_(app: App, *, as_changes: bool, as_json: bool) -> int:
    """List the budgets of this month and how much is used.

    Exit status 1 when one is used up.
    """
    from miyabi_dw.metrics.budget import Mark, changes
    from miyabi_dw.metrics.budget_outlook import uses_with_outlook

    with app.database.connect("etl", application_name=NAME) as connection:
        if as_changes:
            print_rows([asdict(each) for each in changes(connection)], as_json, empty="no budget was ever set")
            return 0
        found = uses_with_outlook(connection, app.today, of_all=True)
    if as_json:
        print_json([_record(use) for use in found])
    else:
        print_rows([_line(use) for use in found], as_json=False, empty="no budget: miyabi-dw budget set total 300")
    return int(any(use.mark is Mark.PASSED for use in found))


def _change(app: App, agent: str, model: str | None, usd: Decimal | None) -> bool:
    """Changes it and has the alerts know at once; whether that changed anything."""
    from miyabi_dw.metrics.budget import TOTAL, change
    from miyabi_dw.monitor.budget_alarm import report
    from miyabi_dw.registry.runs import whoami

    with app.database.connect("etl", application_name=NAME) as connection:
        of_agent = None if agent == TOTAL else agent
        is_new = change(connection, of_agent, model, usd, app.today, whoami() or "unknown")
        report(connection, app.settings, app.today, looks_ahead=True)
    return is_new


def _name(agent: str, model: str | None) -> str:
    return f"{agent} on {model}" if model else agent


def _record(use: "Use") -> dict[str, object]:
    return {
        **asdict(use.budget), "month": str(use.month), "share": use.budget.share, "mark": use.mark.name.lower(),
        "outlook": use.outlook and asdict(use.outlook),
    }  # fmt: skip


def _line(use: "Use") -> dict[str, object]:
    from miyabi_dw.metrics.definitions import load

    outlook = use.outlook
    return {
        "budget": use.budget.name,
        "month": str(use.month),
        "may cost": dollars(float(use.budget.usd)),
        "cost so far": dollars(float(use.budget.spent_usd)),
        "used": load("budget_use").told(use.budget.share),
        "up to": use.budget.last_day or UNKNOWN,
        "expected at the end": dollars(float(outlook.expected)) if outlook else UNKNOWN,
        "four times in five": dollar_range(outlook.low, outlook.high) if outlook else UNKNOWN,
    }


commands = (budget,)
