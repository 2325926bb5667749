"""The connection of a notebook: named queries on the read-only role, and one sentence when they cannot be answered."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import marimo as mo

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError, first_rows, frame
from miyabi_dw.db.errors import code_of, explained, is_lost, redacted_error
from miyabi_dw.registry.cold_session import join_named
from miyabi_dw.reports.lacking import lacking
from miyabi_dw.workbench import filters
from miyabi_dw.workbench.panels import demonstration, halt

if TYPE_CHECKING:
    import pandas
    from marimo._plugins.ui._impl.dictionary import dictionary

logger = logging.getLogger(__name__)

NAME = "miyabi-dw:analyst"
LONGEST_ANSWER_SECONDS = 60
LONGEST_LIST = 1_000
LONGEST_ANSWER = 100_000
EMPTY = "The warehouse is empty: no run has loaded anything yet. Load a day: miyabi-dw run daily, or miyabi-dw demo."

Answer = TypeVar("Answer")
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day on which facts or marts have rows; null for an empty warehouse."""

    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class Workbench:
    """`first_day` and `last_day` are those on which the facts or marts have rows; null for an empty warehouse."""

    database: Database
    settings: Settings
    first_day: date | None = None
    last_day: date | None = None

    def read(self, reading: Callable[[Connection], Answer]) -> Answer:
        """What `reading` makes of a read-only connection; stops the cell with one sentence when it cannot be had."""
        try:
            with self.database.connect(
                "analyst", application_name=NAME, statement_timeout=LONGEST_ANSWER_SECONDS
            ) as connection:
                return reading(connection)
        except MiyabiError as error:
            return halt(str(error), "danger")
        except DatabaseError as error:
            logger.info("a question could not be answered (%s): %s", code_of(error), redacted_error(error))
            return halt(_why(error, self.database.describe("analyst")), "danger")

    def frame(self, name: str, parameters: Values | None = None, **more: object) -> "pandas.DataFrame":
        """The rows of sql/analysis/<name>.sql, its parameters bound, times on the clocks of the business."""
        return self._frame(statements.statement(f"analysis/{name}"), parameters, more)

    def column_frame(self, name: str, table: str, column: str, **parameters: object) -> "pandas.DataFrame":
        """As `frame`, for a statement about a table and a column that are put in as quoted names."""
        return self._frame(statements.statement(f"analysis/{name}", table=table, column=column), None, parameters)

    def _frame(self, text: str, parameters: Values | None, more: Values) -> "pandas.DataFrame":
        bound = {"limit": LONGEST_LIST, **(parameters or {}), **more}
        return self._on_our_clocks(
            self.read(lambda connection: frame(self._joined(connection, text, bound), text, bound))
        )

    def _joined(self, connection: Connection, text: str, bound: Values) -> Connection:
        """The connection, on which the facts that the text names have their months in cold storage."""
        first, last = bound.get("first_day"), bound.get("last_day")
        days = (first, last) if isinstance(first, date) and isinstance(last, date) else None
        join_named(connection, self.settings, text, days)
        return connection

    def sql(self, text: str, **parameters: object) -> "pandas.DataFrame":
        """The rows of a question of one's own; %(name)s in it is bound to the parameter of that name.

        Stops with a sentence when there are more than LONGEST_ANSWER. Without parameters % means itself.
        """
        found = self.read(
            lambda connection: first_rows(
                self._joined(connection, text, {}), text, LONGEST_ANSWER + 1, parameters or None
            )
        )
        if len(found) > LONGEST_ANSWER:
            halt(f"The answer has more than {LONGEST_ANSWER:,} rows: sum them up, or add a LIMIT.")
        return self._on_our_clocks(found)

    def _on_our_clocks(self, found: "pandas.DataFrame") -> "pandas.DataFrame":
        for name in found.select_dtypes("datetimetz"):
            found[name] = found[name].dt.tz_convert(self.settings.business_zone)
        return found

    def names(self, of: str) -> list[str]:
        """The values to choose from: the first column of sql/analysis/<of>.sql."""
        return [str(value) for value in self.frame(of).iloc[:, 0]]

    def lacking(self, what: str) -> str:
        """One line where the source has never told this: reviews, durations, costs or failures; else nothing."""
        return self.read(lacking).get(what, "")

    def filters(self, given: filters.Given, **lists: list[str]) -> "tuple[dictionary, tuple[str, ...]]":
        """Controls `from`, `to` and one a list, set to what is given, and a sentence for each that cannot be.

        Stops with another when the warehouse is empty. A list that has '(all)' opens at it, another at its first.
        """
        if self.first_day is None or self.last_day is None:
            halt(EMPTY)
        return filters.controls(given, (self.first_day, self.last_day), lists)


def open_workbench() -> Workbench:
    """Connected by the settings in force, as the read-only role."""
    try:
        settings = load_settings()
    except MiyabiError as error:
        halt(str(error), "danger")
    if clock := settings.demo_clock:
        mo.output.append(demonstration(clock.told(settings.business_zone)))
    closed = Workbench(Database(settings), settings)
    span = closed.read(lambda connection: statements.one_as(Span, connection, "analysis/span"))
    return Workbench(closed.database, settings, span.first_day, span.last_day)


def _why(error: Exception, where: str) -> str:
    if code_of(error) == "statement-cancelled":
        return f"The answer took longer than {LONGEST_ANSWER_SECONDS} seconds: choose a shorter period."
    if is_lost(error):
        return str(explained(error, where))
    return f"The warehouse could not answer ({where}): {redacted_error(error)}. See miyabi-dw doctor."
