"""Reads the definitions under sql/metrics and holds them against what the warehouse has."""

import logging
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from miyabi_dw.common.errors import BadRequest, MetricError
from miyabi_dw.common.paths import SQL
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.common.yaml_files import read_model, shown
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.catalogue import columns_of
from miyabi_dw.metrics.definition import Definition

logger = logging.getLogger(__name__)

METRICS = SQL / "metrics"
WHOLE, DAY, YES_OR_NO = "integer", "date", "boolean"


def names(root: Path = METRICS) -> tuple[str, ...]:
    """The metrics that there are, in their order."""
    return tuple(sorted(path.stem for path in root.glob("*.yml")))


def load(name: str, root: Path = METRICS) -> Definition:
    """One metric; BadRequest where there is none of that name, MetricError where its file cannot be used."""
    choose("metric", name, names(root))
    path = root / f"{name}.yml"
    found = _read(path, path.stat().st_mtime_ns)
    if found.name != name:
        raise MetricError(f"name: the metric is named {found.name!r}", shown(path), "name file and metric alike")
    logger.debug("%s is %s of %s", name, found.type, found.source)
    return found


# Pages and the API ask for all of them again and again, and a file is parsed in milliseconds.
@lru_cache(maxsize=500)
def _read(path: Path, _written_at: int) -> Definition:
    return read_model(path, Definition, MetricError)


def load_all(root: Path = METRICS) -> tuple[Definition, ...]:
    """Every metric, in the order of their names."""
    return tuple(load(name, root) for name in names(root))


def choose(kind: str, name: str, known: Iterable[str]) -> None:
    """BadRequest when there is no such thing, with the nearest that there is or with all."""
    known = list(known)
    if name in known:
        return
    near = did_you_mean(name, known)
    remedy = near or (f"choose one of {', '.join(known)}" if known else f"it has no {kind}")
    raise BadRequest(f"there is no {kind} {name!r}", remedy=remedy)


def check(connection: Connection, metric: Definition, root: Path = METRICS) -> None:
    """MetricError, naming file and key, where the warehouse lacks a view or a column, or has one of another type."""
    where = shown(root / f"{metric.name}.yml")
    for key, view in {"source": metric.source, "rows": metric.rows}.items():
        held = columns_of(connection, view)
        if not held:
            raise MetricError(f"{key}: there is no view {view!r}", where, "correct the name, or migrate the warehouse")
        for column, asked_by in metric.columns.items():
            if column not in held:
                near = did_you_mean(column, held)
                what = f"{asked_by}: {view} has no column {column!r}"
                raise MetricError(what, where, near or "correct the name, or migrate the warehouse")
            _check_type(asked_by, column, held[column], where, metric)


def _check_type(asked_by: str, column: str, held: str, where: str, metric: Definition) -> None:
    wanted = WHOLE if metric.has_day_keys else DAY
    if asked_by == "agg_time_dimension" and held != wanted:
        raise MetricError(f"{asked_by}: {column} is a {held}", where, "name a date, or a time_key (yyyymmdd)")
    if asked_by.endswith(".filter") and held != YES_OR_NO:
        raise MetricError(f"{asked_by}: {column} is a {held}", where, "name a column that is true or false")
