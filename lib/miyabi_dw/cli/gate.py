"""miyabi-dw gate: what is checked, what the checks found, and which losses of the source are accepted."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_rows
from miyabi_dw.cli.words import LIMIT

if TYPE_CHECKING:
    from miyabi_dw.etl.gates.suites import Layer

RESULT = ("layer", "check_id", "severity", "outcome", "rows_checked", "rows_failed", "note")
HISTORY = ("checked_at", "run_id", "severity", "outcome", "rows_checked", "rows_failed")


@click.group(epilog="Example: miyabi-dw gate coverage")
def gate() -> None:
    """See what is checked and what the checks found."""


@gate.command()
@click.option("--layer", type=click.Choice(["conformed", "facts"]), help="Only this layer.")
@json_option
def coverage(*, layer: "Layer | None", as_json: bool) -> None:
    """List the checks of every table and column.

    Columns without a check are listed too.
    """
    from miyabi_dw.etl.gates.coverage import coverage as covered

    print_rows([asdict(column) for column in covered(layer)], as_json)


@gate.command()
@click.argument("check", metavar="CHECK")
@click.option("--limit", type=LIMIT, default=30, show_default=True, help="How many runs at the most.")
@json_option
@pass_app
def history(app: App, *, check: str, limit: int, as_json: bool) -> None:
    """Show one check's results in the latest runs.

    For example commits.sha-known.
    """
    from miyabi_dw.etl.gates.coverage import history as fared

    with app.database.connect("etl", application_name="miyabi-dw:gate history") as connection:
        rows = fared(connection, check, limit)
    shown = [asdict(row) if as_json else {name: getattr(row, name) for name in HISTORY} for row in rows]
    print_rows(shown, as_json, empty="no run has made this check yet")


@gate.command()
@click.argument("run_id", metavar="RUN")
@click.option("--all", "every", is_flag=True, help="Also the checks that passed.")
@json_option
@pass_app
def results(app: App, *, run_id: str, every: bool, as_json: bool) -> int:
    """Show what the gates of a run found.

    Exit status 1 when a check did not pass.
    """
    from miyabi_dw.common.errors import BadRequest
    from miyabi_dw.etl.gates.coverage import results as found_by

    with app.database.connect("etl", application_name="miyabi-dw:gate results") as connection:
        rows = found_by(connection, run_id)
    if not rows:
        raise BadRequest(f"no gate has recorded anything for {run_id!r}", remedy="see miyabi-dw runs list")
    chosen = [row for row in rows if every or row.outcome != "passed"]
    shown = [asdict(row) if as_json else {name: getattr(row, name) for name in RESULT} for row in chosen]
    print_rows(shown, as_json, empty=f"all {len(rows)} checks passed")
    return int(any(row.outcome != "passed" and row.severity != "info" for row in rows))


@gate.command()
def validate() -> None:
    """Read every file under expectations/ and name the first error."""
    from miyabi_dw.etl.gates.validation import validate as validated

    counted = validated()
    click.echo(f"{counted['checks']} checks of {counted['suites']} suites, all in order")


@gate.command()
@click.argument("column", metavar="TABLE.COLUMN")
@click.option("--why", required=True, help="Why it is gone; kept with the column.")
@pass_app
def accept(app: App, *, column: str, why: str) -> None:
    """Accept that a column of the source is gone.

    Runs then go on without it.

    Its values are null in rows that are read from now on; rows that no run reads again keep what was loaded. A column
    that comes back is expected again.
    """
    from miyabi_dw.etl.gates.lost_columns import accept_column

    with app.database.connect("etl", application_name="miyabi-dw:gate accept") as connection:
        accept_column(connection, column, why)
    click.echo(f"runs go on without {column}")


commands = (gate,)
