"""What an execution cost: reported or from the price list, with and without what is known of the cache."""

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse, differences
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import costs, gates, publish
from miyabi_dw.etl.catalogue import load_catalogues

DAY, NOW = date(2026, 1, 15), datetime(2026, 2, 20, tzinfo=UTC)
COLUMNS = """llm_provider, llm_model, llm_cost_usd AS cost, llm_cost_source AS source, llm_cost_reported_usd AS reported,
    llm_cost_list_usd AS low, llm_cost_list_high_usd AS high, llm_cost_is_suspect AS suspect, llm_tokens_cache_read AS cached"""
OPTIONAL = """ALTER TABLE agent_execution_logs ADD COLUMN external_id text, ADD COLUMN session_id text,
    ADD COLUMN llm_provider text, ADD COLUMN llm_tokens_cache_write_1h bigint, ADD COLUMN llm_tokens_reasoning bigint,
    ADD COLUMN repository text, ADD COLUMN branch text, ADD COLUMN commit_sha text"""


@pytest.fixture
def told(source: Connection) -> Connection:
    """A source with every optional column."""
    execute(source, OPTIONAL)
    return source


def put(source: Connection, number: int, model: str | None = "claude-opus-4-5", **more: Any) -> None:
    row = {
        "id": number,
        "agent_id": "claude-code",
        "completed_at": f"{DAY} 03:00",
        "llm_tokens_input": 1_000_000,
        "llm_tokens_output": 1_000,
        "llm_model": model,
        **more,
    }
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    execute(source, f"INSERT INTO agent_execution_logs ({names}) VALUES ({marks})", list(row.values()))


def loaded(miyabi: Warehouse) -> dict[int, dict[str, Any]]:
    rows = miyabi.query(f"SELECT execution_id AS id, {COLUMNS} FROM fact_agent_execution ORDER BY 1")
    return {row.pop("id"): row for row in rows}


@pytest.mark.usefixtures("demo_source")
def test_a1_the_real_history_costs_what_its_cache_makes_of_it(miyabi: Warehouse) -> None:
    miyabi.days(date(2024, 8, 1), date(2026, 7, 1))
    (total,) = miyabi.query("""
        SELECT count(*) AS executions, count(llm_cost_list_usd) AS priced, round(sum(llm_cost_usd), 2) AS cost,
            count(*) FILTER (WHERE llm_cost_source = 'estimated') AS estimated, sum(llm_cost_list_high_usd - llm_cost_list_usd) AS range,
            round(sum(llm_tokens_input * input_usd + llm_tokens_output * output_usd), 2) AS without_split
        FROM fact_agent_execution AS fact
        LEFT JOIN ops.prices_of_models(ARRAY['anthropic', 'anthropic', 'anthropic'],
            ARRAY['claude-opus-4-5', 'claude-opus-4-6', 'claude-sonnet-4-5'], 'Asia/Tokyo') AS price
            ON fact.llm_model = price.llm_model AND completed_at >= from_at AND completed_at < until_at
        WHERE llm_tokens_cache_read IS NOT NULL AND llm_cost_list_usd IS NOT NULL
    """)
    assert (total["priced"], total["estimated"], total["cost"], total["range"]) == (411, 411, Decimal("1699.86"), 0)
    assert total["without_split"] == Decimal("11322.06")


def test_a1_without_a_split_the_cost_is_a_range_and_counts_by_its_lower_end(
    told: Connection, miyabi: Warehouse
) -> None:
    put(told, 1)
    put(told, 2, "gpt-4", llm_tokens_output=0)
    miyabi.day(DAY)
    rows = loaded(miyabi)
    # 1 M at 0.50 read from the cache or at 5.00, and 1,000 at 25 a million.
    assert (rows[1]["cost"], rows[1]["low"], rows[1]["high"]) == (Decimal("0.525"), Decimal("0.525"), Decimal("5.025"))
    # No price for cached tokens, no range.
    assert (rows[2]["low"], rows[2]["high"]) == (30, 30)


