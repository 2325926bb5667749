"""Writes the pages of the tables under reports/tables, and one for the history of each of their checks."""

import logging
from collections.abc import Sequence
from datetime import datetime

from miyabi_dw.common.display import Chart, Series
from miyabi_dw.common.report_folders import TABLES
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted, short_day
from miyabi_dw.db.connection import Database
from miyabi_dw.etl.tables import source_tables
from miyabi_dw.operations.job_pages.words import month_name
from miyabi_dw.operations.table_pages.lineage import Lineages
from miyabi_dw.operations.table_pages.rows import CheckHistory, MonthRows, TableRows, public_names, read_tables
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.reports.render import publish

logger = logging.getLogger(__name__)

CHECKS = TABLES / "checks"


def write_table_pages(settings: Settings, database: Database, as_of: datetime) -> int:
    """Writes all of them, in place of those before; how many tables there are."""
    with database.connect("etl", application_name="miyabi-dw:tables") as connection:
        tables, known = read_tables(connection), public_names(connection)
    sources = source_tables()
    lineages = Lineages(known, sources, load_declarations().values())
    names = {table.name for table in tables}
    for table in tables:
        context = {"table": table, "lineage": lineages.of(table.name), "names": names, "as_of": as_of}
        context |= {"months": months_chart(table.months) if table.months else None, "sources": sources}
        publish(settings, TABLES / f"{table.name}.html", "table.html", context)
        for check in table.checks:
            _write_check(settings, table, check, as_of)
    publish(settings, TABLES / "index.html", "tables.html", {"tables": tables, "as_of": as_of})
    logger.info("wrote the pages of %d tables", len(tables))
    return len(tables)


def _write_check(settings: Settings, table: TableRows, check: CheckHistory, as_of: datetime) -> None:
    context = {"table": table, "check": check, "as_of": as_of, "chart": failed_chart(check, settings)}
    publish(settings, CHECKS / f"{check.page}.html", "check.html", context)


def months_chart(months: Sequence[MonthRows]) -> Chart:
    """Rows by month; a month without rows between two that have some has an empty place."""
    rows = {row.month_key: row.rows for row in months}
    keys = [key for key in range(min(rows), max(rows) + 1) if 1 <= key % 100 <= 12]
    values = tuple(float(rows.get(key, 0)) for key in keys)
    told = tuple(counted(rows.get(key, 0), "row") for key in keys)
    return Chart("Rows by month", "rows", tuple(map(month_name, keys)), (Series("rows", values, told),))


def failed_chart(check: CheckHistory, settings: Settings) -> Chart:
    """Rows that failed, run by run; where the check counts none, 1 for a run in which it did not pass."""
    days = [short_day(one.as_of.astimezone(settings.business_zone)) for one in check.results]
    labels = tuple(f"{day}, run {at}" for at, day in enumerate(days, start=1))
    failed = [one.rows_failed if one.rows_failed is not None else int(one.outcome != "passed") for one in check.results]
    told = tuple(counted(count, "row") for count in failed)
    return Chart("Rows that failed", "rows a run", labels, (Series("rows", tuple(map(float, failed)), told),))
