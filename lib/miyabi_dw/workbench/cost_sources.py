"""Where the cost of a period comes from: reported, estimated as a range, suspect, or not known at all."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from miyabi_dw.common.text import counted
from miyabi_dw.workbench.costs import total
from miyabi_dw.workbench.written import teller, usd, usd_range

if TYPE_CHECKING:
    import pandas

NOTHING = Decimal()


@dataclass(frozen=True)
class CostSources:
    """Executions by where their cost comes from. `usd` to `high_usd` is the cost without the suspect reports."""

    reported: int
    estimated: int
    suspect: int
    unknown: int
    usd: Decimal | None
    high_usd: Decimal | None
    estimated_usd: Decimal
    estimated_high_usd: Decimal
    suspect_usd: Decimal
    unpriced_models: int
    unpriced_tokens: Decimal

    @classmethod
    def of(cls, by_month: "pandas.DataFrame") -> "CostSources":
        """From rows of sql/analysis/agent_months."""
        models = unpriced(by_month)
        known, estimated, suspect = (
            int(by_month[kind].sum()) for kind in ("executions_with_cost", "estimated_executions", "suspect_executions")
        )
        return cls(
            reported=known - estimated - suspect,
            estimated=estimated,
            suspect=suspect,
            unknown=int(by_month["executions"].sum()) - known,
            usd=total(by_month["cost_usd"]),
            high_usd=total(by_month["cost_high_usd"]),
            estimated_usd=total(by_month["estimated_usd"]) or NOTHING,
            estimated_high_usd=total(by_month["estimated_high_usd"]) or NOTHING,
            suspect_usd=total(by_month["suspect_usd"]) or NOTHING,
            unpriced_models=len(models),
            unpriced_tokens=total(models["tokens_without_cost"]) or NOTHING,
        )

    @property
    def sentence(self) -> str:
        return " ".join([self._known(), *self._suspect(), *self._unpriced(), *self._unknown()])

    @property
    def doubts(self) -> tuple[str, ...]:
        """What one must know to believe a cost made of them."""
        estimated = usd_range(self.estimated_usd, self.estimated_high_usd)
        told = [f"Estimated from tokens: {estimated} of {usd(self.usd)}."] if self.usd and self.estimated else []
        return (*told, *self._unpriced(), *self._unknown())

    def table(self) -> "pandas.DataFrame":
        """A row a source; the ends of a range are equal where there is none."""
        import pandas

        reported = (self.usd or NOTHING) - self.estimated_usd
        rows = [
            ("reported", self.reported, reported, reported),
            ("estimated from tokens", self.estimated, self.estimated_usd, self.estimated_high_usd),
            ("reported, suspect, left out of charts", self.suspect, self.suspect_usd, self.suspect_usd),
            ("not known", self.unknown, None, None),
        ]  # fmt: skip
        return pandas.DataFrame(rows, columns=["source_of_cost", "executions", "usd", "usd_at_most"])

    def _known(self) -> str:
        if self.usd is None:
            return "No cost that can be trusted is known."
        told = usd_range(self.usd, self.high_usd)
        return f"{told}: {self.reported:,} reported and {self.estimated:,} estimated executions.{self._why_a_range()}"

    def _why_a_range(self) -> str:
        if self.usd is None or usd_range(self.usd, self.high_usd) == usd(self.usd):
            return ""
        return (
            " It is a range because cached tokens are not told apart; "
            "charts, trend and forecast show the lower end, all input from the cache."
        )

    def _suspect(self) -> list[str]:
        if not self.suspect:
            return []
        said = f"{counted(self.suspect, 'report')} of {usd(self.suspect_usd)} in all"
        return [f"Suspect, far from the price list, and in none of these figures: {said}."]

    def _unpriced(self) -> list[str]:
        if not self.unpriced_models:
            return []
        models = counted(self.unpriced_models, "model")
        return [f"The price list lacks {models} with {teller('tokens_input')(self.unpriced_tokens)}."]

    def _unknown(self) -> list[str]:
        return [f"Of {counted(self.unknown, 'execution')} the cost is not known."] if self.unknown else []


def unpriced(by_month: "pandas.DataFrame") -> "pandas.DataFrame":
    """Models whose tokens could not be priced, the most tokens first."""
    rows = by_month[by_month["tokens_without_cost"].astype("float64") > 0]
    columns = ["executions_without_cost", "tokens_without_cost"]
    models = rows.groupby("ai_model")[columns].agg(total).reset_index()
    return models.sort_values("tokens_without_cost", key=lambda column: column.astype("float64"), ascending=False)
