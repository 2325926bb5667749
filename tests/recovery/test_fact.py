"""A fact dropped, a fact corrupted, a recovery interrupted: each comes back as it was."""

from datetime import date
from typing import Any

import pytest

from etl.kit import FACTS, Warehouse
from miyabi_dw.common.errors import BadRequest, RecoveryFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import execute
from miyabi_dw.operations.recovery import Recovered, ddl, recover_fact
from recovery.conftest import AS_OF


def recover(warehouse: Warehouse, *words: str, **options: Any) -> Recovered:
    return recover_fact(warehouse.database, warehouse.settings, *words, AS_OF, **options)


def definition(warehouse: Warehouse, fact: str) -> list[dict[str, Any]]:
    return warehouse.query(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)"
        " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
        fact,
    ) + warehouse.query(
        "SELECT pg_get_indexdef(indexrelid) AS d FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1", fact
    )


@pytest.mark.parametrize("fact", ["fact_issue_processing", "fact_agent_execution", "fact_code_change"])
def test_a_dropped_fact_comes_back(loaded: Warehouse, settings: Settings, make_run: Any, fact: str) -> None:
    before, shape = loaded.facts(), definition(loaded, fact)
    loaded.execute(f"DROP TABLE {fact} CASCADE")
    done = recover(loaded, fact, "2025-03-01", "2025-03-31", make_run=make_run)
    assert done.was_missing
    assert list(done.months) == [202501, 202502, 202503, 202504], "what else was lost is brought back too"
    assert loaded.facts() == before
    assert definition(loaded, fact) == shape
    assert loaded.value("SELECT count(*) FROM mart_development_performance") >= 0
    assert all(line.is_equal for line in done.lines)


def test_a_corrupt_month_is_loaded_again_and_others_are_left(
    loaded: Warehouse, settings: Settings, make_run: Any
) -> None:
    before = loaded.facts()
    kept = "SELECT min(run_number) AS n FROM fact_deployment WHERE time_key / 100 = 202501"
    wrote = loaded.value(kept)
    loaded.execute("UPDATE fact_deployment SET infrastructure_cost_usd = 666 WHERE time_key / 100 = 202502")
    done = recover(loaded, "fact_deployment", "2025-02-10", "2025-02-11", make_run=make_run)
    assert list(done.months) == [202502]
    assert loaded.facts() == before
    assert loaded.value(kept) == wrote
    assert (
        loaded.query("SELECT relname FROM pg_class WHERE relnamespace = 'recovery'::regnamespace AND relkind = 'r'")
        == []
    )


def test_interrupted_and_repeated_it_recovers(loaded: Warehouse, settings: Settings, make_run: Any) -> None:
    before = loaded.facts()
    calls: list[str] = []

    def killed(name: str, **options: Any) -> Any:
        calls.append(name)
        make_run(name, **options)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recover(loaded, "fact_deployment", "2025-02-01", "2025-03-31", make_run=killed)
    aside = "SELECT count(*) FROM recovery.fact_deployment_202502"
    assert loaded.value(aside) == 28, "the rows that were there wait until the comparison has held"
    done = recover(loaded, "fact_deployment", "2025-02-01", "2025-03-31", make_run=make_run)
    assert loaded.facts() == before
    assert done.sentence.startswith("fact_deployment was loaded again for 2 months")
    assert loaded.value("SELECT to_regclass('recovery.fact_deployment_202502') IS NULL")


def test_rows_that_the_source_has_lost_stop_it_and_stay_aside(
    loaded: Warehouse, settings: Settings, make_run: Any
) -> None:
    def loses(name: str, **options: Any) -> Any:
        result = make_run(name, **options)
        loaded.execute("DELETE FROM fact_deployment WHERE deployment_id = 50")
        return result

    with pytest.raises(RecoveryFailed, match="differs from the source in 202502"):
        recover(loaded, "fact_deployment", "2025-02-01", "2025-02-28", make_run=loses)
    assert loaded.value("SELECT count(*) FROM recovery.fact_deployment_202502") == 28


def test_what_cannot_be_recovered_is_refused(loaded: Warehouse, settings: Settings) -> None:
    for fact, first, last in (
        ("fact_none", "", ""), ("fact_performance_metrics", "", ""), ("fact_deployment", "2025-03-02", "2025-03-01"),
        ("fact_deployment", "no day", ""), ("fact_deployment", "2025-03-02", "2026-01-01"),
    ):  # fmt: skip
        with pytest.raises(BadRequest):
            recover(loaded, fact, first, last)


def test_the_migrations_tell_every_fact(loaded: Warehouse) -> None:
    assert set(FACTS) <= set(ddl.fact_names())
    for fact in FACTS:
        statements = ddl.definition(fact)
        assert statements[0].startswith(f"CREATE TABLE {fact} (")
        assert sum(text.startswith("COMMENT ON COLUMN") for text in statements) > 5


def test_b4_an_issue_that_was_closed_today_holds_up_nothing(
    loaded: Warehouse, settings: Settings, make_run: Any
) -> None:
    """The load of yesterday has seen it, and the day on which it counts is not over."""
    closed = "2025-04-09 16:00"
    with loaded.database.connect("source_owner") as source:
        execute(source, f"UPDATE issues SET closed_at = '{closed}', updated_at = '{closed}' WHERE id = 97")
    loaded.day(date(2025, 4, 9))
    assert loaded.value("SELECT count(*) FROM staging.issues WHERE id = 97 AND closed_at > '2025-04-09 15:30+00'") == 1
    before = loaded.facts()
    loaded.execute("DROP TABLE fact_issue_processing CASCADE")
    recover(loaded, "fact_issue_processing", "", "", make_run=make_run)
    assert loaded.facts() == before
