"""The traps of counting DORA metrics, each walked around: one history of a few rows a test."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2.errors
import pytest

from marts.star import Star

MONDAY = "2026-03-02"


def deployment(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {"deployment_id": number, "repository": "app", "deployed_at": f"{at}+09"} | more


def incident(number: int, filed: str, closed: str | None = None, **more: Any) -> dict[str, Any]:
    row = {"issue_key": number, "issue_id": number, "issue_type": "incident", "repository": "app"}
    return row | {"source_created_at": f"{filed}+09", "source_closed_at": closed and f"{closed}+09"} | more


def commit(sha: str, at: str, **more: Any) -> dict[str, Any]:
    return {"commit_sha": sha, "commit_id": 1, "repository": "app", "committed_at": f"{at}+09"} | more


def classes(star: Star, kind: str, start: str, metric: str, year: int = 2023) -> dict[str, Any]:
    return star.rows(
        "SELECT value, class, unit FROM v_dora_class WHERE (period_kind, period_start, metric, report_year, repository)"
        " = (%s, %s, %s, %s, '(all)')",
        kind, start, metric, year,
    )[0]  # fmt: skip


def test_only_production_deployments_that_ended_count(star: Star) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 10:00"),
        deployment(2, "2026-03-02 11:00", environment="staging"),
        deployment(3, "2026-03-02 12:00", environment="dev", deployment_status="FAILED"),
    )
    with pytest.raises(psycopg2.errors.CheckViolation), star.undone():
        star.add("fact_deployment", deployment(4, "2026-03-02 13:00", deployment_status="running"))
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["deployments"], day["failed_deployments"]) == (1, 0)
    assert star.rows("SELECT deployment_id FROM v_dora_deployment") == [{"deployment_id": 1}]


def test_a_deployment_counts_when_it_was_deployed_not_when_it_was_created(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-09 10:00", started_at="2026-02-27 10:00+09"))
    star.refresh()
    assert star.dora("day", "2026-03-09")["deployments"] == 1
    assert star.rows("SELECT min(period_start)::text AS first FROM mart_dora WHERE period_kind = 'day'") == [
        {"first": "2026-03-09"}
    ]


def test_a_commit_made_after_its_deployment_is_excluded_and_counted(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1))
    star.add("fact_code_change", commit("late", "2026-03-02 12:00", issue_id=1))
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["lead_time_commits"], day["lead_time_excluded_negative"], day["commits_not_deployed"]) == (0, 1, 0)
    assert day["lead_time_median_hours"] is None
    assert star.rows("SELECT outcome, lead_time_hours FROM v_dora_lead_time") == [
        {"outcome": "negative", "lead_time_hours": None}
    ]


def test_a_negative_lead_time_in_the_fact_is_neither_turned_round_nor_cut_to_nothing(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1))
    star.add(
        "fact_code_change",
        commit("late", "2026-03-02 12:00", issue_id=1, deployment_id=1, deployed_at="2026-03-02 10:00+09"),
    )
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["lead_time_commits"], day["lead_time_excluded_negative"], day["lead_time_median_hours"]) == (0, 1, None)


def test_an_empty_week_is_in_the_median(star: Star) -> None:
    # Deployment days a week in March (by Thursday: 2, 9, 16, 23 March): 5 0 0 1, median (0 + 1) / 2: the month decides.
    # Without the empty weeks it would be 3, which is "high".
    star.add("fact_deployment", *(deployment(n, f"2026-03-{n:02} 10:00") for n in (2, 3, 4, 5, 6, 23)))
    star.add("fact_deployment", deployment(30, "2026-04-06 10:00"))
    star.load_classes()
    star.refresh()
    month = classes(star, "month", "2026-03-01", "deployment_frequency")
    assert month == {"value": 6, "class": "medium", "unit": "median deployment days per month"}
    assert classes(star, "week", "2026-03-02", "deployment_frequency")["class"] == "elite"
    assert classes(star, "week", "2026-03-09", "deployment_frequency")["class"] == "low"


def test_two_deployments_of_one_day_are_one_deployment_day(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"), deployment(2, "2026-03-02 20:00"))
    star.refresh()
    week = star.dora("week", MONDAY)
    assert (week["deployments"], week["deployment_days"]) == (2, 1)


def test_one_day_of_two_repositories_is_one_deployment_day_of_all(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"), deployment(2, "2026-03-02 20:00", repository="lib"))
    star.refresh()
    assert star.dora("week", MONDAY)["deployment_days"] == 1


def test_deployments_with_incidents_are_counted_not_incidents(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"), deployment(2, "2026-03-03 10:00"))
    star.add("dim_issue", *(incident(n, f"2026-03-03 1{n}:00") for n in (1, 2, 3)))
    star.refresh()
    week = star.dora("week", MONDAY)
    assert (week["incidents"], week["deployments_with_incident"]) == (3, 1)
    assert week["change_failure_rate_by_incident"] == pytest.approx(0.5)


def test_an_incident_counts_in_its_deployments_period_not_in_its_own(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-31 10:00"), deployment(2, "2026-04-09 10:00"))
    star.add("dim_issue", incident(1, "2026-04-02 10:00", "2026-04-03 10:00"))
    star.refresh()
    march, april = star.dora("month", "2026-03-01"), star.dora("month", "2026-04-01")
    assert (march["incidents"], march["recovery_by_incident_median_hours"]) == (1, 72)
    assert (april["incidents"], april["change_failure_rate_by_incident"]) == (0, 0)
    # Time to restore is the one that belongs to the closing.
    assert (march["time_to_restore_median_hours"], april["time_to_restore_median_hours"]) == (None, 24)


def test_commits_deployments_and_incidents_do_not_multiply_each_other(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1))
    star.add("dim_issue", *(incident(100 + n, f"2026-03-03 1{n}:00", f"2026-03-04 1{n}:00") for n in range(3)))
    star.add(
        "fact_code_change",
        *(
            commit(f"c{n}", f"2026-03-01 0{n}:00", issue_id=1, deployment_id=1, deployed_at="2026-03-02 10:00+09")
            for n in range(4)
        ),
    )
    star.refresh()
    month = star.dora("month", "2026-03-01")
    counted = ("deployments", "lead_time_commits", "lead_time_changes", "incidents", "deployments_with_incident")
    assert [month[name] for name in counted] == [1, 4, 1, 3, 1]


@pytest.mark.parametrize(("zone", "month"), [("Asia/Tokyo", "2026-04-01"), ("UTC", "2026-03-01")])
def test_the_edge_of_a_month_is_that_of_the_business_time_zone(star: Star, zone: str, month: str) -> None:
    # 23:30 on 31 March in UTC is 08:30 on 1 April in Tokyo.
    star.zone = ZoneInfo(zone)
    star.change("INSERT INTO ops.setting (name, value) VALUES ('business_timezone', %s)", zone)
    star.add("fact_deployment", deployment(1, "2026-04-01 08:30"))
    star.add("dim_issue", incident(1, "2026-04-01 08:40", "2026-04-01 08:50"))
    star.refresh()
    found = star.dora("month", month)
    counted = ("deployments", "incidents", "incidents_created", "restored_incidents")
    assert [found[name] for name in counted] == [1, 1, 1, 1]
    assert (
        star.rows("SELECT count(*) AS n FROM mart_dora WHERE period_kind = 'month' AND repository = '(all)'")[0]["n"]
        == 1
    )


def test_a_rolled_back_deployment_counts_once_as_a_failure(star: Star) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 10:00", deployment_status="ROLLED_BACK"),
        deployment(2, "2026-03-02 16:00"),
    )
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["deployments"], day["failed_deployments"], day["change_failure_rate_by_status"]) == (1, 1, 0.5)
    assert day["recovery_by_status_median_hours"] == 6


def test_a_sha_counts_once_and_first_success_wins(star: Star) -> None:
    star.add(
        "fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1), deployment(2, "2026-03-05 10:00", issue_id=1)
    )
    sent = commit("c", "2026-03-02 08:00", issue_id=1, deployment_id=1, deployed_at="2026-03-02 10:00+09")
    star.add("fact_code_change", sent)
    with pytest.raises(psycopg2.errors.UniqueViolation), star.undone():
        star.add("fact_code_change", sent | {"commit_id": 2})
    star.refresh()
    week = star.dora("week", MONDAY)
    assert (week["lead_time_commits"], week["lead_time_median_hours"], week["lead_time_changes"]) == (1, 2, 1)
    assert star.dora("day", "2026-03-05")["lead_time_changes"] == 0


def test_a_success_of_the_same_release_ends_no_failure(star: Star) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 10:00"),
        deployment(2, "2026-03-02 10:00", deployment_status="FAILED"),
        deployment(3, "2026-03-02 10:00"),
        deployment(4, "2026-03-02 12:00", deployment_status="FAILED"),
        deployment(5, "2026-03-02 15:00"),
    )
    star.refresh()
    day = star.dora("day", MONDAY)
    # 2 and 4 were both ended by 5: one run, begun at 10:00.
    assert (day["recovered_failures"], day["recovery_by_status_median_hours"]) == (1, 5)


def test_recovery_is_by_the_same_repository(star: Star) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 10:00", deployment_status="FAILED"),
        deployment(2, "2026-03-02 11:00", repository="lib"),
    )
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["open_failures"], day["recovered_failures"], day["recovery_by_status_median_hours"]) == (1, 0, None)


@pytest.mark.parametrize("name", [None, "", "(all)", "(unknown)", "app"])
def test_recovery_and_cause_are_found_whatever_a_repository_is_called(star: Star, name: str | None) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 09:00", repository=name),
        deployment(2, "2026-03-02 10:00", repository=name, deployment_status="FAILED"),
        deployment(3, "2026-03-02 11:00", repository=name),
    )
    star.add("dim_issue", incident(1, "2026-03-02 12:00", repository=name))
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["recovered_failures"], day["recovery_by_status_median_hours"], day["incidents"]) == (1, 1, 1)


def test_the_nearest_success_is_found_without_reading_the_month(star: Star) -> None:
    star.rows("SELECT ops.add_month('fact_deployment', 202603)")
    star.change(
        "INSERT INTO fact_deployment (deployment_id, time_key, issue_key, infrastructure_key, environment,"
        " deployment_status, repository, deployed_at, run_number) SELECT n, 20260302, -1, -1, 'production', 'SUCCESS',"
        " 'app' || mod(n, 5), timestamptz '2026-03-02 00:00+09' + n * interval '10 seconds', 1 FROM generate_series(1, 5000) n"
    )
    star.change("ANALYZE fact_deployment")
    for near in ("before", "after"):
        asked = f"SELECT * FROM dora_success_{near}(20260300, 'app1', '2026-03-02 08:00+09')"
        [plan] = star.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}")[0]["QUERY PLAN"]
        assert sum(rows_read(plan["Plan"])) < 20


def rows_read(node: dict[str, Any]) -> Iterator[float]:
    """What each scan of a plan has looked at."""
    if "Relation Name" in node:
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for child in node.get("Plans", []):
        yield from rows_read(child)


@pytest.mark.parametrize(("limit", "attributed"), [("7", 0), ("8", 1), ("", 1), ("0", 0)])
def test_how_far_back_an_incident_is_attributed_is_a_setting(star: Star, limit: str, attributed: int) -> None:
    star.change("INSERT INTO ops.setting (name, value) VALUES ('incident_attribution_days', %s)", limit)
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"))
    star.add("dim_issue", incident(1, "2026-03-09 10:01"))
    star.refresh()
    assert star.dora("month", "2026-03-01")["incidents"] == attributed
    assert star.dora("month", "2026-03-01")["incidents_unattributed"] == 1 - attributed


def test_what_is_an_incident_and_what_is_rework_are_settings(star: Star) -> None:
    star.change(
        "INSERT INTO ops.setting (name, value) VALUES ('incident_types', 'outage,alarm'), ('rework_types', 'bug')"
    )
    star.add("dim_issue", {"issue_key": 9, "issue_id": 9, "issue_type": "bug", "repository": "app"})
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=9, issue_key=9))
    star.add("dim_issue", incident(1, "2026-03-02 11:00", issue_type="alarm"), incident(2, "2026-03-02 11:00"))
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["incidents"], day["rework_deployments"], day["rework_rate"]) == (1, 1, 1)


def test_a_period_without_deployments_has_frequency_0_and_no_rate(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"), deployment(2, "2026-03-04 10:00"))
    star.refresh()
    empty = star.dora("day", "2026-03-03", "app")
    assert empty["deployment_frequency_per_day"] == 0
    rates = [name for name in empty if name.endswith(("_hours", "_rate", "_by_status", "_by_incident"))]
    assert len(rates) == 9
    assert [empty[name] for name in rates] == [None] * 9


@pytest.mark.parametrize(
    ("metric", "hours", "years"),
    [
        ("lead_time", 0.5, {2021: "elite", 2023: "elite"}),
        ("lead_time", 1, {2021: "high", 2023: "elite"}),
        ("lead_time", 24, {2021: "high", 2023: "high"}),
        ("lead_time", 168, {2021: "medium", 2023: "medium"}),
        ("lead_time", 720, {2021: "medium", 2023: "low"}),
    ],
)
def test_the_class_of_a_lead_time_by_report_year(star: Star, metric: str, hours: float, years: dict[int, str]) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-31 00:00", issue_id=1))
    star.add("fact_code_change", {
        "commit_sha": "c", "commit_id": 1, "repository": "app", "issue_id": 1, "deployment_id": 1,
        "deployed_at": "2026-03-31 00:00+09",
        "committed_at": star.rows("SELECT (timestamptz '2026-03-31 00:00+09' - %s * interval '1 hour')::text AS at", hours)[0]["at"],
    })  # fmt: skip
    star.load_classes()
    star.refresh()
    assert {year: classes(star, "month", "2026-03-01", metric, year)["class"] for year in years} == years


def test_a_failure_rate_on_the_edge_is_in_the_better_class(star: Star) -> None:
    # 3 failures in 20: 15 %.
    star.add(
        "fact_deployment",
        *(
            deployment(n, f"2026-03-{n:02} 10:00", deployment_status="FAILED" if n <= 3 else "SUCCESS")
            for n in range(1, 21)
        ),
    )
    star.load_classes()
    star.refresh()
    assert classes(star, "month", "2026-03-01", "change_failure_rate", 2021)["class"] == "elite"
    assert classes(star, "month", "2026-03-01", "change_failure_rate", 2023)["class"] == "medium"


def test_what_is_not_known_has_no_class_and_2024_has_no_ladder(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"))
    star.load_classes()
    star.refresh()
    assert classes(star, "month", "2026-03-01", "recovery") == {"value": None, "class": None, "unit": "hours"}
    assert {row["report_year"] for row in star.rows("SELECT DISTINCT report_year FROM v_dora_class")} == {2021, 2023}


def test_the_last_twelve_weeks_are_one_period(star: Star) -> None:
    # Fourteen Mondays from 2 March to 1 June, whose week is not over: the last twelve complete ones begin on 9 March.
    days = star.rows("SELECT (date '2026-03-02' + 7 * n)::text AS day FROM generate_series(0, 13) AS n ORDER BY n")
    star.add("fact_deployment", *(deployment(n, f"{row['day']} 10:00") for n, row in enumerate(days)))
    star.load_classes()
    star.refresh()
    recent = star.rows("SELECT * FROM v_dora_recent WHERE repository = 'app'")[0]
    assert (str(recent["period_start"]), str(recent["period_end"])) == ("2026-03-09", "2026-05-31")
    assert recent["deployments"] == 12
    found = star.rows(
        "SELECT class FROM v_dora_class WHERE period_kind = 'last 12 weeks' AND metric = 'deployment_frequency'"
        " AND report_year = 2023 AND repository = 'app'"
    )
    assert found == [{"class": "high"}]
