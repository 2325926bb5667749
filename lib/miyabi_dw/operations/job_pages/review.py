"""The page of the monthly review. A section that could not be made says why in its place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from miyabi_dw.common.display import Grid, Sentences, Shown, Texts, Tile, Tiles, columns
from miyabi_dw.common.text import UNKNOWN, counted, cut, dollars
from miyabi_dw.operations.job_pages.words import month_name, number, size
from miyabi_dw.operations.review.monthly import Review, Untold
from miyabi_dw.operations.review.slow import Slow
from miyabi_dw.reports.formats import duration

if TYPE_CHECKING:
    import pandas

LINE = 120


def _or_why(given: object, show: Callable[["pandas.DataFrame"], Shown]) -> Shown:
    return sentence(given) if isinstance(given, Untold) else show(given)  # type: ignore[arg-type]


def sentence(told: object) -> Sentences:
    text = str(told)
    return Sentences((f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else "."),))


def numbers(review: Review) -> Shown:
    """The month as tiles, in the units of its measures."""
    return _or_why(review.numbers(), _numbers)


def _numbers(measures: "pandas.DataFrame") -> Tiles:
    return Tiles(tuple(_measure(str(name), value) for name, value in measures.to_numpy()))


def _measure(name: str, value: float | None) -> Tile:
    """The words after the first comma are the unit and what was left out."""
    label, _, rest = name.partition(", ")
    label = label[:1].upper() + label[1:]
    if "USD" in rest or "USD" in name:
        shown = UNKNOWN if value is None or value != value else dollars(float(value)).removesuffix(" USD")
        return Tile(label, shown, "USD", rest.replace("USD, ", "").removesuffix("USD").strip(", "))
    shown = number(value)
    return Tile(label, shown, "%" if "percent" in rest and shown != UNKNOWN else "")


def slow(review: Review) -> Shown:
    return _or_why(review.slow_table(), _slow)


def _slow(statements: "pandas.DataFrame") -> Grid:
    head = columns(
        "mean|number", "calls|number", "in all|number", "rows|number", "cost of the plan|number", "statement|code"
    )
    rows = tuple(
        (f"{float(mean):,.1f} ms", number(calls), duration(float(total)), number(rows), number(cost), cut(line, LINE))
        for _, calls, mean, total, rows, cost, line in statements.to_numpy()
    )
    return Grid(head, rows, "No statement is counted yet.")


def plans(review: Review) -> Shown:
    """A plan for each that has one; the others by the reason."""
    told = review.plans()
    return sentence(told) if isinstance(told, Untold) else Texts(tuple(_plan(one) for one in review.slow))


def _plan(one: Slow) -> tuple[str, str]:
    return f"{float(one.mean_ms):,.1f} ms: {cut(one.line, LINE)}", one.lines()


def advice(review: Review) -> Shown:
    return _or_why(review.advice(), _advice)


def _advice(found: "pandas.DataFrame") -> Grid:
    head = columns("advice", "table", "why", "what it amounts to|code", "to apply it|command")
    return Grid(head, tuple(tuple(map(str, row)) for row in found.to_numpy()), "There is no advice.")


def cold(review: Review) -> Shown:
    return _or_why(review.archive(), _cold)


def _cold(moved: "pandas.DataFrame") -> Grid:
    head = columns("fact", "month", "rows|number", "size|number", "took|number", "waits for")
    rows = tuple(
        (fact, month_name(int(month)), number(rows), size(bytes_), duration(float(seconds)), str(waits))
        for fact, month, rows, bytes_, seconds, waits in moved.to_numpy()
    )
    return Grid(head, rows, "No month was due.", counted(len(rows), "month") if rows else "")
