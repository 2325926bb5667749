"""Measures the host and the warehouse's server: one row of fact_performance_metrics a call."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psutil

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, json_value

RESOURCE = "warehouse-host"
# A counter that fell was reset; a gap of over a day says nothing about now.
LONGEST_INTERVAL_SECONDS = 86_400

Figure = Decimal | int | str | None


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters that only grow, as read at `at`; rates come from two of them."""

    at: float
    disk_read: int
    disk_write: int
    network_in: int
    network_out: int
    transactions: int
    rollbacks: int
    deadlocks: int
    cache_hits: int
    cache_misses: int
    queries: int


@dataclass(frozen=True, slots=True)
class Server:
    """The server's own counters since it began to count, and what goes on at this moment."""

    transactions: int
    rollbacks: int
    deadlocks: int
    cache_hits: int
    cache_misses: int
    connections: int
    connections_of_server: int
    connection_limit: int
    slow_queries: int
    has_statements: bool


@dataclass(frozen=True, slots=True)
class Timings:
    """Time of statements since the counters were last reset; null where nothing has run or is counted."""

    query_count: int | None = None
    query_time_avg_ms: Decimal | None = None
    query_time_max_ms: Decimal | None = None
    latency_p50_ms: Decimal | None = None
    latency_p95_ms: Decimal | None = None
    latency_p99_ms: Decimal | None = None
    latency_max_ms: Decimal | None = None


def measure(database: Database, settings: Settings, *, run_number: int | None = None) -> dict[str, Figure]:
    """Measures once, records the figures by their column and returns them.

    Rates cover the time since the measurement before.
    """
    measured_at = datetime.now(UTC)
    with database.connect("etl", application_name="miyabi-dw:measurement") as connection:
        server = statements.one_as(Server, connection, "operations/host_metrics/server")
        timings = Timings()
        if server.has_statements:
            timings = statements.one_as(Timings, connection, "operations/host_metrics/statements")
        now = _counters(measured_at.timestamp(), server, timings)
        before = _exchange(settings.home / "measurement.json", now)
        measured = _host(settings) | _server(server) | _timings(timings) | _since(before, now)
        measured |= {"resource_id": RESOURCE, "measured_at": measured_at.isoformat(), "run_number": run_number}
        _record(connection, settings, measured, measured_at)
    return measured


def _record(connection: Connection, settings: Settings, measured: dict[str, Figure], at: datetime) -> None:
    day = {"time_key": time_key(local_day(at, settings.business_zone))}
    statements.run(connection, "operations/host_metrics/partition", day)
    as_text = {name: str(value) if isinstance(value, Decimal) else value for name, value in measured.items()}
    values = {"measured": json_value(as_text), "measured_at": at, "resource_id": RESOURCE}
    zone = {"business_timezone": settings.business_timezone}
    statements.run(connection, "operations/host_metrics/record", values | zone)


def _host(settings: Settings) -> dict[str, Figure]:
    settings.home.mkdir(parents=True, exist_ok=True)
    return {
        "cpu_usage_percent": _rounded(psutil.cpu_percent(interval=0.2)),
        "memory_usage_percent": _rounded(psutil.virtual_memory().percent),
        "disk_usage_percent": _rounded(psutil.disk_usage(str(settings.home)).percent),
    }


def _server(server: Server) -> dict[str, Figure]:
    return {
        "database_connections": server.connections,
        "connection_pool_usage_percent": _rounded(100 * server.connections_of_server / server.connection_limit),
        "slow_query_count": server.slow_queries,
    }


def _timings(timings: Timings) -> dict[str, Figure]:
    """All but the count, which is told since the measurement before."""
    return {name: value for name, value in asdict(timings).items() if name != "query_count"}


def _counters(at: float, server: Server, timings: Timings) -> Counters:
    disk, network = psutil.disk_io_counters(), psutil.net_io_counters()
    return Counters(
        at=at,
        disk_read=disk.read_bytes if disk else 0,
        disk_write=disk.write_bytes if disk else 0,
        network_in=network.bytes_recv,
        network_out=network.bytes_sent,
        transactions=server.transactions,
        rollbacks=server.rollbacks,
        deadlocks=server.deadlocks,
        cache_hits=server.cache_hits,
        cache_misses=server.cache_misses,
        queries=timings.query_count or 0,
    )


def _since(before: Counters | None, now: Counters) -> dict[str, Figure]:
    """Rates and counts between two readings; nothing when they cannot be compared."""
    if before is None:
        return {"query_count": None}
    seconds = now.at - before.at
    grown = {name: getattr(now, name) - value for name, value in asdict(before).items()}
    if not 0 < seconds <= LONGEST_INTERVAL_SECONDS or min(grown.values()) < 0:
        return {"query_count": None}
    rates = ("disk_read", "disk_write", "network_in", "network_out")
    looked_up = grown["cache_hits"] + grown["cache_misses"]
    return {
        "measurement_interval_seconds": _rounded(seconds),
        **{f"{name}_bytes_per_second": _rounded(grown[name] / seconds) for name in rates},
        "request_count": grown["transactions"],
        "error_count": grown["rollbacks"],
        "deadlock_count": grown["deadlocks"],
        "query_count": grown["queries"],
        "cache_hit_count": grown["cache_hits"],
        "cache_miss_count": grown["cache_misses"],
        "cache_hit_rate": _rounded(grown["cache_hits"] / looked_up, 4) if looked_up else None,
    }


def _exchange(path: Path, now: Counters) -> Counters | None:
    """Leaves the new reading for the next call and returns the one before; None when there is none that can be read."""
    try:
        before = Counters(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        before = None
    path.write_text(json.dumps(asdict(now)), encoding="utf-8")
    return before


def _rounded(value: float, digits: int = 2) -> Decimal:
    return Decimal(str(round(value, digits)))
