"""Measures the host and the warehouse's server: one row of fact_performance_metrics a call."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, json_value

RESOURCE = "warehouse-host"
# A counter that fell was reset; a gap of over a day says nothing about now.
LONGEST_INTERVAL_SECONDS = 86_400


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


def measure(database: Database, settings: Settings, *, run_number: int | None = None) -> dict[str, Any]:
    """Measures once, records the row and returns it; rates cover the time since the measurement before."""
    measured_at = datetime.now(UTC)
    with database.connect("etl", application_name="miyabi-dw:measurement") as connection:
        server = statements.run(connection, "operations/host_metrics/server")[0]
        timings = (
            statements.run(connection, "operations/host_metrics/statements")[0] if server["has_statements"] else {}
        )
        now = _counters(measured_at.timestamp(), server, timings)
        before = _exchange(settings.home / "measurement.json", now)
        measured = _host(settings) | _server(server) | timings | _since(before, now)
        measured |= {"resource_id": RESOURCE, "measured_at": measured_at.isoformat(), "run_number": run_number}
        _record(connection, settings, measured, measured_at)
    return measured


def _record(connection: Connection, settings: Settings, measured: dict[str, Any], at: datetime) -> None:
    statements.run(
        connection, "operations/host_metrics/partition", {"time_key": time_key(local_day(at, settings.business_zone))}
    )
    as_text = {name: str(value) if isinstance(value, Decimal) else value for name, value in measured.items()}
    values = {"measured": json_value(as_text), "measured_at": at, "resource_id": RESOURCE}
    values |= {"business_timezone": settings.business_timezone}
    statements.run(
        connection, "operations/host_metrics/record", values | {"business_timezone": settings.business_timezone}
    )


def _host(settings: Settings) -> dict[str, Any]:
    settings.home.mkdir(parents=True, exist_ok=True)
    return {
        "cpu_usage_percent": _rounded(psutil.cpu_percent(interval=0.2)),
        "memory_usage_percent": _rounded(psutil.virtual_memory().percent),
        "disk_usage_percent": _rounded(psutil.disk_usage(str(settings.home)).percent),
    }


def _server(server: dict[str, Any]) -> dict[str, Any]:
    return {
        "database_connections": server["connections"],
        "connection_pool_usage_percent": _rounded(100 * server["connections_of_server"] / server["connection_limit"]),
        "slow_query_count": server["slow_queries"],
    }


def _counters(at: float, server: dict[str, Any], timings: dict[str, Any]) -> Counters:
    disk, network = psutil.disk_io_counters(), psutil.net_io_counters()
    return Counters(
        at=at,
        disk_read=disk.read_bytes if disk else 0,
        disk_write=disk.write_bytes if disk else 0,
        network_in=network.bytes_recv,
        network_out=network.bytes_sent,
        transactions=server["transactions"],
        rollbacks=server["rollbacks"],
        deadlocks=server["deadlocks"],
        cache_hits=server["cache_hits"],
        cache_misses=server["cache_misses"],
        queries=timings.get("query_count") or 0,
    )


def _since(before: Counters | None, now: Counters) -> dict[str, Any]:
    """Rates and counts between two readings; nothing when they cannot be compared."""
    if before is None:
        return {"query_count": None}
    seconds = now.at - before.at
    grown = {name: getattr(now, name) - value for name, value in asdict(before).items()}
    if not 0 < seconds <= LONGEST_INTERVAL_SECONDS or min(grown.values()) < 0:
        return {"query_count": None}
    looked_up = grown["cache_hits"] + grown["cache_misses"]
    return {
        "measurement_interval_seconds": _rounded(seconds),
        "disk_read_bytes_per_second": _rounded(grown["disk_read"] / seconds),
        "disk_write_bytes_per_second": _rounded(grown["disk_write"] / seconds),
        "network_in_bytes_per_second": _rounded(grown["network_in"] / seconds),
        "network_out_bytes_per_second": _rounded(grown["network_out"] / seconds),
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
