"""What the analysts' notebooks call: named queries on the read-only role, their parameters bound and never pasted."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from miyabi_dw import statements
from miyabi_dw.database import Database, frame
from miyabi_dw.errors import BadRequest
from miyabi_dw.settings import load_settings
from miyabi_dw.timeframe import parse_day

if TYPE_CHECKING:
    import pandas

LONGEST_LIST = 500


@dataclass(frozen=True)
class Workbench:
    """`first_day` and `last_day` are those on which the facts hold anything; today for an empty warehouse."""

    database: Database
    first_day: date
    last_day: date

    def frame(self, name: str, **parameters: Any) -> "pandas.DataFrame":
        """The rows of sql/analysis/<name>.sql; ConnectionFailed when the warehouse has gone away."""
        with self.database.connect("analyst", application_name="miyabi-dw:analyst", statement_timeout=60) as connection:
            return frame(connection, statements.statement(f"analysis/{name}"), {"limit": LONGEST_LIST, **parameters})

    def repositories(self) -> list[str]:
        """'(all)' and each repository; '(all)' alone for an empty warehouse."""
        return list(self.frame("repositories")["repository"]) or ["(all)"]

    def day(self, text: object, otherwise: date) -> date:
        """A day given in the URL or on the command line; `otherwise` when there is none or it is no date."""
        try:
            return parse_day(str(text)) if text else otherwise
        except BadRequest:
            return otherwise


def open_workbench() -> Workbench:
    """Connected by the settings in force, as the read-only role."""
    database = Database(load_settings())
    with database.connect("analyst", application_name="miyabi-dw:analyst") as connection:
        span = statements.run(connection, "analysis/span")[0]
    today = date.today()  # noqa: DTZ011 - only what a calendar widget opens at
    return Workbench(database, span["first_day"] or today, span["last_day"] or today)
