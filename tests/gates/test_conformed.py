"""Bad rows: each kind is quarantined with its reason, or lands with a warning, and the rest of the day goes on."""

from decimal import Decimal
from typing import Any

import pytest

from gates.kit import Bench
from miyabi_dw.etl import gates

AT = "2026-01-15T01:00:00+00:00"
BEFORE = "2026-01-15T00:00:00+00:00"
GOOD: dict[str, dict[str, Any]] = {
    "issues": {"number": 1, "title": "a", "priority": "P1", "repository": "r", "created_at": BEFORE, "updated_at": AT},
    "agent_execution_logs": {"agent_id": "agent-codegen", "started_at": BEFORE, "completed_at": AT},
    "code_gen_tasks": {"issue_id": 1, "created_at": BEFORE, "updated_at": AT},
    "review_results": {"issue_id": 1, "created_at": AT},
    "deployment_pipelines": {
        "issue_id": 1,
        "deployment_status": "SUCCESS",
        "environment": "production",
        "deployed_at": AT,
    },
    "commits": {"issue_id": 1, "commit_sha": "a" * 40, "committed_at": AT},
    "label_history": {"issue_id": 1, "label_name": "P1", "applied_at": BEFORE},
    "worktree_states": {"associated_issue_id": 1, "worktree_path": "w", "status": "active"},
}
OVERFLOW = 9223372036854775807
SET_ASIDE = [
    ("agent_execution_logs", {"completed_at": None}, "completed-at-known"),
    ("code_gen_tasks", {"created_at": None}, "created-at-known"),
    ("review_results", {"created_at": None}, "created-at-known"),
    ("deployment_pipelines", {"deployment_status": "exploded"}, "status-in-set"),
    ("deployment_pipelines", {"deployment_status": None}, "status-known"),
    ("deployment_pipelines", {"deployed_at": None}, "end-has-date"),
    ("commits", {"commit_sha": None}, "sha-known"),
    ("commits", {"committed_at": None}, "committed-at-known"),
    ("label_history", {"applied_at": None}, "applied-at-known"),
    ("label_history", {"label_name": None}, "label-known"),
    ("worktree_states", {"worktree_path": None}, "path-known"),
]
# A field that cannot be is emptied, and the row lands.
EMPTIED = [
    ("issues", {"created_at": "1970-01-01T00:00Z"}, "created-at-in-our-time"),
    ("issues", {"updated_at": "infinity"}, "updated-at-in-our-time"),
    ("issues", {"closed_at": "9999-12-31T00:00Z"}, "closed-at-in-our-time"),
    ("agent_execution_logs", {"execution_duration_ms": -5}, "duration-in-range"),
    ("agent_execution_logs", {"execution_duration_ms": OVERFLOW}, "duration-in-range"),
    ("agent_execution_logs", {"completed_at": "2026-01-14T00:00Z"}, "completed-after-started"),
    ("agent_execution_logs", {"started_at": "-infinity"}, "started-at-in-our-time"),
    ("agent_execution_logs", {"llm_tokens_input": -1}, "tokens-input-in-range"),
    ("agent_execution_logs", {"llm_tokens_output": OVERFLOW}, "tokens-output-in-range"),
    ("agent_execution_logs", {"llm_cost_usd": Decimal("-0.0000000001")}, "cost-in-range"),
    ("agent_execution_logs", {"llm_cost_usd": "NaN"}, "cost-in-range"),
    ("agent_execution_logs", {"memory_usage_mb": -1}, "memory-in-range"),
    ("agent_execution_logs", {"cpu_usage_percent": -1}, "cpu-in-range"),
    ("code_gen_tasks", {"updated_at": "2026-01-14T00:00Z"}, "updated-after-created"),
    ("code_gen_tasks", {"total_lines_generated": -1}, "lines-in-range"),
    ("code_gen_tasks", {"total_files_generated": OVERFLOW}, "files-in-range"),
    ("code_gen_tasks", {"clippy_warnings": -1}, "clippy-warnings-in-range"),
    ("code_gen_tasks", {"fmt_issues": -1}, "fmt-issues-in-range"),
    ("code_gen_tasks", {"compilation_time_ms": -1}, "compilation-time-in-range"),
    ("review_results", {"review_score": Decimal("1.01")}, "score-in-range"),
    ("review_results", {"test_coverage_percent": Decimal("100.01")}, "coverage-in-range"),
    ("review_results", {"security_issues_found": -1}, "security-issues-in-range"),
    ("deployment_pipelines", {"infrastructure_cost_usd": -1}, "cost-in-range"),
    ("deployment_pipelines", {"deployment_duration_seconds": -1}, "duration-in-range"),
]
# What is reckoned from it is null, the value itself stays.
NOTED = [
    ("issues", {"closed_at": "2026-01-14T00:00Z"}, "closed-after-created"),
    ("label_history", {"removed_at": "2026-01-14T00:00Z"}, "removed-after-applied"),
]
LANDS = [
    ("issues", {"priority": "urgent"}, "priority-in-set"),
    ("issues", {"complexity": "huge"}, "complexity-in-set"),
    ("issues", {"title": None}, "title-known"),
    ("issues", {"created_at": None, "updated_at": None}, "created-at-known"),
    ("agent_execution_logs", {"llm_cost_usd": Decimal("9990.01"), "llm_tokens_input": 10}, "cost-usual"),
    ("agent_execution_logs", {"llm_cost_usd": Decimal("0.5")}, "tokens-of-cost-known"),
    ("agent_execution_logs", {"llm_tokens_input": 5}, "cost-of-tokens-known"),
    ("agent_execution_logs", {"issue_id": 99}, "issue-known"),
    ("agent_execution_logs", {"agent_id": None}, "agent-known"),
    ("deployment_pipelines", {"environment": "moon"}, "environment-in-set"),
    ("deployment_pipelines", {"environment": None}, "environment-known"),
    ("commits", {"commit_sha": "no sha at all"}, "sha-is-hexadecimal"),
    ("commits", {"issue_id": 99}, "issue-known"),
    ("worktree_states", {"status": "sleeping"}, "status-in-set"),
]


