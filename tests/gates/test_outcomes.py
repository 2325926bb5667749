"""Three outcomes: passed, failed, could not run. A check that could not run never passes, and spoils no other."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gates.kit import Bench
from miyabi_dw.common.errors import BadRequest, GateFailed, SuiteError
from miyabi_dw.etl import gates
from miyabi_dw.etl.gates import running
from miyabi_dw.etl.gates.suites import Layer, load_suite

NOTE = "a note that says something"


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces the suite of one table by the checks given; the other tables keep theirs."""

    def replaced(table: str, *checks: dict[str, Any]) -> None:
        folder = tmp_path / "conformed"
        folder.mkdir(exist_ok=True)
        full = [{"severity": "warning", "note": NOTE, **check, "id": f"{table}.{check['id']}"} for check in checks]
        (folder / f"{table}.yml").write_text(yaml.safe_dump({"table": table, "why": NOTE, "expectations": full}))
        own = load_suite("conformed", table, tmp_path)
        monkeypatch.setattr(running, "load_suites", lambda *_: (own,))

    return replaced


def null(column: str, check_id: str = "check", **more: Any) -> dict[str, Any]:
    return {"id": check_id, "type": "expect_column_values_to_not_be_null", "kwargs": {"column": column}, **more}


def test_an_expectation_on_a_column_that_is_gone_could_not_be_checked(bench: Bench, suites: Any) -> None:
    suites("commits", null("gone", severity="info"), null("id", "other"))
    with pytest.raises(GateFailed, match="commits.check could not be checked .the table commits has no column gone"):
        gates.run_suites(bench.stage, "conformed")
    assert bench.result("commits.check")["outcome"] == "could not run"
    assert bench.result("commits.check")["rows_checked"] is None
    assert bench.result("commits.other")["outcome"] == "passed"


def test_a_column_dropped_from_the_batch_is_told_by_every_check_on_it(bench: Bench) -> None:
    bench.query("ALTER TABLE stg_commits DROP COLUMN pr_number")
    with pytest.raises(GateFailed, match="1 of 112 checks"):
        gates.run_suites(bench.stage, "conformed")
    assert bench.result("commits.pr-number-in-range")["outcome"] == "could not run"


def test_a_table_missing_from_the_batch_could_not_be_checked(bench: Bench) -> None:
    bench.query("DROP TABLE stg_label_history")
    with pytest.raises(GateFailed, match="stg_label_history. does not exist"):
        gates.run_suites(bench.stage, "conformed")
    assert bench.result("label_history.id-known")["outcome"] == "could not run"
    assert bench.result("commits.id-known")["outcome"] == "passed"


@pytest.mark.parametrize("layer", ["conformed", "facts"])
def test_a_gate_before_there_is_a_batch_says_which_stages_to_run(bench: Bench, layer: Layer) -> None:
    bench.query(f"DROP SCHEMA {bench.stage.schema} CASCADE")
    with pytest.raises(BadRequest, match="has no batch to check") as failure:
        gates.run_suites(bench.stage, layer)
    assert failure.value.remedy == "run this run's stages before the gate first"


def test_a_check_that_the_database_refuses_spoils_no_other(bench: Bench, suites: Any) -> None:
    compared = {"column_A": "commit_sha", "column_B": "id"}
    suites(
        "commits",
        null("id", "before"),
        {"id": "check", "type": "expect_column_pair_values_a_to_be_greater_than_b", "kwargs": compared},
        null("id", "after"),
    )
    with pytest.raises(
        GateFailed, match="1 of 3 checks stops the run: commits.check could not be checked .*operator does"
    ):
        gates.run_suites(bench.stage, "conformed")
    assert [bench.result(f"commits.{name}")["outcome"] for name in ("before", "check", "after")] == [
        "passed", "could not run", "passed",
    ]  # fmt: skip


def test_a_query_that_fails_could_not_check(bench: Bench, suites: Any) -> None:
    suites(
        "commits",
        {
            "id": "check",
            "type": "unexpected_rows_expectation",
            "kwargs": {"query": "unknown_issue", "column": "nowhere"},
        },
    )
    with pytest.raises(GateFailed, match="could not be checked"):
        gates.run_suites(bench.stage, "conformed")


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (
            {"type": "expect_nothing_in_particular", "kwargs": {}},
            "there is no expectation expect_nothing_in_particular",
        ),
        ({"type": "expect_column_values_to_be_between", "kwargs": {"colum": "id"}}, "column"),
        (
            {"type": "unexpected_rows_expectation", "kwargs": {"query": "no_such_file"}},
            "no query no_such_file in sql/gates",
        ),
        (
            {"type": "unexpected_rows_expectation", "kwargs": {"query": "growth", "fact": "t"}},
            "wants the parameter 'low'",
        ),
        (
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "id", "max_value": {"$PARAMETER": "x"}},
            },
            "there is no parameter 'x'",
        ),
    ],
)
def test_a_check_that_makes_no_sense_could_not_be_checked(
    check: dict[str, Any], reason: str, bench: Bench, suites: Any
) -> None:
    suites("commits", {"id": "check", **check})
    with pytest.raises(GateFailed) as caught:
        gates.run_suites(bench.stage, "conformed")
    assert reason in str(caught.value)
    assert "commits.check" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_suite_that_does_not_parse_stops_the_gate(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "conformed").mkdir()
    (tmp_path / "conformed" / "issues.yml").write_text("table: issues\n  why: indented")
    monkeypatch.setattr(running, "load_suites", lambda layer, tables: (load_suite("conformed", "issues", tmp_path),))
    with pytest.raises(SuiteError, match=r"issues\.yml.*correct it"):
        gates.run_suites(bench.stage, "conformed")


def test_a_check_about_the_whole_table_fails_without_rows_of_its_own(bench: Bench, suites: Any) -> None:
    suites(
        "commits",
        {"id": "rows", "type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
        {"id": "newest", "type": "expect_column_max_to_be_between", "kwargs": {"column": "id", "max_value": 5}},
    )
    bench.put("commits", id=9, commit_sha="a")
    report = gates.run_suites(bench.stage, "conformed")
    found = {result.check_id: result for result in report.results}
    assert (found["commits.rows"].outcome, found["commits.rows"].observed) == ("passed", {"value": 1})
    assert (found["commits.newest"].outcome, found["commits.newest"].observed) == ("failed", {"value": 9})
    assert found["commits.newest"].offending_rows_sql is None


def test_critical_failures_come_first_in_what_is_shown(bench: Bench, suites: Any) -> None:
    suites("commits", null("id", "fine"), null("author", "odd"), null("pr_number", "bad", severity="critical"))
    bench.put("commits", id=1, commit_sha="a")
    with pytest.raises(
        GateFailed, match="1 of 3 checks stops the run: commits.bad: a note that says something .1 of 1 row"
    ):
        gates.run_suites(bench.stage, "conformed")
    assert bench.result("commits.odd")["outcome"] == "failed"


def test_the_report_can_be_shown(bench: Bench) -> None:
    bench.put("review_results", id=9, review_score=7, created_at="2026-01-15T01:00Z")
    report = gates.run_suites(bench.stage, "conformed")
    table = report.frame(all_results=False)
    assert list(table["check_id"]) == ["review_results.score-in-range", "review_results.issue-given"][::-1]
    assert len(report.frame()) == 112
    assert {bar.name for bar in report.figure().data} == {"passed", "failed", "could not run"}
    assert str(report) == "conformed: 110 passed, 2 failed, 0 could not run"