def test_a2_each_part_of_the_input_has_its_price(told: Connection, miyabi: Warehouse) -> None:
    split = {"llm_tokens_input": 1_540_004, "llm_tokens_output": 500, "llm_tokens_cache_read": 1_500_000}
    put(told, 1, "claude-sonnet-4-5", **split, llm_tokens_cache_write=40_000)
    put(told, 2, "claude-sonnet-4-5", **split, llm_tokens_cache_write=40_000, llm_tokens_cache_write_1h=40_000)
    put(told, 3, "gpt-4", llm_tokens_cache_read=900_000)
    put(told, 4, "claude-sonnet-4-5", llm_tokens_cache_write=1_000_000, llm_tokens_output=0)
    miyabi.day(DAY)
    rows = loaded(miyabi)
    assert [rows[number]["low"] == rows[number]["high"] for number in (1, 2, 3)] == [True] * 3
    # 4 uncached at 3, 1.5 M read at 0.30, 40,000 written at 3.75, 500 out at 15; an hour's writes at 6.
    assert rows[1]["cost"] == Decimal("0.607512")
    assert rows[2]["cost"] == Decimal("0.697512")
    assert rows[3]["cost"] == Decimal("30.06")
    assert rows[4]["cost"] == Decimal("3.75")


SPLITS: list[dict[str, Any]] = [
    {"llm_tokens_cache_read": 1_000_001},
    {"llm_tokens_cache_read": 600_000, "llm_tokens_cache_write": 400_001},
    {"llm_tokens_cache_write": 5, "llm_tokens_cache_write_1h": 6},
    {"llm_tokens_cache_read": -1},
    {"llm_tokens_input": None, "llm_tokens_cache_read": 5},
]


def test_a2_a_split_that_cannot_be_is_unknown_and_told(told: Connection, miyabi: Warehouse) -> None:
    for number, split in enumerate(SPLITS, start=1):
        put(told, number, **split)
    put(told, 9, llm_tokens_cache_read=0)
    stage = miyabi.day(DAY, gate=True)
    assert [row["cached"] for row in loaded(miyabi).values()] == [None, None, None, None, None, 0]
    assert failed(miyabi, stage.run_id, "cached-parts-fit") == 5


def failed(miyabi: Warehouse, run_id: str, check: str) -> int:
    sql = "SELECT rows_failed FROM ops.check_result WHERE run_id = %s AND check_id = %s"
    return int(miyabi.value(sql, run_id, f"agent_execution_logs.{check}"))


def test_a3_zero_for_tokens_that_have_a_price_is_no_report(told: Connection, miyabi: Warehouse) -> None:
    for number in range(1, 6):
        put(told, number, llm_tokens_input=102_000, llm_tokens_output=10, llm_cost_usd=0)
    put(told, 6, "gemini/gemini-2.5-pro-exp-03-25", llm_cost_usd=0)
    put(told, 7, "home-made", llm_cost_usd=0)
    put(told, 8, llm_tokens_input=0, llm_tokens_output=0, llm_cost_usd=0)
    stage = miyabi.day(DAY, gate=True)
    rows = loaded(miyabi)
    assert (rows[1]["reported"], rows[1]["source"], rows[1]["suspect"]) == (None, "estimated", None)
    assert rows[1]["cost"] == Decimal("0.05125")
    # A free model, one without a price, and no tokens: zero is what it cost.
    assert {(rows[number]["cost"], rows[number]["source"]) for number in (6, 7, 8)} == {(0, "reported")}
    assert failed(miyabi, stage.run_id, "zero-is-a-report") == 1


def test_a3_a_day_of_nothing_but_zeros_passes_the_gate_of_the_facts(told: Connection, miyabi: Warehouse) -> None:
    put(told, 1, llm_cost_usd=0, llm_tokens_cache_read=400_000)
    stage = miyabi.day(DAY)
    gates.run_suites(stage, "facts")
    sql = "SELECT outcome FROM ops.check_result WHERE check_id = 'fact_agent_execution.sums-equal-batch'"
    assert miyabi.value(sql) == "passed"


