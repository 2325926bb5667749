"""miyabi-dw lake: warehouse and cold storage asked as one, by SQL."""

import itertools
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_rows
from miyabi_dw.common.spreadsheet import write_lines

if TYPE_CHECKING:
    from miyabi_dw.operations.lake import Result

SHOWN = 100


@click.group(epilog='Example: miyabi-dw lake query "SELECT count(*) FROM v_all_fact_deployment"')
def lake() -> None:
    """Ask warehouse and cold storage as one, by SQL."""


@lake.command()
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV; a text like a formula after an apostrophe.")
@json_option
@pass_app
def query(app: App, sql: str, *, as_csv: bool, as_json: bool) -> None:
    """Answer one SELECT in DuckDB's SQL.

    v_all_<fact> is a fact with its months in cold storage; any other name is as in the warehouse. Without --csv or
    --json the first rows are shown.

    \b
    Example: miyabi-dw lake query "SELECT time_key // 100 AS month, sum(llm_cost_usd) AS usd
             FROM v_all_fact_agent_execution GROUP BY ALL ORDER BY ALL"
    """
    from miyabi_dw.operations import lake

    with lake.ask(app.settings, sql) as found:
        if as_csv:
            write_lines(sys.stdout, itertools.chain([found.columns], found.rows))
        elif as_json:
            _print_json(found)
        else:
            _print_first(found)


def _print_json(found: "Result") -> None:
    """One list, written row by row; decimals keep their digits as text."""
    separator = "["
    for row in _named(found):
        click.echo(f"{separator}\n{json.dumps(row, default=str, ensure_ascii=False)}", nl=False)
        separator = ","
    click.echo("\n]" if separator == "," else "[]")


def _print_first(found: "Result") -> None:
    rows = list(itertools.islice(_named(found), SHOWN + 1))
    print_rows(rows[:SHOWN], as_json=False, empty="no rows")
    if len(rows) > SHOWN:
        click.echo(f"... the first {SHOWN} rows; --csv or --json prints them all", err=True)


def _named(found: "Result") -> Iterator[dict[str, object]]:
    return (dict(zip(found.columns, row, strict=True)) for row in found.rows)


commands = (lake,)
