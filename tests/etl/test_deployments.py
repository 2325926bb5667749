"""Deployments as real sources tell of them: tried again in place, released together, spelt in many ways."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from etl.kit import Warehouse, differences, versions_are_sound
from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl.catalogue import load_catalogues
from miyabi_dw.etl.publish import publish

MONDAY, TUESDAY, WEDNESDAY = date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 14)
SHA = "0123456789abcdef0123456789abcdef01234567"
OPTIONAL = """
ALTER TABLE issues ADD state text, ADD author text, ADD deleted_at timestamp;
ALTER TABLE deployment_pipelines ADD release_id text, ADD repository text, ADD commit_sha text, ADD updated_at timestamp,
    DROP CONSTRAINT deployment_pipelines_issue_id_key;
ALTER TABLE commits ADD repository text, ADD is_merge boolean, ADD lines_added integer, ADD lines_deleted integer;
"""


@pytest.fixture
def platform(source: Connection) -> Connection:
    """Five issues of one repository, nothing else."""
    add_issues(source, 1, 5)
    return source


@pytest.fixture
def many(platform: Connection) -> Connection:
    """Twenty of them: one for each variant of a case, which share a warehouse."""
    add_issues(platform, 6, 20)
    return platform


def add_issues(source: Connection, first: int, last: int) -> None:
    execute(source, "INSERT INTO issues (id, number, title, issue_type, repository, created_at, updated_at)"
            " SELECT n, n, 'issue ' || n, 'task', 'org/app', '2026-01-11', '2026-01-11'"
            " FROM generate_series(%s, %s) AS n", [first, last])  # fmt: skip


def deploy(source: Connection, number: int, status: str, at: str | None, **more: Any) -> None:
    """Writes the row as it is now: a pipeline changes in place."""
    row = {"id": number, "issue_id": number, "deployment_status": status, "deployed_at": at, "environment": "production",
           "created_at": "2026-01-12 00:00", "infrastructure_cost_usd": 5} | more  # fmt: skip
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    changes = ", ".join(f"{name} = excluded.{name}" for name in row)
    execute(
        source,
        f"INSERT INTO deployment_pipelines ({names}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changes}",
        list(row.values()),
    )


def ends(miyabi: Warehouse) -> list[tuple[Any, ...]]:
    rows = miyabi.query("SELECT deployment_id, end_number, deployment_status, to_char(deployed_at AT TIME ZONE 'UTC',"
                        " 'DD HH24') AS at, later_ends FROM fact_deployment ORDER BY 1, 2")  # fmt: skip
    return [tuple(row.values()) for row in rows]


def dora(miyabi: Warehouse) -> list[dict[str, Any]]:
    return miyabi.query(
        "SELECT deployment_id, deployment_status, issues, recovery_hours FROM v_dora_deployment ORDER BY deployed_at"
    )


def test_a14_a_failure_that_succeeds_a_day_later_is_a_failure_a_success_and_a_recovery(
    platform: Connection, miyabi: Warehouse
) -> None:
    deploy(platform, 1, "failed", "2026-01-12 10:00")
    miyabi.day(MONDAY, gate=True)
    deploy(platform, 1, "success", "2026-01-13 10:00")
    publish(miyabi.day(TUESDAY, gate=True))
    assert ends(miyabi) == [(1, 1, "FAILED", "12 10", 1), (1, 2, "SUCCESS", "13 10", 0)]
    assert [(row["deployment_status"], row["recovery_hours"]) for row in dora(miyabi)] == [
        ("FAILED", 24),
        ("SUCCESS", None),
    ]
    month = miyabi.query("SELECT * FROM mart_dora WHERE period_kind = 'month' AND repository = '(all)'")[0]
    assert (month["deployments"], month["failed_deployments"], month["recovery_by_status_median_hours"]) == (1, 1, 24)
    # What it cost stands on one end; reading the row again, and computing the facts again, change nothing.
    assert miyabi.value("SELECT sum(infrastructure_cost_usd) FROM fact_deployment") == 5
    before = miyabi.facts()
    miyabi.execute("DELETE FROM fact_deployment")
    miyabi.execute("UPDATE staging.deployment_pipelines SET row_hash = 0")
    miyabi.day(WEDNESDAY)
    assert miyabi.facts() == before


# What a row said, one run after the other, and the ends that are told of it.
CHANGES: list[tuple[list[tuple[str, str | None]], list[tuple[str, str]]]] = [
    ([("failed", "12 10"), ("running", None), ("success", "13 10")], [("FAILED", "12 10"), ("SUCCESS", "13 10")]),
    ([("failed", "12 10"), ("pending", None)], [("FAILED", "12 10")]),
    ([("failed", "12 10"), ("running", None), ("failed", "13 10")], [("FAILED", "12 10"), ("FAILED", "13 10")]),
    ([("success", "12 10"), ("failed", "13 10")], [("SUCCESS", "12 10"), ("FAILED", "13 10")]),
    ([("success", "12 10"), ("rolled_back", "13 10")], [("ROLLED_BACK", "12 10")]),
    ([("success", "12 10"), ("rolled_back", "12 10")], [("ROLLED_BACK", "12 10")]),
    ([("rolled_back", "12 10"), ("rolled_back", "12 11")], [("ROLLED_BACK", "12 11")]),
    ([("success", "12 10"), ("success", "12 12")], [("SUCCESS", "12 12")]),
    ([("failed", "12 10"), ("success", "12 10")], [("SUCCESS", "12 10")]),
    ([("failed", "12 10"), ("success", "12 09")], [("SUCCESS", "12 09")]),
    ([("success", "12 10"), ("inactive", "12 10")], [("SUCCESS", "12 10")]),
    ([("cancelled", "12 10")], []),
    ([("partial", "12 10"), ("success", "13 10"), ("rolled_back", "14 10")], [("PARTIAL", "12 10"), ("ROLLED_BACK", "13 10")]),
]  # fmt: skip


def test_a14_which_changes_of_a_row_are_another_end(many: Connection, miyabi: Warehouse) -> None:
    for step in range(3):
        for number, (seen, _) in enumerate(CHANGES, 1):
            for status, at in seen[step : step + 1]:
                deploy(many, number, status, at and f"2026-01-{at}:00")
        miyabi.day(WEDNESDAY)
        miyabi.day(WEDNESDAY)
    for number, (seen, told) in enumerate(CHANGES, 1):
        assert [row[2:4] for row in ends(miyabi) if row[0] == number] == told, seen


def test_a14_a_row_deleted_at_the_source_takes_its_ends_with_it_and_a_quarantined_one_keeps_them(
    platform: Connection, miyabi: Warehouse
) -> None:
    deploy(platform, 1, "failed", "2026-01-12 10:00")
    miyabi.day(MONDAY)
    deploy(platform, 1, "who knows", "2026-01-13 10:00")
    miyabi.day(TUESDAY)
    assert ends(miyabi) == []
    assert miyabi.value("SELECT reason FROM ops.quarantine WHERE state = 'open'") == (
        "the deployment's status 'who knows' is in no catalogue: add the line who_knows,STATE to"
        " sql/catalogue/deployment_states.csv"
    )
    deploy(platform, 1, "success", "2026-01-13 10:00")
    miyabi.day(TUESDAY)
    assert [row[2] for row in ends(miyabi)] == ["FAILED", "SUCCESS"]
    execute(platform, "DELETE FROM deployment_pipelines")
    miyabi.day(WEDNESDAY)
    assert ends(miyabi) == []
    assert miyabi.value("SELECT count(*) FROM staging.deployment_end") == 0


def test_a15_a_release_of_five_issues_is_one_deployment_with_five_issues(
    platform: Connection, miyabi: Warehouse
) -> None:
    execute(platform, OPTIONAL)
    execute(platform, "INSERT INTO commits (issue_id, commit_sha, committed_at)"
            " SELECT id, md5(id::text), '2026-01-12 00:00' FROM issues")  # fmt: skip
    execute(platform, "UPDATE issues SET issue_type = 'hotfix' WHERE id = 4")
    for number in range(1, 6):
        deploy(platform, number, "success", "2026-01-12 10:00", release_id="v1")
    deploy(platform, 6, "success", "2026-01-12 10:00", issue_id=5, release_id="v1", environment="staging")
    publish(miyabi.day(MONDAY, gate=True))
    assert [(row["deployment_id"], row["issues"]) for row in dora(miyabi)] == [(1, 5)]
    month = miyabi.query("SELECT * FROM mart_dora WHERE period_kind = 'month' AND repository = 'org/app'")[0]
    counted = ("deployments", "rework_deployments", "lead_time_commits", "lead_time_changes")
    assert [month[name] for name in counted] == [1, 1, 5, 5]
    assert (month["lead_time_median_hours"], month["lead_time_per_change_median_hours"]) == (10, 10)
    failed = miyabi.query(
        "SELECT check_id FROM ops.check_result WHERE outcome <> 'passed' AND check_id LIKE '%%issue-unique'"
    )
    assert failed == []


def test_a15_a_release_ends_as_the_worst_of_its_rows_and_again_when_they_are_tried_again(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    execute(platform, OPTIONAL)
    execute(
        platform, "INSERT INTO commits (issue_id, commit_sha, committed_at) VALUES (2, %s, '2026-01-12 00:00')", [SHA]
    )
    for number, status in ((1, "failed"), (2, "success"), (3, "rolled_back")):
        deploy(platform, number, status, "2026-01-12 10:00", release_id="v1")
    deploy(platform, 4, "success", "2026-01-12 10:00", release_id="v1", repository="https://github.com/Org/Lib.git")
    miyabi.day(MONDAY)
    rebuilt.day(MONDAY)
    assert differences(miyabi, rebuilt) == {}
    assert {row["deployment_status"] for row in dora(miyabi) if row["issues"] == 3} == {"FAILED"}
    assert miyabi.value("SELECT deployment_id FROM fact_code_change") is None
    # Issue 2's row does not change: it is the release that does.
    deploy(platform, 1, "success", "2026-01-13 10:00", release_id="v1")
    miyabi.day(TUESDAY)
    assert [(row["deployment_status"], row["recovery_hours"]) for row in dora(miyabi) if row["deployment_id"] == 1] == [
        ("FAILED", 24), ("SUCCESS", None)
    ]  # fmt: skip
    assert miyabi.value("SELECT lead_time_seconds FROM fact_code_change") == 34 * 3600
    assert miyabi.query("SELECT repository FROM v_dora_deployment WHERE deployment_id = 4") == [
        {"repository": "org/lib"}
    ]


def test_a15_a_release_taken_back_for_one_issue_has_carried_the_others(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    execute(platform, OPTIONAL)
    execute(platform, "INSERT INTO commits (issue_id, commit_sha, committed_at)"
            " SELECT id, md5(id::text), '2026-01-12 00:00' FROM issues WHERE id <= 3")  # fmt: skip
    for number, status in ((1, "success"), (2, "rolled_back"), (3, "success")):
        deploy(platform, number, status, "2026-01-12 10:00", release_id="v1")
    publish(miyabi.day(MONDAY))
    rebuilt.day(MONDAY)
    assert differences(miyabi, rebuilt) == {}
    assert [row["deployment_status"] for row in dora(miyabi)] == ["ROLLED_BACK"]
    lead_times = miyabi.query("SELECT issue_id, outcome FROM v_dora_lead_time ORDER BY issue_id")
    assert [tuple(row.values()) for row in lead_times] == [(1, "counted"), (2, "not deployed"), (3, "counted")]
    assert miyabi.value("SELECT array_agg(issue_id ORDER BY issue_id) FROM v_dora_change") == [1, 3]


def test_a16_states_are_a_catalogue(many: Connection, miyabi: Warehouse) -> None:
    words = {
        "error": "FAILED", "Timed Out": "FAILED", "ACTIVE": "SUCCESS", "rolled-back": "ROLLED_BACK",
        "inactive": None, "skipped": None, "Cancelled": None,
    }  # fmt: skip
    for number, word in enumerate(words, 1):
        deploy(many, number, word, "2026-01-12 10:00")
    miyabi.day(MONDAY, gate=True)
    told = {row[0]: row[2] for row in ends(miyabi)}
    assert {word: told.get(number) for number, word in enumerate(words, 1)} == words
    assert len(ends(miyabi)) == 4
    assert miyabi.value("SELECT count(*) FROM ops.quarantine") == 0


def test_a16_environments_are_a_catalogue(many: Connection, miyabi: Warehouse) -> None:
    words = {
        "prd": "production", "Live": "production", "production-eu": "production", "Stage": "staging",
        "pre-prod": "staging", "Development": "dev", "Canary": "canary", " ": None,
    }  # fmt: skip
    for number, word in enumerate(words, 1):
        deploy(many, number, "success", "2026-01-12 10:00", environment=word)
    miyabi.day(MONDAY)
    rows = miyabi.query("SELECT deployment_id, environment FROM fact_deployment ORDER BY 1")
    assert {word: row["environment"] for word, row in zip(words, rows, strict=True)} == words


def test_a16_spellings_of_a_repository_are_one(many: Connection, miyabi: Warehouse) -> None:
    spellings = (
        "Org/App", " org/app ", "https://github.com/org/app.git", "git@github.com:Org/App.git",
        "ssh://git@host:22/org/app/",
    )  # fmt: skip
    for number, spelling in enumerate(spellings, 2):
        execute(many, "UPDATE issues SET repository = %s WHERE id = %s", [spelling, number])
    miyabi.day(MONDAY)
    assert miyabi.query("SELECT DISTINCT repository FROM dim_issue WHERE issue_id > 0") == [{"repository": "org/app"}]


def test_a16_a_changed_catalogue_reaches_rows_that_are_loaded_by_the_next_run(
    platform: Connection, miyabi: Warehouse, tmp_path: Path
) -> None:
    deploy(platform, 1, "success", "2026-01-12 10:00", environment="canary")
    deploy(platform, 2, "error", "2026-01-12 10:00")
    miyabi.day(MONDAY)
    folder = copytree(CATALOGUE, tmp_path / "catalogue")
    _append(folder / "environments.csv", "canary,production")
    _append(folder / "repositories.csv", "org/app,Org/Application")
    states = folder / "deployment_states.csv"
    states.write_text(states.read_text(encoding="utf-8").replace("error,FAILED", "error,NONE"), encoding="utf-8")
    with miyabi.database.connect("etl") as connection:
        load_catalogues(connection, folder)
        load_catalogues(connection, folder)
    stage = miyabi.day(TUESDAY)
    assert miyabi.counts(stage)["deployment_pipelines"]["updated"] == 2
    assert miyabi.query(
        "SELECT deployment_id, environment, repository FROM fact_deployment WHERE deployment_id = 1"
    ) == [{"deployment_id": 1, "environment": "production", "repository": "Org/Application"}]
    assert miyabi.counts(miyabi.day(TUESDAY))["deployment_pipelines"]["updated"] == 0


def _append(path: Path, line: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["(all)", "(unknown)", "", '"(all)"'])
def test_a20_any_text_is_a_repository(platform: Connection, miyabi: Warehouse, name: str) -> None:
    execute(platform, "UPDATE issues SET repository = %s, issue_type = 'incident' WHERE id = 1", [name])
    deploy(platform, 1, "success", "2026-01-10 10:00")
    deploy(platform, 2, "failed", "2026-01-12 10:00")
    publish(miyabi.day(MONDAY))
    shown = {"(all)": '"(all)"', "(unknown)": '"(unknown)"', "": "(unknown)"}.get(name, name)
    rows = miyabi.query("SELECT repository, deployments, incidents FROM mart_dora WHERE period_kind = 'month'")
    assert {(row["repository"], row["deployments"], row["incidents"]) for row in rows} == {
        ("(all)", 1, 1), (shown, 1, 1), ("org/app", 0, 0)
    }  # fmt: skip


def test_a25_a_short_sha_is_its_long_one_and_bots_have_no_lead_time(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    execute(platform, "INSERT INTO commits (id, issue_id, commit_sha, author, committed_at) VALUES"
            " (1, 1, %s, 'dev', '2026-01-12 01:00'), (2, 1, 'fedcba98', 'Renovate[bot]', '2026-01-12 02:00'),"
            " (3, 1, 'aaaaaaa1', 'dev', '2026-01-12 03:00'), (4, 1, 'aaaaaaa', 'dev', '2026-01-12 03:00')", [SHA[:7]])  # fmt: skip
    deploy(platform, 1, "success", "2026-01-12 10:00")
    miyabi.day(MONDAY)
    assert miyabi.value("SELECT count(*) FROM fact_code_change") == 3
    execute(platform, "INSERT INTO commits (id, issue_id, commit_sha, author, committed_at)"
            " VALUES (9, 1, %s, 'dev', '2026-01-12 01:00')", [SHA])  # fmt: skip
    publish(miyabi.day(MONDAY, gate=True))
    rebuilt.day(MONDAY)
    assert differences(miyabi, rebuilt) == {}
    assert {row["commit_sha"] for row in miyabi.query("SELECT commit_sha FROM fact_code_change")} == {
        SHA,
        "fedcba98",
        "aaaaaaa1",
    }
    read = "SELECT commits, lead_time_commits, ignored_author_commits FROM mart_dora WHERE (period_kind, repository) = ('month', '(all)')"
    assert tuple(miyabi.query(read)[0].values()) == (3, 2, 1)
    # The setting reaches commits that are loaded.
    miyabi.settings = miyabi.settings.model_copy(update={"ignored_authors": ("de*",)})
    miyabi.prepare()
    publish(miyabi.day(TUESDAY))
    assert tuple(miyabi.query(read)[0].values()) == (3, 1, 2)


def test_optional_columns_reach_the_facts_and_a_row_without_them_keeps_its_digest(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    deploy(platform, 1, "success", "2026-01-12 10:00")
    execute(
        platform, "INSERT INTO commits (issue_id, commit_sha, committed_at) VALUES (1, %s, '2026-01-12 01:00')", [SHA]
    )
    miyabi.day(MONDAY)
    execute(platform, OPTIONAL)
    written = miyabi.written(miyabi.day(MONDAY))
    assert set(written.values()) <= {0}
    execute(platform, "UPDATE deployment_pipelines SET repository = 'Org/Other', commit_sha = 'ABC'")
    execute(
        platform, "UPDATE commits SET repository = 'org/other', is_merge = true, lines_added = 3, lines_deleted = 2"
    )
    execute(platform, "UPDATE issues SET state = 'In Review', author = 'alice' WHERE id = 1")
    miyabi.day(MONDAY, gate=True)
    rebuilt.day(MONDAY)
    assert differences(miyabi, rebuilt) == {}
    assert miyabi.query("SELECT repository, commit_sha FROM fact_deployment") == [
        {"repository": "org/other", "commit_sha": "abc"}
    ]
    assert miyabi.query("SELECT repository, is_merge, lines_added, lines_deleted FROM fact_code_change") == [
        {"repository": "org/other", "is_merge": True, "lines_added": 3, "lines_deleted": 2}
    ]
    assert miyabi.query("SELECT state, created_by FROM dim_issue WHERE issue_id = 1 AND is_current") == [
        {"state": "in_review", "created_by": "alice"}
    ]


@pytest.mark.parametrize("how", ["row deleted", "deleted_at", "transferred"])
def test_a6_a_deleted_issue_leaves_dora_with_the_run_that_notices(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse, how: str
) -> None:
    execute(platform, OPTIONAL)
    execute(platform, "UPDATE issues SET issue_type = 'incident', created_at = '2026-01-12 12:00' WHERE id = 2")
    execute(platform, "UPDATE issues SET issue_type = 'hotfix' WHERE id = 3")
    deploy(platform, 1, "success", "2026-01-12 10:00")
    deploy(platform, 3, "success", "2026-01-12 11:00")
    publish(miyabi.day(MONDAY))
    read = "SELECT incidents, open_incidents, rework_deployments FROM mart_dora WHERE (period_kind, repository) = ('month', '(all)')"
    assert tuple(miyabi.query(read)[0].values()) == (1, 1, 1)
    change = {
        "row deleted": "DELETE FROM issues WHERE id IN (2, 3)",
        "deleted_at": "UPDATE issues SET deleted_at = '2026-01-13 01:00' WHERE id IN (2, 3)",
        "transferred": "UPDATE issues SET state = 'Transferred', updated_at = '2026-01-13 01:00' WHERE id IN (2, 3)",
    }
    execute(platform, "ALTER TABLE deployment_pipelines DROP CONSTRAINT deployment_pipelines_issue_id_fkey")
    execute(platform, change[how])
    publish(miyabi.day(TUESDAY))
    assert tuple(miyabi.query(read)[0].values()) == (0, 0, 0)
    versions = miyabi.query("SELECT state, is_current FROM dim_issue WHERE issue_id = 2 ORDER BY version")
    assert [tuple(row.values()) for row in versions] == [("open", False), ("deleted", True)]
    assert miyabi.value("SELECT count(*) FROM fact_deployment") == 2
    rebuilt.day(TUESDAY)
    assert differences(miyabi, rebuilt).keys() <= {"fact_issue_processing"}
    if how != "row deleted":
        assert versions_are_sound(miyabi)
    miyabi.day(WEDNESDAY)
    assert miyabi.value("SELECT count(*) FROM dim_issue WHERE issue_id = 2") == 2
    assert Decimal(miyabi.value("SELECT count(*) FROM dim_issue WHERE issue_id = 2 AND is_current")) == 1