def test_a4_executions_alike_in_all_but_the_id_are_told_with_their_sum(told: Connection, miyabi: Warehouse) -> None:
    for number in (1, 2, 3):
        put(told, number, started_at=f"{DAY} 02:00", llm_cost_usd="1.25")
    put(told, 4, started_at=f"{DAY} 02:00:01", llm_cost_usd="1.25")
    # Free and unmeasured work is alike without costing anybody anything.
    put(told, 5, None, llm_tokens_input=None, llm_tokens_output=None)
    put(told, 6, None, llm_tokens_input=None, llm_tokens_output=None)
    stage = miyabi.day(DAY, gate=True)
    assert len(loaded(miyabi)) == 6
    assert failed(miyabi, stage.run_id, "not-alike") == 1
    sql = "SELECT offending_rows_sql FROM ops.check_result WHERE run_id = %s AND check_id = 'agent_execution_logs.not-alike'"
    with stage.warehouse() as connection, connection.cursor() as cursor:
        cursor.execute(miyabi.value(sql, stage.run_id))
        (row,) = cursor.fetchall()
        named = dict(zip([column.name for column in cursor.description or ()], row, strict=True))
    assert (named["copies"], named["cost_in_question_usd"]) == (2, Decimal("2.50"))


REPORTS: list[tuple[dict[str, Any], bool | None]] = [
    ({"llm_cost_usd": "9990.01", "llm_tokens_input": 100, "llm_tokens_output": 10}, True),
    # The upper end without a split is 5.025, twenty times of it 100.50.
    ({"llm_cost_usd": "100.4"}, False),
    ({"llm_cost_usd": "100.6"}, True),
    ({"llm_cost_usd": "0.9", "llm_tokens_input": 10, "llm_tokens_output": 0}, False),
    # Of 100 M uncached tokens no less than 50 USD is left with all of them cached; a twentieth is 2.50.
    ({"llm_cost_usd": "2.4", "llm_tokens_input": 100_000_000}, True),
    ({"llm_cost_usd": "2.6", "llm_tokens_input": 100_000_000}, False),
    # Without a price the dearest of the list is the measure: 150 and 600 USD a million.
    ({"model": "home-made", "llm_cost_usd": "3000", "llm_tokens_output": 0}, False),
    ({"model": "home-made", "llm_cost_usd": "3001", "llm_tokens_output": 0}, True),
    ({"llm_cost_usd": "50", "llm_tokens_input": None, "llm_tokens_output": None}, False),
    ({}, None),
]


def test_a5_a_report_far_from_the_list_is_kept_and_suspect(told: Connection, miyabi: Warehouse) -> None:
    for number, (given, _) in enumerate(REPORTS, start=1):
        put(told, number, **given)
    miyabi.day(DAY)
    rows = list(loaded(miyabi).values())
    assert [row["suspect"] for row in rows] == [suspect for _, suspect in REPORTS]
    wanted = [Decimal(given["llm_cost_usd"]) for given, _ in REPORTS[:-1]]
    assert [row["cost"] for row in rows[:-1]] == [row["reported"] for row in rows[:-1]] == wanted


def test_a23_models_that_no_rule_knows_keep_their_names(told: Connection, miyabi: Warehouse) -> None:
    for number, model in enumerate(("alpha", "Beta-2", "acme/gamma", "delta:free", "claude-code"), start=1):
        put(told, number, model)
    put(told, 6, None, agent_id="aider/epsilon")
    put(told, 7, None, agent_id="CodeGen")
    put(told, 8, None, agent_id=None)
    put(told, 9, "unknown", agent_id="aider/gpt-4o")
    stage = miyabi.day(DAY, gate=True)
    names = [row["llm_model"] for row in loaded(miyabi).values()]
    assert names == [
        "alpha",
        "beta-2",
        "gamma",
        "delta:free",
        "claude-code",
        "epsilon",
        "claude-sonnet-4",
        None,
        "gpt-4o",
    ]
    assert failed(miyabi, stage.run_id, "model-has-a-price") == 6