def fill(bench: Bench) -> None:
    """One good row of each table, with id 1."""
    for table, row in GOOD.items():
        bench.put(table, id=1, **row)


def without_unique(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A second row that shares no unique value with the first."""
    fresh = {"issues": {"number": 2}, "commits": {"commit_sha": "b" * 40}, "worktree_states": {"worktree_path": "v"}}
    own = {"associated_issue_id": None} if table == "worktree_states" else {}
    return {**GOOD[table], **fresh.get(table, {}), **own, **row}


def told(result: dict[str, Any]) -> list[str]:
    """The ids among the offending rows that a result names."""
    return [row["id"] for row in result["observed"]["sample"]]


def test_a_good_day_passes_and_nothing_is_set_aside(bench: Bench) -> None:
    fill(bench)
    report = gates.run_suites(bench.stage, "conformed")
    assert report.counts["failed"] == report.counts["could not run"] == 0
    assert bench.rejected() == []
    assert bench.result("commits.sha-known")["rows_checked"] == 1


def test_an_empty_day_passes(bench: Bench) -> None:
    assert gates.run_suites(bench.stage, "conformed").counts["failed"] == 0


def test_each_kind_of_bad_row_is_set_aside_with_its_reason_and_the_rest_goes_on(bench: Bench) -> None:
    """All kinds in one batch: what is quarantined, and why, is exactly what was put in."""
    fill(bench)
    expected = {}
    for number, (table, row, check) in enumerate(SET_ASIDE, start=100):
        bench.put(table, id=number, **without_unique(table, row))
        expected[table, str(number)] = f"{table}.{check}"
    report = gates.run_suites(bench.stage, "conformed")
    found = {(row["source_table"], row["source_key"]): row for row in bench.rejected()}
    assert found.keys() == expected.keys()
    for key, check in expected.items():
        assert check in found[key]["check_id"].split(", "), key
        assert bench.result(check)["note"] in found[key]["reason"] or " is " in found[key]["reason"]
    assert all(bench.ids(table) == [1] for table in GOOD)
    assert sum(report.quarantined.values()) == len(SET_ASIDE)
    assert all(bench.result(check)["observed"]["quarantines"] for check in expected.values())


def test_what_is_odd_but_usable_lands_and_is_told(bench: Bench) -> None:
    fill(bench)
    for number, (table, row, _) in enumerate(LANDS, start=100):
        bench.put(table, id=number, **without_unique(table, row))
    gates.run_suites(bench.stage, "conformed")
    assert bench.rejected() == []
    for number, (table, _, check) in enumerate(LANDS, start=100):
        result = bench.result(f"{table}.{check}")
        assert result["rows_failed"] >= 1, check
        assert (result["severity"], result["outcome"]) in (
            ("warning", "failed"),
            ("info", "failed"),
            ("info", "passed"),
        )
        assert result["outcome"] == "passed" or str(number) in told(result), check
        assert number in bench.ids(table)


def test_each_kind_of_bad_field_is_emptied_with_its_reason_and_its_row_lands(bench: Bench) -> None:
    """The same twice: a second attempt of the gate sees the original values again."""
    fill(bench)
    expected = {}
    for number, (table, row, check) in enumerate([*EMPTIED, *NOTED], start=100):
        bench.put(table, id=number, **without_unique(table, row))
        expected[table, str(number)] = f"{table}.{check}"
    for _ in range(2):
        report = gates.run_suites(bench.stage, "conformed")
        found = {(row["source_table"], row["source_key"]): row for row in bench.rejected_fields()}
        assert {key: row["check_id"] for key, row in found.items()} == expected
        assert sum(report.quarantined_fields.values()) == len(expected)
        assert (bench.rejected(), sum(report.quarantined.values())) == ([], 0)
        for key, row in found.items():
            held = bench.query(f"SELECT {row['field']} AS value FROM stg_{key[0]} WHERE id = %s", int(key[1]))
            is_noted = int(key[1]) >= 100 + len(EMPTIED)
            assert (held[0]["value"] is not None) == is_noted, key
            assert row["reason"].startswith(f"{row['field']} is ") or "started_at" in row["reason"], row["reason"]
            assert row["content"].keys() == {"id", row["field"]}


def test_a_field_that_breaks_several_checks_is_one_entry_and_goes_with_a_row_that_is_taken_out(bench: Bench) -> None:
    bad = {"completed_at": BEFORE, "started_at": AT, "execution_duration_ms": -1, "llm_cost_usd": -1}
    bench.put("agent_execution_logs", id=5, **{**GOOD["agent_execution_logs"], **bad})
    bench.put("agent_execution_logs", id=6, **{**GOOD["agent_execution_logs"], **bad, "completed_at": None})
    gates.run_suites(bench.stage, "conformed")
    assert {row["source_key"]: row["content"]["execution_duration_ms"] for row in bench.rejected()} == {"6": -1}
    assert {(row["source_key"], row["field"]): row["reason"] for row in bench.rejected_fields()} == {
        ("5", "execution_duration_ms"): "execution_duration_ms is -1",
        ("5", "llm_cost_usd"): "llm_cost_usd is -1",
        ("5", "started_at"): "completed_at is 2026-01-15 00:00:00, 60 minutes before started_at",
    }


def test_an_entry_keeps_the_whole_row(bench: Bench) -> None:
    title = "'; DROP TABLE ops.run; -- \x01\x1f \u202e \U0001f600 日本語 <script>alert(1)</script> %(x)s {batch} \\ \n"
    row = {**GOOD["commits"], "commit_message": title + "d" * 100_000, "committed_at": None}
    bench.put("commits", id=3, row_hash=-(2**63), event_at=AT, **row)
    gates.run_suites(bench.stage, "conformed")
    (entry,) = bench.rejected()
    assert entry["content"]["commit_message"] == title + "d" * 100_000
    assert (entry["row_hash"], entry["event_at"].isoformat()) == (-(2**63), AT)


def test_text_of_any_script_is_no_reason_to_refuse_a_row(bench: Bench) -> None:
    for number, text in enumerate(
        ("العربية", "עברית", "ไทย", "\x01\x02\x7f", "\u202e", "🙂" * 200, "'\"`;--", " ", ""), start=1
    ):
        bench.put("issues", id=number, **{**GOOD["issues"], "number": number, "title": text, "repository": text})
    gates.run_suites(bench.stage, "conformed")
    assert bench.rejected() == []
    assert len(bench.ids("issues")) == 9


def test_a_reported_cost_far_from_the_list_price_lands_and_is_told(bench: Bench) -> None:
    with bench.stage.database.connect("etl") as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO model_price VALUES ('p', 'm', '2020-01-01', NULL, 3, 15, NULL, NULL, NULL)")
    call = {**GOOD["agent_execution_logs"], "llm_provider": "p", "llm_model": "m", "llm_tokens_input": 1_000_000}
    call["llm_tokens_output"] = 0
    for number, cost in enumerate(("3", "59", "61", "0.1", "9990.01"), start=1):
        bench.put("agent_execution_logs", id=number, **call, llm_cost_usd=cost)
    gates.run_suites(bench.stage, "conformed")
    result = bench.result("agent_execution_logs.cost-near-list-price")
    assert sorted(told(result)) == ["3", "4", "5"]
    assert bench.ids("agent_execution_logs") == [1, 2, 3, 4, 5]


def test_of_a_repeated_sha_all_but_the_first_are_told(bench: Bench) -> None:
    for number in (4, 2, 9):
        bench.put("commits", id=number, **GOOD["commits"])
    gates.run_suites(bench.stage, "conformed")
    result = bench.result("commits.sha-not-repeated")
    assert sorted(told(result)) == ["4", "9"]


def test_an_issue_known_from_an_earlier_run_is_known(bench: Bench) -> None:
    bench.query("INSERT INTO staging.issues (id, row_hash, run_number) VALUES (42, 0, 0)")
    bench.put("commits", id=1, **{**GOOD["commits"], "issue_id": 42})
    gates.run_suites(bench.stage, "conformed")
    assert bench.result("commits.issue-known")["outcome"] == "passed"


def test_a_repeated_key_stops_the_load_and_sets_nothing_aside(bench: Bench) -> None:
    from miyabi_dw.common.errors import GateFailed

    bench.put("commits", id=5, **GOOD["commits"])
    bench.put("commits", id=5, **{**GOOD["commits"], "commit_sha": "c" * 40})
    bench.put("review_results", id=1, **{**GOOD["review_results"], "review_score": 7})
    with pytest.raises(GateFailed) as caught:
        gates.run_suites(bench.stage, "conformed")
    assert "commits.id-unique" in str(caught.value)
    assert "2 of 2 rows" in str(caught.value)
    assert bench.rejected() == []
    assert bench.ids("review_results") == [1]
    assert bench.query(bench.result("review_results.score-in-range")["offending_rows_sql"])[0]["id"] == 1


def test_a_second_run_of_the_gate_finds_the_same_and_sets_nothing_aside_twice(bench: Bench) -> None:
    fill(bench)
    bench.put("review_results", id=9, event_at=AT, **{**GOOD["review_results"], "issue_id": 2, "created_at": None})
    gates.run_suites(bench.stage, "conformed")
    first = bench.rejected(), bench.result("review_results.created-at-known")["rows_failed"]
    gates.run_suites(bench.stage, "conformed")
    assert (bench.rejected(), bench.result("review_results.created-at-known")["rows_failed"]) == first
    assert bench.ids("review_results") == [1]


def test_a_row_repaired_in_the_batch_comes_back_on_the_second_run(bench: Bench) -> None:
    """What was quarantined is put back first, exactly as it was, and checked again."""
    row = {**GOOD["review_results"], "review_score": Decimal("0.7"), "created_at": None}
    bench.put("review_results", id=9, **row)
    gates.run_suites(bench.stage, "conformed")
    bench.query("UPDATE rejected SET content = jsonb_set(content, '{created_at}', %s::jsonb)", f'"{AT}"')
    gates.run_suites(bench.stage, "conformed")
    assert bench.rejected() == []
    assert bench.query("SELECT review_score FROM stg_review_results")[0]["review_score"] == Decimal("0.7")


def test_rows_that_the_transform_set_aside_are_left_alone(bench: Bench) -> None:
    bench.query(
        "INSERT INTO rejected VALUES ('commits', '8', '{}', 'more than one row', 'commits.repeated-id', 1, now())"
    )
    fill(bench)
    gates.run_suites(bench.stage, "conformed")
    assert [row["source_key"] for row in bench.rejected()] == ["8"]


def test_the_query_shown_for_rows_set_aside_looks_into_the_quarantine(bench: Bench) -> None:
    bench.put("review_results", id=9, **{**GOOD["review_results"], "review_score": 7})
    gates.run_suites(bench.stage, "conformed")
    bench.query(
        "INSERT INTO ops.quarantine (run_id, last_seen_run_id, source_table, source_key, field, content, reason, check_id)"
        "SELECT %s, %s, source_table, source_key, field, content, reason, check_id FROM rejected_field",
        bench.stage.run_id, bench.stage.run_id,
    )  # fmt: skip
    shown = bench.query(bench.result("review_results.score-in-range")["offending_rows_sql"])
    assert [row["source_key"] for row in shown] == ["9"]
