"""miyabi-dw cold: old months of facts in cold storage, as Parquet files."""

from dataclasses import asdict
from datetime import date

import click

from miyabi_dw.cli.common import App, json_option, pass_app, print_json, print_rows
from miyabi_dw.cli.groups import ListingGroup
from miyabi_dw.cli.words import DAY, check_known
from miyabi_dw.common.spreadsheet import csv_text
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month


@click.group(cls=ListingGroup, epilog="Example: miyabi-dw cold verify")
def cold() -> None:
    """Move old months to cold storage (Parquet), or bring them back."""


@cold.command()
@click.option("--dry-run", is_flag=True, help="Only list the months that are due.")
@json_option
@pass_app
def run(app: App, *, dry_run: bool, as_json: bool) -> None:
    """Move every month older than archive_after_months.

    Marts keep their rows.
    """
    from miyabi_dw.operations import cold_storage

    if dry_run:
        due = cold_storage.due_months(app.database, app.settings, app.now)
        print_rows([{"fact": fact, "month": month} for fact, month in due], as_json, empty="no month is due")
        return
    moved = cold_storage.archive_due(app.database, app.settings, app.now)
    print_rows([month._asdict() for month in moved], as_json, empty="no month is due")


@cold.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the months in cold storage."""
    from miyabi_dw.operations import cold_storage

    months = [asdict(month) for month in cold_storage.archived(app.database)]
    print_rows(months, as_json, empty="nothing is in cold storage")


@cold.command()
@click.argument("fact")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First business day.")
@click.option("--to", "last", type=DAY, required=True, metavar="DAY", help="Last business day, included.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV; a text like a formula after an apostrophe.")
@json_option
@pass_app
def query(app: App, fact: str, first: date, last: date, *, as_csv: bool, as_json: bool) -> None:
    """Print rows of FACT that are in cold storage.

    Each file is checked first; the warehouse is not needed.

    \b
    Example: miyabi-dw cold query fact_deployment --from 2025-01-01 --to 2025-01-31 --csv
    """
    from miyabi_dw.operations.cold_storage import read_archived
    from miyabi_dw.operations.recovery.ddl import fact_names

    check_known("fact", fact, fact_names())
    rows = read_archived(app.settings, fact, first, last)
    if as_csv:
        click.echo(csv_text(rows), nl=False)
    elif as_json:
        print_json(rows.astype(object).where(rows.notna(), None).to_dict("records"))
    else:
        click.echo(counted(len(rows), "row"))
        click.echo(rows.head(20).to_string(index=False, max_cols=10))


@cold.command()
@click.argument("fact")
@click.argument("month", metavar="YYYY-MM")
@pass_app
def restore(app: App, fact: str, month: str) -> None:
    """Bring a month back into FACT; its file stays.

    \b
    Example: miyabi-dw cold restore fact_deployment 2025-01
    """
    from miyabi_dw.operations.cold_storage import restore_month
    from miyabi_dw.operations.recovery.ddl import fact_names

    check_known("fact", fact, fact_names())
    content = restore_month(app.database, app.settings, fact, Month.parse(month).key)
    click.echo(f"{fact} has its {counted(content.rows, 'row')} of {month} again")


@cold.command()
@click.option("--repair", is_flag=True, help="Bring back from a backup what is damaged or missing.")
@json_option
@pass_app
def verify(app: App, *, repair: bool, as_json: bool) -> int:
    """Compare every file of cold storage with its checksum.

    Exit status 1 when one is damaged or missing.

    \b
    Example: miyabi-dw cold verify --repair
    """
    from miyabi_dw.operations import cold_storage

    found = cold_storage.verify(app.database, app.settings, repair=repair)
    print_rows([asdict(finding) for finding in found], as_json, empty="every file is as it was written")
    return 1 if any(finding.kind in ("damaged", "missing") for finding in found) else 0


# The name of the command in version 1.0.0.
archive = ListingGroup(name="archive", commands=cold.commands, params=cold.params, help=cold.help, hidden=True)

commands = (cold, archive)