SPELLINGS = [
    (None, "us.anthropic.claude-sonnet-4-20250514-v1:0", ("aws", "claude-sonnet-4")),
    (None, "claude-3-5-sonnet@20240620", ("anthropic", "claude-3-5-sonnet")),
    (None, "openrouter/anthropic/claude-opus-4.1", ("openrouter", "claude-opus-4-1")),
    (None, "claude-sonnet-4-5-20250929[1m]", ("anthropic", "claude-sonnet-4-5")),
    (None, "gpt-5-codex", ("openai", "gpt-5-codex")),
    (None, "azure/gpt-4o", ("azure", "gpt-4o")),
    (None, "anthropic/claude-3.7-sonnet:thinking", ("anthropic", "claude-3-7-sonnet")),
    (None, "claude-opus-4-5-thinking", ("anthropic", "claude-opus-4-5")),
    (None, "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
    (None, "CLAUDE-OPUS-4-1-20250805", ("anthropic", "claude-opus-4-1")),
    (None, "vertex_ai/claude-sonnet-4@20250514", ("vertex", "claude-sonnet-4")),
    (None, "claude-4.5-sonnet", ("anthropic", "claude-sonnet-4-5")),
    (None, "o3-mini-high", ("openai", "o3-mini")),
    ("aws.bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", ("aws", "claude-haiku-4-5")),
    ("azure.ai.openai", "gpt-4o-2024-08-06", ("azure", "gpt-4o")),
    ("gcp.vertex_ai", "gemini-2.5-pro", ("vertex", "gemini-2.5-pro")),
    ("Anthropic", "anthropic/claude-sonnet-4-6", ("anthropic", "claude-sonnet-4-6")),
    ("x_ai", "grok-4-latest", ("x-ai", "grok-4")),
]


def test_a24_each_usual_spelling_finds_the_price_of_the_model_meant(told: Connection, miyabi: Warehouse) -> None:
    for number, (provider, model, _) in enumerate(SPELLINGS, start=1):
        put(told, number, model, llm_provider=provider, agent_id="aider/gpt-4")
    miyabi.day(DAY)
    rows = loaded(miyabi).values()
    assert [(row["llm_provider"], row["llm_model"]) for row in rows] == [means for _, _, means in SPELLINGS]
    assert [row["llm_model"] for row in rows if not row["low"]] == []


def test_two_rows_with_one_external_id_are_one_execution(told: Connection, miyabi: Warehouse) -> None:
    put(told, 1, external_id="a", completed_at=f"{DAY} 04:00")
    put(told, 2, external_id="a", completed_at=f"{DAY} 03:00")
    put(told, 3, external_id="b")
    put(told, 4, external_id="b")
    put(told, 5)
    put(told, 6)
    stage = miyabi.day(DAY)
    assert list(loaded(miyabi)) == [1, 4, 5, 6]
    counts = miyabi.counts(stage)["agent_execution_logs"]
    assert (counts["extracted"], counts["inserted"], counts["quarantined"]) == (6, 4, 2)
    reasons = miyabi.query("SELECT source_key, reason FROM ops.quarantine ORDER BY source_key")
    assert [row["source_key"] for row in reasons] == ["2", "3"]
    assert "same execution as 1 " in reasons[0]["reason"]


def test_a_twin_that_arrives_later_counts_as_in_a_rebuild(
    told: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    put(told, 1, external_id="a")
    put(told, 2, external_id="b", completed_at=f"{DAY} 05:00")
    miyabi.day(DAY)
    put(told, 3, external_id="a", completed_at="2026-01-16 03:00")
    put(told, 4, external_id="b", completed_at=f"{DAY} 04:00")
    miyabi.day(date(2026, 1, 16))
    assert list(loaded(miyabi)) == [2, 3]
    miyabi.day(date(2026, 1, 17))
    assert list(loaded(miyabi)) == [2, 3]
    rebuilt.days(DAY, date(2026, 1, 17))
    assert differences(miyabi, rebuilt) == {}


def test_what_else_a_source_tells_of_an_execution_arrives(told: Connection, miyabi: Warehouse) -> None:
    more = {"session_id": "s", "repository": "a/b", "branch": "main", "commit_sha": "c0ffee", "external_id": "x"}
    put(told, 1, **more, llm_tokens_reasoning=900)
    put(told, 2, llm_tokens_reasoning=1_001)
    miyabi.day(DAY)
    rows = miyabi.query(
        f"SELECT {', '.join(more)}, llm_tokens_reasoning AS r FROM fact_agent_execution ORDER BY execution_id"
    )
    assert rows[0] == {**more, "r": 900}
    assert rows[1]["r"] is None


def test_optional_columns_that_say_nothing_leave_the_digest_as_it_was(source: Connection, miyabi: Warehouse) -> None:
    execute(source, "ALTER TABLE agent_execution_logs DROP COLUMN llm_model, DROP COLUMN llm_tokens_cache_read")
    execute(
        source,
        "INSERT INTO agent_execution_logs (id, agent_id, completed_at) VALUES (1, 'CodeGen', '2026-01-15 03:00')",
    )
    miyabi.day(DAY)
    before = miyabi.value("SELECT row_hash FROM fact_agent_execution")
    execute(source, "ALTER TABLE agent_execution_logs ADD COLUMN llm_model text, ADD COLUMN session_id text")
    stage = miyabi.day(DAY)
    assert miyabi.value("SELECT row_hash FROM fact_agent_execution") == before
    assert miyabi.counts(stage)["agent_execution_logs"]["unchanged"] == 1
    execute(source, "UPDATE agent_execution_logs SET llm_model = 'gpt-4'")
    miyabi.day(DAY)
    assert miyabi.value("SELECT llm_model FROM fact_agent_execution") == "gpt-4"


def test_pricing_again_after_the_list_changed_tells_and_restates(
    told: Connection, miyabi: Warehouse, tmp_path: Path
) -> None:
    execute(told, "INSERT INTO issues (id, number, created_at, updated_at) VALUES (7, 7, '2026-01-14', '2026-01-14')")
    put(told, 1, "home-made", issue_id=7)
    put(told, 2, issue_id=7)
    put(told, 3, "home-made", llm_cost_usd="9000")
    put(told, 4, "elsewhere")
    miyabi.day(DAY)
    database, settings = miyabi.database, miyabi.settings
    before = miyabi.facts()
    assert {row.llm_model: row.executions for row in costs.unpriced(database, settings)} == {
        "home-made": 2,
        "elsewhere": 1,
    }
    assert [row.execution_id for row in costs.suspects(database)] == [3]
    shutil.copytree(CATALOGUE, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "model_prices.csv").open("a") as file:
        file.write("nobody,home-made,1900-01-01,,4000,0,,,,a price of our own\n")
    with (tmp_path / "model_aliases.csv").open("a") as file:
        file.write("800,^home-made$,nobody,home-made\n")
    with database.connect("etl") as connection:
        load_catalogues(connection, tmp_path)
    miyabi.execute("UPDATE fact_agent_execution SET llm_provider = 'nobody' WHERE llm_model = 'home-made'")
    looked = costs.reprice(database, settings, DAY, None, NOW, dry_run=True)
    assert looked.models == [costs.Repriced("nobody", "home-made", 2, Decimal(9_000), Decimal(13_000))]
    assert costs.reprice(database, settings, DAY, None, NOW) == looked
    assert costs.reprice(database, settings, DAY, None, NOW).models == []
    rows = loaded(miyabi)
    assert (rows[1]["cost"], rows[1]["source"], rows[3]["suspect"]) == (4_000, "estimated", False)
    assert miyabi.value("SELECT ai_cost_usd FROM fact_issue_processing WHERE issue_id = 7") == Decimal("4000.525")
    assert miyabi.value("SELECT sum(total_llm_cost_usd) FROM mart_agent_performance") == Decimal("13000.525")
    assert before != miyabi.facts()


def test_costs_of_other_days_and_of_archived_months_stay(told: Connection, miyabi: Warehouse) -> None:
    put(told, 1)
    put(told, 2, completed_at="2026-02-15 03:00")
    miyabi.days(DAY, date(2026, 2, 16))
    miyabi.execute("UPDATE fact_agent_execution SET llm_cost_usd = 7")
    publish.rebuild(miyabi.database, miyabi.settings, NOW)
    miyabi.execute("INSERT INTO ops.archived_month (fact_table, month_key, state, path) "
                   "VALUES ('fact_agent_execution', 202512, 'archived', 'x')")  # fmt: skip
    done = costs.reprice(miyabi.database, miyabi.settings, date(2025, 12, 1), DAY, NOW)
    assert [row.executions for row in done.models] == [1]
    assert done.archived_months == [202512]
    assert [row["cost"] for row in loaded(miyabi).values()] == [Decimal("0.525"), 7]
    with pytest.raises(BadRequest, match="the range ends before it starts"):
        costs.reprice(miyabi.database, miyabi.settings, DAY, date(2026, 1, 1), NOW)
