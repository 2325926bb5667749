"""Which business days were never loaded though days before and after them were, and the command that loads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import ONE_DAY, Month
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as
from miyabi_dw.registry.declarations import Pipeline, load_declarations

# More are counted; once these are loaded the next ones are named.
GAPS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that were never loaded, from first to last, both included."""

    first_day: date
    last_day: date
    days: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that a pipeline has not loaded between two days that it has."""

    pipeline: str
    first_day: date
    last_day: date
    days: int

    @property
    def command(self) -> str:
        return f"miyabi-dw backfill {self.pipeline} --from {self.first_day} --to {self.last_day}"

    @property
    def span(self) -> str:
        return str(self.first_day) if self.days == 1 else f"{self.first_day} to {self.last_day}"

    def __str__(self) -> str:
        return f"{counted(self.days, 'day')} never loaded, {self.span}: {self.command}"


def gaps(connection: Connection, pipelines: Iterable[Pipeline]) -> list[Gap]:
    """Every gap once, oldest first: of pipelines with tables in common the one that reads most fills it for all."""
    found: dict[tuple[date, date], Gap] = {}
    for pipeline in sorted(pipelines, key=lambda one: -len(one.source_tables)):
        tables = sorted(set(pipeline.source_tables) - set(pipeline.reference_tables))
        for hole in rows_as(Stretch, connection, "registry/loaded_days/gaps", {"tables": tables}):
            if not any(first <= hole.first_day and hole.last_day <= last for first, last in found):
                found[hole.first_day, hole.last_day] = Gap(pipeline.name, hole.first_day, hole.last_day, hole.days)
    return sorted(found.values(), key=lambda gap: (gap.first_day, gap.pipeline))


def gaps_of_months(months: Iterable[tuple[str, date]], begins: date, today: date) -> list[Gap]:
    """Source tables and first days of months never loaded, as stretches of days from `begins` to yesterday."""
    readers = sorted(load_declarations().values(), key=lambda one: -len(one.source_tables))
    wanted = {(reader.name, Month.of(first)) for table, first in months for reader in [_reader(readers, table)]}
    stretches: dict[tuple[str, int], list[Month]] = {}
    for place, (name, month) in enumerate(sorted(wanted)):
        stretches.setdefault((name, month.ordinal - place), []).append(month)
    spans = [
        (name, max(begins, members[0].first), min(today - ONE_DAY, members[-1].last))
        for (name, _), members in stretches.items()
    ]
    return [Gap(name, first, last, (last - first).days + 1) for name, first, last in spans if first <= last]


def _reader(pipelines: Iterable[Pipeline], table: str) -> Pipeline:
    return next(one for one in pipelines if table in one.source_tables)


def told(found: Sequence[Gap]) -> str:
    """The gaps in one sentence, each with its days."""
    if not found:
        return "Every day between loaded ones was loaded."
    days = sum(gap.days for gap in found)
    named = [f"{gap.span} ({counted(gap.days, 'day')})" for gap in found[:GAPS_TOLD]]
    named += [f"{len(found) - GAPS_TOLD} more"] * (len(found) > GAPS_TOLD)
    return f"{counted(days, 'day was', 'days were')} never loaded between loaded ones: {', '.join(named)}."


def commands(found: Sequence[Gap]) -> str:
    """What loads the gaps that are named; '' without any."""
    return ", then ".join(gap.command for gap in found[:GAPS_TOLD])
