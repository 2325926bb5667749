"""The monthly review, a step a cell of the notebook `monthly_review`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest, MiyabiError, StageFailed
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month, business_day, local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database, DatabaseError, frame
from miyabi_dw.db.errors import told_error
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations import cold_storage, data_dictionary, recovery
from miyabi_dw.operations.backup.catalogue import backups_on_disk
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.operations.review.advice import advise
from miyabi_dw.operations.review.slow import Slow, slowest

if TYPE_CHECKING:
    import pandas

NAME = "miyabi-dw:review"
NO_REHEARSAL, BACKUP = "Nothing could be rehearsed, for there is no good backup.", "miyabi-dw backup"


Section = Callable[["Review"], Any]


class Untold(str):
    """The sentence in the place of a section that could not be made."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def section(title: str) -> Callable[[Section], Section]:
    """A step of the review that, where it cannot be done, says why in its place and lets the others be done."""

    def guarded(make: Section) -> Section:
        @wraps(make)
        def made(review: "Review") -> Any:
            try:
                return make(review)
            except (MiyabiError, DatabaseError, OSError) as error:
                return review.note(title, error)

        return made

    return guarded


@dataclass
class Review:
    """What there is to say about the month before `as_of`; `failed` has the sections that should have been made."""

    settings: Settings
    database: Database
    as_of: datetime
    failed: dict[str, str] = field(default_factory=dict)

    def note(self, title: str, error: Exception) -> Untold:
        """The reason in words. What this installation does not offer (BadRequest) is no failure of the review."""
        words = str(error) if isinstance(error, MiyabiError) else "; ".join(filter(None, told_error(error)))
        if not isinstance(error, BadRequest):
            self.failed[title] = words
        return Untold(f"{title} could not be made: {words}")

    def finish(self, run_id: str = "") -> str:
        """StageFailed when a section failed: the rest is done by then. What is left to do is kept with the run."""
        for title, words in self.failed.items():
            raise StageFailed(
                f"{counted(len(self.failed), 'section')} of the review not made, the first is the {title}: {words}",
                remedy="the other sections are done; mend the cause, then run it again",
            )
        sentence = "Every section of the review was made."
        findings = [] if self._has_backup() else [Finding("rehearsal", "warning", NO_REHEARSAL, remedy=BACKUP)]
        keep_outcome(self.database, run_id, "monthly_review", sentence, findings)
        return sentence

    @cached_property
    def slow(self) -> list[Slow]:
        with self.database.connect("owner", application_name=NAME, statement_timeout=60) as connection:
            return slowest(connection)

    @section("list of slow statements")
    def slow_table(self) -> "pandas.DataFrame":
        """The ten slowest statements."""
        import pandas

        rows = [(s.query_id, s.calls, s.mean_ms, s.total_s, s.rows, s.cost, s.line) for s in self.slow]
        return pandas.DataFrame(
            rows, columns=["query", "calls", "mean ms", "total s", "rows", "plan cost", "statement"]
        )

    @section("plans")
    def plans(self) -> str:
        """Their plans, one after the other."""
        return "\n\n".join(f"{s.query_id}: {s.line[:160]}\n{s.lines()}" for s in self.slow)

    @section("advice")
    def advice(self) -> "pandas.DataFrame":
        """What would help, and the command that does it."""
        import pandas

        with self.database.connect("owner", application_name=NAME) as connection:
            found = advise(connection, self._known_slow(), self.as_of)
        rows = [(a.kind, a.table, a.why, a.text, f"miyabi-dw tune apply {a.advice_id}") for a in found]
        return pandas.DataFrame(rows, columns=["kind", "table", "why", "statement", "to apply"])

    def _known_slow(self) -> list[Slow]:
        """Without statistics of statements there is other advice still."""
        try:
            return self.slow
        except BadRequest:
            return []

    @section("move to cold storage")
    def archive(self) -> "pandas.DataFrame":
        """Moves the months of facts that are due to cold storage."""
        import pandas

        moved = cold_storage.archive_due(self.database, self.settings, self.as_of)
        return pandas.DataFrame(moved, columns=["fact", "month", "rows", "bytes", "seconds", "waits for"])

    @section("month in numbers")
    def numbers(self) -> "pandas.DataFrame":
        """The last full business month in numbers."""
        zone = self.settings.business_zone
        month = Month.of(local_day(self.as_of, zone)) - 1
        span = {"starts": business_day(month.first, zone).start, "ends": business_day(month.last, zone).end}
        keys = {"first_key": time_key(month.first), "last_key": time_key(month.last)}
        with self.database.connect("etl", application_name=NAME) as connection:
            return frame(connection, statements.statement("operations/review/month"), span | keys)

    @section("rehearsal")
    def drill(self) -> str:
        """Rehearses both recoveries in a scratch database; how long they took. Without a good backup it says so."""
        if not self._has_backup():
            return f"{NO_REHEARSAL} {BACKUP}"
        return recovery.drill(self.database, self.settings, self.as_of).sentence

    def _has_backup(self) -> bool:
        return any(found.verified_at for found in backups_on_disk(self.settings))

    @section("data dictionary")
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
    return Review(settings, Database(settings), settings.now(as_of))
