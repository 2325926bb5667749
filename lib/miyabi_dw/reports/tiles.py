"""The tiles of the top page: a number, its class, a line of its last weeks; label, unit and format are the metric's."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from markupsafe import Markup

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.text import UNKNOWN
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.metrics.answer import Figure, answer, loaded_days
from miyabi_dw.metrics.budget import COST, for_tile
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.format import part
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import ask
from miyabi_dw.reports.formats import days
from miyabi_dw.reports.inline_svg import line

logger = logging.getLogger(__name__)

# The four of DORA, then what the work cost and how much of it there was.
SHOWN = ("deployment_frequency", "lead_time", "change_failure_rate", "recovery", "llm_cost", "changes_per_day")
WITH_AGENTS = "agent_share_of_changes"
WEEKS = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Tile:
    """The number of the last whole week, and how it came about; `grade` is DORA's class, '' where there is none.

    `is_known` says whether any of the weeks has a number.
    """

    name: str
    label: str
    meaning: str
    number: str
    unit: str
    grade: str
    notes: tuple[str, ...]
    line: Markup
    is_known: bool = True


def read_tiles(database: Database, today: date) -> list[Tile]:
    """Those of which a whole week was loaded, in their order. One that cannot be computed costs no page."""
    # In autocommit what one tile cannot read spoils no other.
    with database.connect("etl", application_name="miyabi-dw:tiles", autocommit=True) as connection:
        found = [_read(connection, load(name), today) for name in (*SHOWN, WITH_AGENTS)]
    # What was made with agents is unknown where nothing tells of them, and no zero.
    return [tile for tile in found if tile and (tile.is_known or tile.name != WITH_AGENTS)]


def _read(connection: Connection, metric: Definition, today: date) -> Tile | None:
    try:
        sunday = _last_sunday(connection, metric)
        tile = _tile(metric, _weeks(connection, metric, sunday, today)) if sunday else None
        return _with_budget(connection, tile, today) if tile and metric.name == COST else tile
    except (MiyabiError, DatabaseError) as error:
        logger.warning("the tile of %s cannot be computed: %s", metric.name, error)
        notes = ("cannot be computed: miyabi-dw doctor says why",)
        return Tile(metric.name, metric.label, metric.description, UNKNOWN, "", "", notes, Markup(""))


def _with_budget(connection: Connection, tile: Tile, today: date) -> Tile:
    """Says how far the month's budget is used, where there is one."""
    use = for_tile(connection, today)
    return replace(tile, notes=(*tile.notes, use.sentence)) if use else tile


def _last_sunday(connection: Connection, metric: Definition) -> date | None:
    """The end of the last week that was loaded to its end."""
    first, last = loaded_days(connection, metric)
    if first is None or last is None:
        return None
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return sunday if sunday >= first else None


def _weeks(connection: Connection, metric: Definition, sunday: date, today: date) -> Sequence[Figure]:
    first = sunday - WEEKS * WEEK + timedelta(days=1)
    return answer(connection, ask(metric, Grain.parse("week", metric), first, sunday, today)).figures


def _tile(metric: Definition, figures: Sequence[Figure]) -> Tile:
    last = figures[-1]
    number, unit = metric.parts(last.value)
    drawn = line([None if each.value is None else float(each.value) for each in figures], _told(metric, figures))
    is_known = any(each.value is not None for each in figures)
    grade, notes = last.dora_class or "", _notes(metric, last)
    return Tile(metric.name, metric.label, metric.description, number, unit, grade, notes, drawn, is_known)


def _notes(metric: Definition, figure: Figure) -> tuple[str, ...]:
    """Of when the number is, of how many a share is one, and how far it is known."""
    of = [f"week of {days(figure.starts, figure.ends)}"]
    is_share = metric.unit == "ratio" and figure.value is not None
    of += [f"{part(figure.numerator)} of {part(figure.denominator)}"] * is_share
    of += [figure.state] * (figure.state != "complete")
    of += ["nothing of it in that week"] * (figure.value is None and figure.state == "complete")
    of += [f"trusted since {metric.trusted_since}"] * (not figure.is_trusted)
    return tuple(of)


def _told(metric: Definition, figures: Sequence[Figure]) -> str:
    """The line in words."""
    numbers = ", ".join(metric.number(each.value) for each in figures)
    return f"{metric.label}, the last {len(figures)} weeks in {metric.unit_word}: {numbers}"
