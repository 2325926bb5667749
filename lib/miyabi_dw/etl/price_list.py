"""The list prices of the package genai-prices as rows of the price catalogue; nothing is fetched over a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice

ALWAYS = date(1900, 1, 1)
# The kinds of tokens that the catalogue has a price for, as the package calls them.
KINDS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """US dollars for a million tokens of a model under one of its names, from a day on (`valid_to` excluded)."""

    llm_provider: str
    model_id: str
    name: str
    valid_from: date
    valid_to: date | None
    note: str
    input_usd: Decimal
    output_usd: Decimal
    cache_read_usd: Decimal | None
    cache_write_usd: Decimal | None
    cache_write_1h_usd: Decimal | None


@cache
def package_prices() -> tuple[ListedPrice, ...]:
    """Every price of the installed package; models that are not paid by tokens read and written are left out."""
    return tuple(_package_prices())


def _package_prices() -> Iterator[ListedPrice]:
    # Half a second, which only a loading of catalogues needs.
    from genai_prices.data import providers

    release = f"list price by genai-prices {version('genai-prices')}"
    for provider in providers:
        for model in provider.models:
            for name in _names(model):
                yield from _prices(provider.id, model, name, release)


def _names(model: "ModelInfo") -> Sequence[str]:
    """The model's id, and the spellings that the package takes for it word by word."""
    from genai_prices.types import ClauseEquals, ClauseOr

    clauses = model.match.or_ if isinstance(model.match, ClauseOr) else [model.match]
    return list(dict.fromkeys([model.id, *(clause.equals for clause in clauses if isinstance(clause, ClauseEquals))]))


def _prices(provider: str, model: "ModelInfo", name: str, release: str) -> Iterator[ListedPrice]:
    steps, has_hours = _steps(model)
    ends = [later for _, later in pairwise([first for first, _ in steps])]
    for (first, prices), end in zip(steps, [*ends, None], strict=True):
        kinds = [getattr(prices, kind, None) for kind in KINDS]
        read, written, *cached = (_base(kind) for kind in kinds)
        if read is not None and written is not None:
            note = _note(release, is_tiered=any(hasattr(kind, "tiers") for kind in kinds), has_hours=has_hours)
            yield ListedPrice(provider, model.id, name, first, end, note, read, written, *cached)


def _steps(model: "ModelInfo") -> "tuple[list[tuple[date, ModelPrice]], bool]":
    """From which day which price holds, in order, and whether other prices hold at some hours."""
    if not isinstance(model.prices, list):
        return [(ALWAYS, model.prices)], False
    dated = [(_first_day(price), price.prices) for price in model.prices]
    steps = {first: prices for first, prices in reversed(dated) if first is not None}
    return sorted(steps.items(), key=lambda step: step[0]), None in (first for first, _ in dated)


def _first_day(price: "ConditionalPrice") -> date | None:
    """None for a price of some hours of the day."""
    return ALWAYS if price.constraint is None else getattr(price.constraint, "start_date", None)


def _base(price: object) -> Decimal | None:
    base = getattr(price, "base", price)
    return base if isinstance(base, Decimal) else None


def _note(release: str, *, is_tiered: bool, has_hours: bool) -> str:
    told = [release, "long prompts cost more" if is_tiered else "", "at some hours another price" if has_hours else ""]
    return "; ".join(filter(None, told))
