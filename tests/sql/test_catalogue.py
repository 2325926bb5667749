"""The catalogues as shipped, loaded again, edited, and spoilt."""

import csv
import itertools
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from miyabi_dw.common.errors import CatalogueError
from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.etl.catalogue import Loaded, load_catalogues


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that a test may edit."""
    for path in CATALOGUE.glob("*.csv"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


@pytest.fixture
def loaded(prepared: Connection) -> Connection:
    return prepared


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def column(connection: Connection, sql: str) -> list[Any]:
    return [next(iter(row.values())) for row in query(connection, sql)]


def by_name(results: list[Loaded]) -> dict[str, Loaded]:
    return {result.name: result for result in results}


def test_57_labels_in_their_categories(loaded: Connection) -> None:
    rows = query(
        loaded,
        "SELECT label_category, count(*) AS n FROM dim_label WHERE label_key > 0 AND NOT is_inferred GROUP BY 1",
    )
    assert {row["label_category"]: row["n"] for row in rows} == {
        "Status": 7, "Priority": 5, "Type": 8, "Component": 10, "Effort": 5, "Impact": 5,
        "Technology": 7, "Phase": 5, "Quality": 3, "Meta": 2,
    }  # fmt: skip


def test_every_label_says_what_it_is_for(loaded: Connection) -> None:
    sql = """SELECT label_name FROM dim_label WHERE label_key > 0
             AND (color IS NULL OR icon IS NULL OR description IS NULL OR usage_guidelines IS NULL
                  OR label_priority IS NULL OR NOT is_active)"""
    assert column(loaded, sql) == []


def test_p0_ranks_before_everything_and_priorities_in_order(loaded: Connection) -> None:
    ranked = column(loaded, "SELECT label_name FROM dim_label WHERE label_key > 0 ORDER BY label_priority LIMIT 5")
    assert ranked == ["P0", "P1", "P2", "P3", "P4"]


def test_ten_agents_on_one_model(loaded: Connection) -> None:
    rows = query(loaded, "SELECT * FROM dim_agent WHERE agent_key > 0 ORDER BY agent_key")
    assert {row["agent_type"] for row in rows} == {
        "CodeGen", "Review", "Deployment", "Issue", "Coordinator",
        "Business", "Marketing", "Sales", "CRM", "Analytics",
    }  # fmt: skip
    assert len(rows) == 10
    assert {(row["ai_provider"], row["ai_model"]) for row in rows} == {("anthropic", "claude-sonnet-4")}
    assert sum(row["agent_category"] == "Technical" for row in rows) == 5
    assert {row["cost_per_hour_usd"] for row in rows} == {None}


@pytest.mark.parametrize(
    ("spelling", "agent_id"),
    [
        ("CodeGen", "agent-codegen"),
        ("agent-codegen", "agent-codegen"),
        ("CODEGENAGENT", "agent-codegen"),
        ("Review", "agent-review"),
        ("Business", "agent-business-strategy"),
        ("crm", "agent-crm"),
    ],
)
def test_short_and_long_spellings_are_one_agent(loaded: Connection, spelling: str, agent_id: str) -> None:
    rows = query(loaded, "SELECT agent_id FROM agent_alias WHERE alias = lower(%s)", [spelling])
    assert rows == [{"agent_id": agent_id}]


@pytest.mark.parametrize(
    ("spelling", "label"),
    [("priority:p0", "P0"), ("status:in-review", "status:review"), ("p4", "P4"), ("Bug", "type:bug"),
     ("Comp:CLI", "comp:cli"), ("tech-debt", "quality:technical-debt"), ("good first issue", "good-first-issue")],
)  # fmt: skip
def test_other_spellings_of_labels(loaded: Connection, spelling: str, label: str) -> None:
    rows = query(loaded, "SELECT label_name FROM label_alias WHERE alias = lower(%s)", [spelling])
    assert rows == [{"label_name": label}]


@pytest.mark.parametrize("word", ["urgent", "testing", "critical", "high-priority", "design"])
def test_what_could_mean_two_labels_means_none(loaded: Connection, word: str) -> None:
    assert query(loaded, "SELECT label_name FROM label_alias WHERE alias = %s", [word]) == []


@pytest.mark.parametrize(
    ("spelling", "said"),
    [
        ("aider/anthropic/claude-3-7-sonnet-20250219", ("aider", "CodeGen", "anthropic", "claude-3-7-sonnet")),
        ("aider/claude-3-7-sonnet-20250219", ("aider", "CodeGen", "anthropic", "claude-3-7-sonnet")),
        ("aider/openrouter/anthropic/claude-3.7-sonnet", ("aider", "CodeGen", "openrouter", "claude-3-7-sonnet")),
        ("claude-code/claude-opus-4-5-20251101", ("claude-code", "CodeGen", "anthropic", "claude-opus-4-5")),
        ("claude-opus-4-6", ("claude-opus-4-6", None, "anthropic", "claude-opus-4-6")),
        ("aider/anthropic/claude-sonnet-4-20250514", ("aider", "CodeGen", "anthropic", "claude-sonnet-4")),
        ("aider/gpt-4o-2024-08-06", ("aider", "CodeGen", "openai", "gpt-4o")),
        ("aider/o3", ("aider", "CodeGen", "openai", "o3")),
        ("aider/gemini/gemini-2.5-pro-preview-05-06", ("aider", "CodeGen", "google", "gemini-2.5-pro")),
        ("aider/ollama/REDACTED", ("aider", "CodeGen", "ollama", None)),
        ("aider/None", ("aider", "CodeGen", None, None)),
        ("gemini-cli", ("gemini-cli", "CodeGen", None, None)),
        ("CodeReviewer", ("CodeReviewer", None, None, None)),
        ("'; DROP TABLE dim_agent; --\n%s \\1", ("'; DROP TABLE dim_agent; --\n%s \\1", None, None, None)),
    ],
)
def test_what_a_spelling_says(loaded: Connection, spelling: str, said: tuple[str | None, ...]) -> None:
    row = query(loaded, "SELECT * FROM describe_agent(%s)", [spelling])[0]
    assert (row["agent_name"], row["agent_type"], row["llm_provider"], row["llm_model"]) == said


def test_no_two_prices_hold_on_one_day(loaded: Connection) -> None:
    sql = """SELECT a.llm_model FROM model_price a JOIN model_price b
             ON (a.llm_provider, a.llm_model) = (b.llm_provider, b.llm_model) AND a.valid_from <> b.valid_from
             WHERE daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)"""
    assert column(loaded, sql) == []


def test_the_package_lists_what_our_file_does_not_and_our_file_wins(loaded: Connection) -> None:
    sql = """SELECT price_source, input_usd_per_million_tokens AS input, cache_write_usd_per_million_tokens AS five_minutes,
             cache_write_1h_usd_per_million_tokens AS hour, source_note LIKE '%long prompts cost more%' AS is_tiered
             FROM model_price WHERE llm_provider = 'anthropic' AND llm_model = '{}' ORDER BY valid_from"""
    theirs = {"price_source": "genai-prices", "input": 5, "five_minutes": Decimal("6.25"), "hour": 10}
    rows = query(loaded, sql.format("claude-opus-4-6"))
    assert rows == [{**theirs, "is_tiered": True}, {**theirs, "is_tiered": False}]
    assert [row["price_source"] for row in query(loaded, sql.format("claude-3-5-haiku"))] == ["own", "own"]


def test_prices_follow_the_day(loaded: Connection) -> None:
    sql = """SELECT input_usd_per_million_tokens FROM model_price
             WHERE llm_provider = 'openai' AND llm_model = 'o3'
             AND daterange(valid_from, valid_to) @> day ORDER BY day"""
    days = "FROM model_price CROSS JOIN (VALUES (date '2025-06-09'), ('2025-06-10')) AS days (day)"
    assert column(loaded, sql.replace("FROM model_price", days)) == [Decimal(10), Decimal(2)]


def test_agents_of_the_catalogue_run_on_a_model_with_a_price(loaded: Connection) -> None:
    sql = """SELECT agent_id FROM dim_agent WHERE agent_key > 0 AND NOT EXISTS (
             SELECT 1 FROM model_price WHERE llm_provider = ai_provider AND llm_model = ai_model)"""
    assert column(loaded, sql) == []


DAYS_A_WEEK, DAYS_A_MONTH, DAYS_IN_SIX_MONTHS = (
    "median deployment days per week", "median deployment days per month", "deployment days in six months"
)  # fmt: skip
UNITS = {
    "deployment_frequency": (DAYS_A_WEEK, DAYS_A_MONTH, DAYS_IN_SIX_MONTHS),
    "lead_time": ("hours",), "change_failure_rate": ("ratio",), "recovery": ("hours",),
}  # fmt: skip
LADDERS = [(year, metric, unit) for year in (2021, 2023) for metric, units in UNITS.items() for unit in units]


@pytest.mark.parametrize(("year", "metric", "unit"), LADDERS)
def test_a_ladder_has_a_class_for_every_value_and_never_two(
    loaded: Connection, year: int, metric: str, unit: str
) -> None:
    rungs = query(
        loaded,
        "SELECT * FROM dora_class WHERE (report_year, metric, unit) = (%s, %s, %s) ORDER BY lower_bound",
        [year, metric, unit],
    )
    assert len({rung["class"] for rung in rungs}) == len(rungs)
    assert (rungs[0]["lower_bound"], rungs[0]["lower_inclusive"], rungs[-1]["upper_bound"]) == (0, True, None)
    for lower, upper in itertools.pairwise(rungs):
        assert lower["upper_bound"] == upper["lower_bound"]
        assert lower["upper_inclusive"] is not upper["lower_inclusive"]


@pytest.mark.parametrize(("year", "metric"), [(year, metric) for year in (2021, 2023) for metric in UNITS])
def test_each_of_the_four_classes_is_on_some_ladder(loaded: Connection, year: int, metric: str) -> None:
    found = query(
        loaded, "SELECT DISTINCT class FROM dora_class WHERE report_year = %s AND metric = %s", [year, metric]
    )
    assert {row["class"] for row in found} == {"elite", "high", "medium", "low"}


@pytest.mark.parametrize(
    ("year", "metric", "value", "expected"),
    [
        (2023, "change_failure_rate", "0.05", "elite"),
        (2023, "change_failure_rate", "0.0501", "high"),
        (2023, "change_failure_rate", "0.1501", "low"),
        (2021, "change_failure_rate", "0.15", "elite"),
        (2021, "change_failure_rate", "0.30", "medium"),
        (2023, "lead_time", "23.9", "elite"),
        (2023, "lead_time", "24", "high"),
        (2023, "lead_time", "720", "low"),
        (2021, "lead_time", "720", "medium"),
        (2023, "deployment_frequency", "5", "elite"),
        (2023, "deployment_frequency", "0", "low"),
        (2021, "deployment_frequency", "1", "high"),
        (2021, "recovery", "0.5", "elite"),
        (2023, "recovery", "168", "low"),
    ],
)
def test_the_class_of_a_value(loaded: Connection, year: int, metric: str, value: str, expected: str) -> None:
    sql = """SELECT class FROM dora_class WHERE report_year = %(year)s AND metric = %(metric)s
             AND unit NOT LIKE '%%month%%' AND (%(value)s > lower_bound OR %(value)s = lower_bound AND lower_inclusive)
             AND (upper_bound IS NULL OR %(value)s < upper_bound OR %(value)s = upper_bound AND upper_inclusive)"""
    found = query(loaded, sql, {"year": year, "metric": metric, "value": Decimal(value)})
    assert [row["class"] for row in found] == [expected]


PLACES = " UNION ALL ".join(
    f"SELECT '{table}' || string_agg(ctid::text, '' ORDER BY ctid) AS rows FROM {table}"
    for table in ("dim_agent", "agent_alias", "dim_label", "label_alias", "dim_infrastructure", "agent_rule",
                  "model_alias", "model_price", "dora_class")
)  # fmt: skip


def test_loading_again_writes_no_row(loaded: Connection) -> None:
    before = column(loaded, PLACES)
    assert [result for result in load_catalogues(loaded) if result.changed] == []
    assert column(loaded, PLACES) == before


def test_edits_are_counted_as_what_they_are(loaded: Connection, folder: Path) -> None:
    edit(folder / "labels.csv", "Everything else waits", "All hands")
    edit(folder / "labels.csv", "help-wanted,Meta", "help-welcome,Meta")
    edit(
        folder / "model_prices.csv",
        "google,gemini-1.5-flash-8b,1900-01-01,,0.0375,",
        "google,gemini-1.5-flash-8b,1900-01-01,,0.04,",
    )
    edit(folder / "label_aliases.csv", "help wanted,help-wanted\n", "")
    results = by_name(load_catalogues(loaded, folder))
    labels, prices, aliases = results["labels"], results["model_prices"], results["label_aliases"]
    assert (labels.inserted, labels.updated, labels.unchanged) == (1, 1, 55)
    assert (prices.inserted, prices.updated, prices.deleted) == (0, 1, 0)
    # The new label's own name comes; nothing catalogued means the old one's spellings any more.
    assert (aliases.inserted, aliases.deleted) == (1, 0)
    assert not results["agents"].changed


def test_a_member_that_leaves_the_file_stays_for_its_facts(loaded: Connection, folder: Path) -> None:
    lines = (folder / "agents.csv").read_text().splitlines()
    (folder / "agents.csv").write_text("\n".join(line for line in lines if "agent-crm" not in line) + "\n")
    aliases = (folder / "agent_aliases.csv").read_text().splitlines()
    (folder / "agent_aliases.csv").write_text("\n".join(line for line in aliases if "agent-crm" not in line) + "\n")
    load_catalogues(loaded, folder)
    assert column(loaded, "SELECT agent_name FROM dim_agent WHERE agent_id = 'agent-crm'") == ["CRM"]


def test_an_alias_that_leaves_the_file_is_forgotten_but_inferred_ones_stay(loaded: Connection, folder: Path) -> None:
    execute(loaded, "INSERT INTO dim_agent (agent_id, agent_name, is_inferred) VALUES ('robot', 'robot', true)")
    execute(loaded, "INSERT INTO agent_alias VALUES ('robot', 'robot')")
    edit(folder / "agent_aliases.csv", "CodeGenAgent,agent-codegen\n", "")
    assert by_name(load_catalogues(loaded, folder))["agent_aliases"].deleted == 1
    assert column(loaded, "SELECT alias FROM agent_alias WHERE alias IN ('codegenagent', 'robot')") == ["robot"]


def test_an_inferred_member_is_filled_in(undone: Connection) -> None:
    execute(undone, "INSERT INTO dim_agent (agent_id, agent_name, is_inferred) VALUES ('agent-review', '?', true)")
    execute(undone, "INSERT INTO dim_label (label_name, label_category, is_inferred) VALUES ('P0', 'Custom', true)")
    results = by_name(load_catalogues(undone))
    assert (results["agents"].updated, results["labels"].updated) == (1, 1)
    sql = "SELECT agent_name FROM dim_agent WHERE agent_id = 'agent-review' AND NOT is_inferred"
    assert column(undone, sql) == ["Review"]


def test_two_rules_may_exchange_their_ranks(loaded: Connection, folder: Path) -> None:
    path = folder / "agent_rules.csv"
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    rows[1][0], rows[2][0] = rows[2][0], rows[1][0]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    result = by_name(load_catalogues(loaded, folder))["agent_rules"]
    assert (result.inserted, result.updated, result.unchanged, result.deleted) == (0, 2, 1, 0)


def test_a_resource_that_changes_gets_a_new_version(loaded: Connection, folder: Path) -> None:
    edit(
        folder / "infrastructure.csv",
        "warehouse-host,,Host of the warehouse",
        "warehouse-host,EC2,Host of the warehouse",
    )
    moved = datetime(2026, 3, 1, tzinfo=UTC)
    result = by_name(load_catalogues(loaded, folder, moved))["infrastructure"]
    assert (result.inserted, result.updated, result.unchanged) == (0, 1, 3)
    versions = query(loaded, "SELECT * FROM dim_infrastructure WHERE resource_id = 'warehouse-host' ORDER BY version")
    assert [(row["version"], row["resource_type"], row["is_current"]) for row in versions] == [
        (1, None, False), (2, "EC2", True),
    ]  # fmt: skip
    assert versions[0]["effective_date"] == datetime(1900, 1, 1, tzinfo=UTC)
    assert versions[0]["expiration_date"] == versions[1]["effective_date"] == moved
    assert versions[1]["expiration_date"] is None
    # Said again at the same moment otherwise, it is a correction of that version.
    edit(folder / "infrastructure.csv", "warehouse-host,EC2", "warehouse-host,RDS")
    load_catalogues(loaded, folder, moved)
    sql = "SELECT resource_type FROM dim_infrastructure WHERE resource_id = 'warehouse-host' ORDER BY version"
    assert column(loaded, sql) == [None, "RDS"]
    assert not any(result.changed for result in load_catalogues(loaded, folder, moved))


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("agents", "is_active\n", "\n", "column name mismatch|wrong number of fields"),
        ("agents", "agent_name,", "agent_nmae,", 'got "agent_nmae", expected "agent_name"'),
        ("agents", "agent-review,", "agent-codegen,", "'agent-codegen' is there twice.*line 3"),
        ("agents", "code review,,,,true", "code review,many,,,true", r'invalid input syntax for type integer: "many"'),
        ("agents", "Review,Review,Technical", "Review,Reviewer,Technical", "agent type is known.*line 3"),
        ("agents", "agent-review,Review,", "agent-review,,", "column agent_name is empty.*line 3"),
        ("labels", "#d4c5f9", "violet", "color is a hash and six hex digits.*line 2"),
        ("labels", "P1,", "p0,", "'p0' is there twice"),
        ("label_aliases", "priority:p1,P1", "PRIORITY:P0,P1", "'priority:p0' is there twice.*line 3"),
        ("label_aliases", "priority:p1,P1", "priority:p1,P9", "'P9', which is not in labels.csv"),
        ("label_aliases", "priority:p1,P1", "type:bug,P1", "own name of 'type:bug'"),
        ("model_prices", ",1,5,", ",1,five,", 'column output_usd_per_million_tokens.*"five"'),
        ("model_prices", "haiku,1900-01-01,2024-12-03", "haiku,1900-01-01,2024-12-30", "haiku has two prices from 2024-12-03"),
        ("model_prices", "haiku,1900-01-01,2024-12-03", "haiku,2024-12-03,2024-12-03", "valid to is after valid from"),
        ("model_prices", ",1,5,", ",-1,5,", "no price is negative"),
        ("model_aliases", "openrouter/(.+)", "openrouter/(.+", "parentheses"),
        ("dora_classes", "lead_time,elite,hours,0,true,1", "lead_time,elite,hours,9,true,1", "above lower bound"),
        ("infrastructure", '{""role"": ""warehouse"",', "{role:", "invalid input syntax for type json"),
        ("infrastructure", "environment-dev,,", "environment-dev,Server,", "resource type is known.*line 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_its_place(
    loaded: Connection, folder: Path, name: str, old: str, new: str, complaint: str
) -> None:
    edit(folder / f"{name}.csv", old, new)
    with pytest.raises(CatalogueError, match=complaint) as caught:
        load_catalogues(loaded, folder)
    assert f"{name}.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_in_one_file_loads_none(undone: Connection, folder: Path) -> None:
    edit(folder / "dora_classes.csv", "2021,lead_time,elite", "never,lead_time,elite")
    with pytest.raises(CatalogueError):
        load_catalogues(undone, folder)
    undone.rollback()
    assert column(undone, "SELECT count(*) FROM dim_label") == [1]


def test_a_missing_file_is_named(undone: Connection, folder: Path) -> None:
    (folder / "labels.csv").unlink()
    with pytest.raises(CatalogueError, match=r"cannot be read.*labels\.csv"):
        load_catalogues(undone, folder)


def test_a_file_in_another_encoding_is_refused(undone: Connection, folder: Path) -> None:
    (folder / "agents.csv").write_bytes("agent_id\nエージェント\n".encode("cp932"))
    with pytest.raises(CatalogueError, match="not UTF-8"):
        load_catalogues(undone, folder)


def test_what_a_spreadsheet_writes_is_read(undone: Connection, folder: Path) -> None:
    path = folder / "agents.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert by_name(load_catalogues(undone, folder))["agents"].inserted == 10
