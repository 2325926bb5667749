"""Monday's work: what keeps the warehouse lean and true. Each step is a cell of the notebook `weekly_maintenance`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import StageFailed
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import EARLIEST, local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.etl.publish import publish_all
from miyabi_dw.etl.reconcile import reconcile
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.orchestration.runner.prune import prune as prune_runs
from miyabi_dw.orchestration.runner.request import data_begins
from miyabi_dw.registry.loaded_days import gaps_of_months

if TYPE_CHECKING:
    import pandas

NAME = "miyabi-dw:maintenance"
# What has a history of versions, by the member that they are versions of.
HISTORIES = {"dim_issue": "issue_id", "dim_infrastructure": "resource_id"}
MONTHS_AHEAD = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class FactSize:
    """A fact's rows, what its last vacuum left, and its bytes."""

    fact: str
    live_rows: int
    dead_rows: int
    bytes: int


@dataclass(frozen=True)
class Maintenance:
    """The weekly steps; each can be called alone and again."""

    settings: Settings
    database: Database
    as_of: datetime

    def reconcile(self, run_id: str = "") -> "pandas.DataFrame":
        """Every month of each source table on both sides, reread where they differed. StageFailed if one still does."""
        months = reconcile(self.database, self.settings, self.as_of, run_id or None)
        for month in months[~(months["is_equal"] | months["never_loaded"]).astype(bool)].itertuples():
            raise StageFailed(
                f"{month.source_table} of {month.bucket:%Y-%m} has {month.source_rows} rows in the source and"
                f" {month.warehouse_rows} here, also after a reread",
                str(month.source_table),
                "miyabi-dw quarantine list, then miyabi-dw doctor",
            )
        return months

    def never_loaded(self, months: "pandas.DataFrame") -> "pandas.DataFrame":
        """The months of a reconciliation of which no day was ever loaded, and the backfills that load them."""
        import pandas

        left = months[months["never_loaded"].astype(bool)]
        named = zip(left["source_table"], left["bucket"], strict=True)
        found = gaps_of_months(named, self._first_day(), local_day(self.as_of, self.settings.business_zone))
        rows = [(gap.first_day, gap.last_day, gap.days, gap.command) for gap in found]
        return pandas.DataFrame(rows, columns=["first day", "last day", "days", "to load them"])

    def _first_day(self) -> date:
        begins = data_begins(self.database, self.settings)
        return local_day(begins, self.settings.business_zone) if begins else EARLIEST

    def publish(self) -> "pandas.DataFrame":
        """What the reconciliation corrected reaches the marts, finished months too; what was done to each mart."""
        return publish_all(self.database, self.settings, self.as_of)

    def prune(self) -> "pandas.DataFrame":
        """Removes pages, registry rows, logs and batches older than retention_days; how many of each."""
        import pandas

        before = self.as_of - timedelta(days=self.settings.retention_days)
        counts = prune_runs(self.settings, self.database, before)
        return pandas.DataFrame({"removed": list(counts), "count": list(counts.values())})

    def vacuum(self) -> "pandas.DataFrame":
        """VACUUM (ANALYZE) of every fact; rows and dead rows before and after."""
        import pandas

        # As the owner and outside a transaction: VACUUM allows nothing else.
        with self.database.connect("owner", application_name=NAME, autocommit=True) as connection:
            dead = {fact.fact: fact.dead_rows for fact in _facts(connection)}
            for name in dead:
                statements.run(connection, "operations/weekly_maintenance/vacuum", table=f"public.{name}")
            after = _facts(connection)
        rows = [(f.fact, f.live_rows, dead[f.fact], f.dead_rows, round(f.bytes / 1e6, 1)) for f in after]
        return pandas.DataFrame(rows, columns=["fact", "rows", "dead before", "dead after", "MB"])

    def histories(self) -> "pandas.DataFrame":
        """StageFailed when versions of a member overlap, leave a hole, or more or less than one is current."""
        import pandas

        with self.database.connect("etl", application_name=NAME) as connection:
            rows = [(table, *_faults(connection, table, member)) for table, member in HISTORIES.items()]
        for table, gaps, wrong in rows:
            if gaps or wrong:
                raise StageFailed(
                    f"{table} has {gaps} versions that overlap or leave a hole and {wrong} members without exactly one"
                    " current version",
                    table,
                    "restore the table from a backup, or correct effective_date and expiration_date in SQL",
                )
        return pandas.DataFrame(rows, columns=["dimension", "gaps and overlaps", "members without one current version"])

    def partitions(self) -> "pandas.DataFrame":
        """Makes the partitions of this month and the next two, so that no load has to."""
        import pandas

        today = local_day(self.as_of, self.settings.business_zone)
        keys = {"first_key": time_key(today), "last_key": time_key(today + MONTHS_AHEAD)}
        with self.database.connect("owner", application_name=NAME) as connection:
            statements.run(connection, "operations/weekly_maintenance/add_partitions", keys)
            return pandas.DataFrame(statements.run(connection, "operations/weekly_maintenance/partitions"))

    def finish(self, run_id: str, months: "pandas.DataFrame") -> str:
        """Keeps with the run how it went; the sentence of its page."""
        never = self.never_loaded(months)
        loaded = len(months) - int(months["never_loaded"].sum())
        sentence = f"The warehouse equals the source in {counted(loaded, 'month')} of its tables."
        missing = f"{counted(int(never['days'].sum()), 'day')} of the source not loaded."
        remedy = ", ".join(never["to load them"])
        findings = [Finding("days_not_loaded", "warning", missing, remedy=remedy)] if len(never) else []
        keep_outcome(self.database, run_id, "weekly_maintenance", sentence, findings)
        return sentence


def open_maintenance(as_of: str = "") -> Maintenance:
    """What the notebook calls first."""
    settings = load_settings()
    return Maintenance(settings, Database(settings), settings.now(as_of))


def _facts(connection: Connection) -> list[FactSize]:
    return statements.rows_as(FactSize, connection, "operations/weekly_maintenance/facts")


def _faults(connection: Connection, table: str, member: str) -> tuple[int, int]:
    gaps = statements.run(connection, "gates/version_gaps", batch=table, member=member)
    wrong = statements.run(connection, "gates/current_versions", batch=table, member=member)
    return len(gaps), len(wrong)
