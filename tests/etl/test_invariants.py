"""The invariants on random histories: the source changes, days and hours run in any order, are repeated and cut off.

Whatever came before, one run of the last day finds the rest, and the warehouse equals a rebuild and adds up to the source.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from etl.kit import Warehouse, differences, remember_ends, versions_are_sound
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.transform import transform
from servers import TestServer
from support import odd_histories, synthetic

FIRST, LAST = date(2026, 1, 11), date(2026, 1, 20)
# In all of the history's business days, whatever the zone.
END = LAST + timedelta(days=2)
DAYS = (END - FIRST).days

steps = st.one_of(
    st.tuples(st.just("day"), st.integers(0, DAYS)),
    st.tuples(st.just("hour"), st.integers(0, DAYS * 24)),
    st.tuples(st.just("cut off"), st.integers(0, DAYS)),
    st.tuples(st.just("change"), st.integers(1, 99)),
    st.tuples(st.just("late rows"), st.integers(1, 99)),
    st.tuples(st.just("more columns"), st.integers(1, 99)),
    st.tuples(st.just("retry"), st.integers(1, 99)),
    st.tuples(st.just("delete"), st.integers(1, 99)),
    st.tuples(st.just("odd value"), st.integers(1, 99)),
)
CHANGES = {
    "more columns": odd_histories.widen,
    "retry": odd_histories.retry,
    "delete": odd_histories.delete,
    "odd value": odd_histories.spoil,
}


@pytest.mark.slow
@settings(
    max_examples=6, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=st.integers(1, 1000), history=st.lists(steps, min_size=3, max_size=9))
def test_any_history_ends_like_a_rebuild_and_adds_up(
    server: TestServer, prepared_template: str, empty_source_template: str, tmp_path: Path,
    seed: int, history: list[tuple[str, int]],
) -> None:  # fmt: skip
    with _world(server, prepared_template, empty_source_template, tmp_path) as (source, miyabi, rebuilt):
        synthetic.generate(source, n_issues=40, n_executions=250, first_day=FIRST, last_day=LAST, seed=seed)
        for name, value in history:
            _do(name, value, source, miyabi)
        miyabi.days(FIRST, END, gate=True)
        remember_ends(miyabi, rebuilt)
        rebuilt.days(FIRST, END, gate=True)
        assert differences(miyabi, rebuilt) == {}
        assert versions_are_sound(miyabi)
        assert _sums(source, miyabi) == {}
        _nothing_is_dropped(miyabi)


def _do(name: str, value: int, source: Connection, miyabi: Warehouse) -> None:
    match name:
        case "day":
            miyabi.day(FIRST + timedelta(days=value), gate=True)
        case "hour":
            miyabi.hour(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(hours=value), gate=True)
        case "cut off":
            # A run that dies before its load leaves a batch and nothing else.
            stage = miyabi.stage(business_day(FIRST + timedelta(days=value), miyabi.settings.business_zone))
            extract(stage)
            transform(stage)
        case "change":
            synthetic.mutate(source, seed=value, as_of=datetime(2026, 1, 21, 12), share=0.2)
        case "late rows":
            synthetic.generate(source, n_issues=2, n_executions=20, first_day=FIRST, last_day=LAST, seed=1000 + value)
        case _:
            CHANGES[name](source, value)


def _sums(source: Connection, miyabi: Warehouse) -> dict[str, tuple[Any, Any]]:
    """Costs, lines, files and seconds that are not the same on both sides; quarantined rows are on neither."""
    held = "SELECT source_key::bigint FROM ops.quarantine WHERE state = 'open' AND field IS NULL AND source_table = %s"
    pairs = {
        "reported cost": (
            (
                "SELECT sum(llm_cost_usd) AS s FROM agent_execution_logs"
                " WHERE completed_at IS NOT NULL AND NOT id = ANY(%s) AND llm_cost_usd BETWEEN 0 AND 1e9"
            ),
            "agent_execution_logs",
            "SELECT sum(llm_cost_usd) FROM fact_agent_execution WHERE llm_cost_source = 'reported'",
        ),
        "lines": (
            (
                "SELECT sum(total_lines_generated) AS s FROM code_gen_tasks"
                " WHERE issue_id IS NOT NULL AND NOT id = ANY(%s) AND total_lines_generated >= 0"
            ),
            "code_gen_tasks",
            "SELECT sum(lines_of_code_generated) FROM fact_issue_processing",
        ),
        "files": (
            "SELECT sum(total_files_generated) AS s FROM code_gen_tasks WHERE issue_id IS NOT NULL AND NOT id = ANY(%s)",
            "code_gen_tasks",
            "SELECT sum(files_modified) FROM fact_issue_processing",
        ),
        "linked seconds": (
            (
                "SELECT sum(execution_duration_ms) * 0.001 AS s FROM agent_execution_logs"
                " WHERE completed_at IS NOT NULL AND issue_id IS NOT NULL AND NOT id = ANY(%s)"
                " AND execution_duration_ms >= 0"
            ),
            "agent_execution_logs",
            "SELECT sum(processing_duration_seconds) FROM fact_issue_processing",
        ),
        "infrastructure cost": (
            (
                "SELECT sum(infrastructure_cost_usd) AS s FROM deployment_pipelines"
                " WHERE deployment_status IN ('success', 'failed', 'rolled_back') AND issue_id IS NOT NULL"
                " AND NOT id = ANY(%s) AND infrastructure_cost_usd BETWEEN 0 AND 1e9"
            ),
            "deployment_pipelines",
            "SELECT sum(infrastructure_cost_usd) FROM fact_issue_processing",
        ),
    }
    found = {}
    for name, (theirs, table, ours) in pairs.items():
        aside = [row["source_key"] for row in miyabi.query(held, table)]
        wanted, have = query(source, theirs, [aside])[0]["s"], miyabi.value(ours)
        if wanted != have:
            found[name] = (wanted, have)
    return found


def _nothing_is_dropped(miyabi: Warehouse) -> None:
    short = miyabi.query(
        "SELECT * FROM ops.row_count WHERE inserted IS NOT NULL"
        " AND extracted <> inserted + updated + unchanged + quarantined"
    )
    assert short == []


@contextmanager
def _world(
    server: TestServer, warehouse_template: str, source_template: str, folder: Path
) -> Iterator[tuple[Connection, Warehouse, Warehouse]]:
    """A source and two warehouses fed from it, all of them new."""
    names = [server.create(*made) for made in (("source", source_template), *[("warehouse", warehouse_template)] * 2)]
    first, second = (
        Warehouse(
            Settings(
                home=folder / "home",
                reports_dir=folder / "reports",
                source_url=SecretStr(server.database_url(names[0])),
                source_owner_url=SecretStr(server.database_url(names[0])),
                warehouse_url=SecretStr(server.database_url(name)),
            )
        )
        for name in names[1:]
    )
    try:
        with first.database.connect("source_owner", autocommit=True) as source:
            yield source, first, second
    finally:
        for name in names:
            server.drop(name)
