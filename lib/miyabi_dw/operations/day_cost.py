"""What a day's language models cost, in one sentence, and what to do about costs that cannot be right or known."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from miyabi_dw.common.text import counted, dollar_range, dollars
from miyabi_dw.common.timeframe import time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection

UNPRICED = "see miyabi-dw costs unpriced"
SUSPECTS = "see miyabi-dw costs suspects"


@dataclass(frozen=True, slots=True)
class DayCost:
    """Executions of one business day by where their cost comes from; `usd` to `high_usd` is without the suspect ones.

    What has tokens and no price is counted over the days from the first.
    """

    reported: int
    estimated: int
    suspect: int
    unknown: int
    usd: Decimal | None
    high_usd: Decimal | None
    suspect_usd: Decimal | None
    unpriced_models: int
    unpriced_tokens: Decimal | None

    def sentences(self) -> list[str]:
        """The cost first, then hints that name a command."""
        return [f"{self._known()}{self._suspect()}.", *self._hints()]

    def _known(self) -> str:
        if not self.reported + self.estimated + self.suspect + self.unknown:
            return "No execution that completed on this day is loaded"
        told = "No known cost" if self.usd is None else dollar_range(self.usd, self.high_usd)
        counts = f"{self.reported:,} reported, {self.estimated:,} estimated, {self.unknown:,} of unknown cost"
        return f"{told} for language models (executions: {counts})"

    def _suspect(self) -> str:
        if self.suspect_usd is None:
            return ""
        return f", without {counted(self.suspect, 'suspect report')} of {dollars(float(self.suspect_usd))} in all"

    def _hints(self) -> list[str]:
        hints = [f"A suspect cost lies far from the price list: {SUSPECTS}."] if self.suspect else []
        if self.unpriced_models:
            models = counted(self.unpriced_models, "model")
            hints.append(f"The price list lacks {models} with {self.unpriced_tokens or 0:,.0f} tokens: {UNPRICED}.")
        return hints


def day_cost(connection: Connection, first: date, day: date) -> DayCost:
    """The cost of a business day; models without a price are looked for from `first` on."""
    values = {"first_time_key": time_key(first), "last_time_key": time_key(day)}
    return statements.one_as(DayCost, connection, "operations/morning_checklist/day_cost", values)
