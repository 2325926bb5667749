"""The monthly review, a step a cell of the notebook `monthly_review`."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.timeframe import Month, business_day, local_day, now, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database, frame
from miyabi_dw.operations import cold_storage, data_dictionary, recovery
from miyabi_dw.operations.backup.catalogue import backups_on_disk
from miyabi_dw.operations.review.advice import advise
from miyabi_dw.operations.review.slow import Slow, slowest

if TYPE_CHECKING:
    import pandas

NAME = "miyabi-dw:review"


@dataclass
class Review:
    """What there is to say about the month before `as_of`."""

    settings: Settings
    database: Database
    as_of: datetime

    @cached_property
    def slow(self) -> list[Slow]:
        with self.database.connect("owner", application_name=NAME, statement_timeout=60) as connection:
            return slowest(connection)

    def slow_table(self) -> "pandas.DataFrame":
        """The ten slowest statements."""
        import pandas

        rows = [(s.query_id, s.calls, s.mean_ms, s.total_s, s.rows, s.cost, s.line) for s in self.slow]
        return pandas.DataFrame(
            rows, columns=["query", "calls", "mean ms", "total s", "rows", "plan cost", "statement"]
        )

    def plans(self) -> str:
        """Their plans, one after the other."""
        return "\n\n".join(f"{s.query_id}: {s.line[:160]}\n{s.lines()}" for s in self.slow)

    def advice(self) -> "pandas.DataFrame":
        """What would help, and the command that does it."""
        import pandas

        with self.database.connect("owner", application_name=NAME) as connection:
            found = advise(connection, self.slow, self.as_of)
        rows = [(a.kind, a.table, a.why, a.text, f"miyabi-dw tune apply {a.advice_id}") for a in found]
        return pandas.DataFrame(rows, columns=["kind", "table", "why", "statement", "to apply"])

    def archive(self) -> "pandas.DataFrame":
        """Moves the months of facts that are due to cold storage."""
        import pandas

        moved = cold_storage.archive_due(self.database, self.settings, self.as_of)
        return pandas.DataFrame(moved, columns=["fact", "month", "rows", "bytes", "seconds", "waits for"])

    def numbers(self) -> "pandas.DataFrame":
        """The last full business month in numbers."""
        zone = self.settings.business_zone
        month = Month.of(local_day(self.as_of, zone)) - 1
        span = {"starts": business_day(month.first, zone).start, "ends": business_day(month.last, zone).end}
        keys = {"first_key": time_key(month.first), "last_key": time_key(month.last)}
        with self.database.connect("etl", application_name=NAME) as connection:
            return frame(connection, statements.statement("operations/review/month"), span | keys)

    def drill(self) -> str:
        """Rehearses both recoveries in a scratch database; how long they took. Without a good backup it says so."""
        if not any(found.verified_at for found in backups_on_disk(self.settings)):
            return "nothing could be rehearsed, for there is no good backup: miyabi-dw backup"
        return recovery.drill(self.database, self.settings, self.as_of).sentence

    def dictionary(self) -> str:
        """Writes the data dictionary from the comments in the database; what became of it."""
        with self.database.connect("owner", application_name=NAME) as connection:
            text = data_dictionary.data_dictionary(connection)
        path = self.settings.docs_dir / data_dictionary.DICTIONARY
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return f"{path.name} is as the database says"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return f"{path.name} was written"


def open_review(as_of: str = "") -> Review:
    """What the notebook calls first."""
    settings = load_settings()
    return Review(settings, Database(settings), now(as_of, settings.business_zone))
