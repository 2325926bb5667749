"""DORA at the edges: what an incident is, how long it is put down to a deployment, how seldom one may deploy."""

from typing import Any

import pytest

from marts.star import Star
from marts.test_dora_traps import classes, commit, deployment, incident

MONDAY = "2026-03-02"


def setting(star: Star, name: str, value: str) -> None:
    star.change("INSERT INTO ops.setting (name, value) VALUES (%s, %s)", name, value)


@pytest.mark.parametrize(
    ("words", "issue"),
    [
        ("Incident", {"issue_type": "incident"}),
        ("incident", {"issue_type": "INCIDENT"}),
        (" incident ,Outage", {"issue_type": "outage"}),
        ("incident", {"issue_type": "task", "labels": ["P1", "Incident"]}),
        ("incident", {"issue_type": None, "labels": ["type:incident"]}),
        ("Bug", {"issue_type": "task", "labels": ["type:bug"]}),
        ("defect", {"issue_type": "task", "labels": ["type:bug"]}),
    ],
)
def test_a13_an_incident_is_known_by_type_or_label_in_any_case(star: Star, words: str, issue: dict[str, Any]) -> None:
    star.change("INSERT INTO dim_label (label_name, label_category) VALUES ('type:bug', 'Type') ON CONFLICT DO NOTHING")
    star.change("INSERT INTO label_alias (alias, label_name) VALUES ('defect', 'type:bug') ON CONFLICT DO NOTHING")
    setting(star, "incident_types", words)
    setting(star, "rework_types", words)
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=7, issue_key=7))
    star.add("dim_issue", incident(7, "2026-03-02 11:00", **issue), incident(8, "2026-03-02 11:00", issue_type="task"))
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["incidents"], day["open_incidents"], day["rework_deployments"]) == (1, 1, 1)
    first = star.rows("SELECT ops.mart_dora_first_month() AS month")
    assert first == [{"month": 202603}]


def test_a13_a_label_given_later_marks_the_months_of_the_incident(star: Star) -> None:
    star.add("dim_issue", incident(7, "2026-03-02 11:00", issue_type="task"))
    star.change("DELETE FROM ops.dirty_month")
    star.change("UPDATE dim_issue SET labels = ARRAY['incident'] WHERE issue_key = 7")
    assert star.rows("SELECT month_key FROM ops.dirty_month WHERE subject = 'mart_dora'") == [{"month_key": 202603}]


@pytest.mark.parametrize("limit", ["none", "None", ""])
def test_a29_no_limit_puts_an_incident_of_a_year_later_down_to_its_deployment(star: Star, limit: str) -> None:
    setting(star, "incident_attribution_days", limit)
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"))
    star.add("dim_issue", incident(1, "2027-03-09 10:01"))
    star.refresh()
    assert star.dora("month", "2026-03-01")["incidents"] == 1


def test_without_any_incident_ever_recorded_failures_by_incident_are_not_known(star: Star) -> None:
    star.load_classes()
    told = "SELECT bool_or(tells_incident) AS any, bool_or(has_incident) AS found FROM v_metric_deployment"
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00"))
    star.refresh()
    by_incident = classes(star, "month", "2026-03-01", "change_failure_rate_by_incident")
    assert (by_incident["value"], by_incident["class"]) == (None, None)
    assert classes(star, "month", "2026-03-01", "change_failure_rate")["class"] == "elite"
    assert star.rows(told) == [{"any": False, "found": False}]
    # One in another month, put down to no deployment: now that there is none in March says something.
    star.add("dim_issue", incident(1, "2026-01-05 10:00", "2026-01-06 10:00"))
    star.refresh()
    by_incident = classes(star, "month", "2026-03-01", "change_failure_rate_by_incident")
    assert (by_incident["value"], by_incident["class"]) == (0, "elite")
    assert star.rows(told) == [{"any": True, "found": False}]


def test_a6_a_deleted_incident_is_neither_open_nor_counted(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1, issue_key=1))
    star.add(
        "dim_issue", incident(1, "2026-03-02 11:00", state="deleted"), incident(2, "2026-03-02 11:00", state="open")
    )
    star.refresh()
    day = star.dora("day", MONDAY)
    assert (day["incidents"], day["open_incidents"], day["incidents_created"], day["rework_deployments"]) == (
        1,
        1,
        1,
        0,
    )


def test_a14_an_incident_counts_for_the_end_that_succeeded(star: Star) -> None:
    star.add(
        "fact_deployment",
        deployment(1, "2026-03-02 10:00", end_number=1, later_ends=2, deployment_status="FAILED"),
        deployment(1, "2026-03-03 10:00", end_number=2, later_ends=1),
        deployment(1, "2026-03-05 10:00", end_number=3, later_ends=0),
    )
    star.add("dim_issue", incident(1, "2026-03-04 11:00"))
    star.refresh()
    week = star.dora("week", MONDAY)
    counted = ("deployments", "failed_deployments", "deployments_with_incident", "recovery_by_status_median_hours")
    assert [week[name] for name in counted] == [2, 1, 1, 24]
    assert star.rows("SELECT end_number, incidents FROM v_dora_deployment ORDER BY 1") == [
        {"end_number": 1, "incidents": 0}, {"end_number": 2, "incidents": 1}, {"end_number": 3, "incidents": 0}
    ]  # fmt: skip


def test_a25_ignored_authors_are_counted_beside_the_lead_time(star: Star) -> None:
    star.add("fact_deployment", deployment(1, "2026-03-02 10:00", issue_id=1))
    carried = {"issue_id": 1, "deployment_id": 1, "deployed_at": "2026-03-02 10:00+09"}
    star.add(
        "fact_code_change",
        commit("bot", "2026-03-01 10:00", is_ignored_author=True, **carried),
        commit("dev", "2026-03-02 08:00", is_ignored_author=False, **carried),
    )
    star.refresh()
    month = star.dora("month", "2026-03-01")
    counted = ("lead_time_commits", "ignored_author_commits", "commits", "lead_time_median_hours")
    assert [month[name] for name in (*counted, "lead_time_per_change_median_hours")] == [1, 1, 2, 2, 2]
    why = star.rows("SELECT why, lead_time_hours FROM v_dora_lead_time WHERE outcome = 'ignored author'")
    assert [(row["why"][:10], row["lead_time_hours"]) for row in why] == [("its author", None)]


def days(star: Star, *moments: str) -> None:
    """Successful deployments on these days, and the end of August as the last day loaded."""
    star.load_classes()
    star.add("fact_deployment", *(deployment(n, f"{day} 10:00") for n, day in enumerate(moments, start=1)))
    star.add("fact_deployment", deployment(99, "2026-08-31 10:00", deployment_status="FAILED"))
    star.refresh()


def in_march(*numbers: int) -> list[str]:
    return [f"2026-03-{number:02}" for number in numbers]


@pytest.mark.parametrize(
    ("moments", "month", "unit", "in_2023", "in_2021"),
    [
        # Every weekday; two days a week; one day in each month; one in March alone; none for half a year.
        (in_march(2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27), "2026-03-01",
         "median deployment days per week", "elite", "elite"),
        (in_march(2, 4, 9, 11, 16, 18, 23, 25), "2026-03-01", "median deployment days per week", "high", "high"),
        (["2026-03-10", "2026-04-10", "2026-05-10"], "2026-04-01", "median deployment days per month", "medium", "high"),
        (["2026-03-10"], "2026-04-01", "deployment days in six months", "low", "medium"),
        (["2025-09-10"], "2026-04-01", "deployment days in six months", "low", "low"),
    ],
)  # fmt: skip
def test_a9_every_class_of_deployment_frequency_is_reachable(
    star: Star, moments: list[str], month: str, unit: str, in_2023: str, in_2021: str
) -> None:
    days(star, *moments)
    for year, expected in ((2023, in_2023), (2021, in_2021)):
        found = classes(star, "month", month, "deployment_frequency", year)
        assert (found["class"], found["unit"]) == (expected, unit)


def test_a9_one_deployment_day_in_each_of_three_months_is_medium_and_high_over_twelve_weeks(star: Star) -> None:
    star.load_classes()
    star.add("fact_deployment", *(deployment(n, f"2026-{n:02}-{10 + n} 10:00") for n in (3, 4, 5)))
    star.add("fact_deployment", deployment(9, "2026-05-31 10:00", deployment_status="FAILED"))
    star.refresh()
    last = "SELECT class, unit FROM v_dora_class WHERE period_kind = 'last 12 weeks' AND repository = '(all)'"
    for year, expected in ((2023, "medium"), (2021, "high")):
        found = star.rows(f"{last} AND metric = 'deployment_frequency' AND report_year = %s", year)
        assert found == [{"class": expected, "unit": "median deployment days per month"}]
