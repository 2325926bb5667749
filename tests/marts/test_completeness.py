"""A period is complete when each of its days was loaded; what never was is no zero, and no date in the data moves the end."""

from datetime import date
from typing import Any

import pytest

from marts.star import Star
from miyabi_dw.db.connection import query
from miyabi_dw.etl import publish as publishing

MAY = 202605


def deploy(star: Star, *days: str) -> None:
    """A success of app on each of these days, numbered on."""
    known = star.rows("SELECT coalesce(max(deployment_id), 0) AS last FROM fact_deployment")[0]["last"]
    star.add("fact_deployment", *(
        {"deployment_id": known + number, "repository": "app", "deployed_at": f"{day} 10:00+09"}
        for number, day in enumerate(days, start=1)
    ))  # fmt: skip


def quarantine(star: Star, table: str, key: str, content: str, event_at: str, *, field: str | None = None) -> None:
    star.change(
        "INSERT INTO ops.quarantine (run_id, source_table, source_key, content, reason, event_at, last_seen_run_id, field)"
        " VALUES ('by-hand', %s, %s, %s, 'unreadable', %s, 'by-hand', %s)",
        table, key, content, event_at, field,
    )  # fmt: skip


def told(star: Star, kind: str, start: str, repository: str = "(all)") -> tuple[Any, ...]:
    row = star.dora(kind, start, repository)
    return row["completeness"], row["loaded_days"], row["is_complete"], row["deployments"]


@pytest.fixture
def gap(star: Star) -> Star:
    """Loaded on all days but 9 to 22 March, two weeks, and 6 April; the last loaded day is Wednesday, 15 April."""
    deploy(star, "2026-03-02", "2026-03-03", "2026-03-24", "2026-04-14")
    star.loaded("2026-03-02", "2026-03-08")
    star.loaded("2026-03-23", "2026-04-05")
    star.loaded("2026-04-07", "2026-04-15")
    star.refresh()
    return star


def test_a12_days_never_loaded_are_not_loaded_and_no_zero(gap: Star) -> None:
    assert told(gap, "day", "2026-03-05") == ("complete", 1, True, 0)
    assert told(gap, "day", "2026-03-10") == ("not loaded", 0, False, None)
    row = gap.dora("week", "2026-03-16")
    numbers = query(gap.connection, "SELECT ops.mart_dora_numbers() AS names")[0]["names"]
    assert {row[name] for name in numbers} == {None}
    assert told(gap, "week", "2026-03-30") == ("complete", 7, True, 0)
    assert told(gap, "week", "2026-04-06") == ("partly loaded", 6, False, 0)
    assert told(gap, "month", "2026-03-01", "app") == ("partly loaded", 16, False, 3)


def test_a12_the_period_of_the_last_loaded_day_is_running(gap: Star) -> None:
    assert told(gap, "week", "2026-04-13") == ("running", 3, False, 1)
    assert told(gap, "month", "2026-04-01") == ("running", 14, False, 1)
    ends = gap.rows("SELECT max(period_start) AS day FROM mart_dora WHERE period_kind = 'day'")
    assert ends == [{"day": date(2026, 4, 15)}]


@pytest.mark.parametrize("missing", ["issues", "commits", "deployment_pipelines"])
def test_a12_a_day_counts_only_when_all_tables_of_dora_were_loaded(star: Star, missing: str) -> None:
    deploy(star, "2026-03-02")
    star.loaded("2026-03-02", "2026-03-04")
    star.loaded("2026-03-05", "2026-03-06", *({"issues", "commits", "deployment_pipelines"} - {missing}))
    star.loaded("2026-03-07", "2026-03-07", "agent_execution_logs")
    star.refresh()
    assert star.rows("SELECT max(period_start)::text AS day FROM mart_dora WHERE period_kind = 'day'") == [
        {"day": "2026-03-04"}
    ]


@pytest.mark.parametrize("moment", ["2062-05-01 10:00+09", "2026-04-17 10:00+09"])
def test_a07_no_date_in_the_data_moves_the_horizon(gap: Star, moment: str) -> None:
    before = gap.rows("SELECT count(*) AS n, max(period_start) AS last FROM mart_dora")
    classes = gap.rows("SELECT max(period_end) AS last FROM v_dora_class WHERE period_kind = 'last 12 weeks'")
    gap.add("fact_deployment", {"deployment_id": 99, "repository": "app", "deployed_at": moment})
    gap.refresh()
    assert gap.rows("SELECT count(*) AS n, max(period_start) AS last FROM mart_dora") == before
    assert gap.rows("SELECT max(period_end) AS last FROM v_dora_class WHERE period_kind = 'last 12 weeks'") == classes


def test_a07_an_incident_of_a_far_day_adds_no_row(gap: Star) -> None:
    before = gap.rows("SELECT count(*) AS n FROM mart_dora")
    gap.add("dim_issue", {"issue_key": 5, "issue_id": 5, "issue_number": 5, "title": "late", "issue_type": "incident",
                          "repository": "app", "source_created_at": "2062-01-01+09"})  # fmt: skip
    gap.refresh()
    assert gap.rows("SELECT count(*) AS n FROM mart_dora") == before


def test_a12_a_week_that_was_not_loaded_is_no_week_without_a_deployment(gap: Star) -> None:
    gap.load_classes()
    frequency = (
        "SELECT value::float AS days FROM v_dora_class WHERE metric = 'deployment_frequency' AND is_default_year"
        " AND (period_kind, period_start, repository) = (%s, %s, 'app')"
    )
    # March's weeks: 2 days, two weeks not loaded, 1 day. Counted as zeros they would give 0.5.
    assert gap.rows(frequency, "month", "2026-03-01") == [{"days": 1.5}]
    assert gap.rows(frequency, "week", "2026-03-09") == [{"days": None}]
    recent = gap.rows(
        "SELECT period_start::text, period_end::text, deployments FROM v_dora_recent WHERE repository = 'app'"
    )
    # The last twelve weeks reach back to the hole and no further; the week of 6 April lacks a day.
    assert recent == [{"period_start": "2026-03-23", "period_end": "2026-04-05", "deployments": 1}]


def test_a12_what_waits_in_quarantine_stands_beside_the_figures(gap: Star) -> None:
    gap.add("dim_issue", {"issue_key": 7, "issue_id": 7, "issue_number": 7, "title": "x", "repository": "app"})
    at = "2026-03-24 01:00+00"
    quarantine(gap, "deployment_pipelines", "1", '{"environment": "Production", "issue_id": 7}', at)
    quarantine(gap, "deployment_pipelines", "2", '{"environment": null, "repository": "lib"}', at)
    quarantine(gap, "deployment_pipelines", "3", '{"environment": "staging", "issue_id": 7}', at)
    quarantine(gap, "deployment_pipelines", "4", '{"environment": "production", "issue_id": 7}', at, field="cost")
    # Its end, in UTC, is what it would count by; 22:00 is the 25th in Tokyo.
    ended = '{"environment": "production", "issue_id": 7, "deployed_at": "2026-03-24T22:00:00"}'
    quarantine(gap, "deployment_pipelines", "5", ended, at)
    quarantine(gap, "issues", "8", '{"issue_type": "Incident", "repository": "app"}', at)
    quarantine(gap, "issues", "9", '{"issue_type": "bug", "repository": "app"}', at)
    quarantine(gap, "deployment_pipelines", "6", '{"environment": "production"}', "infinity")
    gap.refresh()
    counted = {
        (kind, start, repository): tuple(gap.dora(kind, start, repository)[f"quarantined_{what}"] for what in
                                         ("deployments", "incidents"))
        for kind, start, repository in (
            ("day", "2026-03-24", "app"), ("day", "2026-03-24", "(all)"), ("day", "2026-03-25", "app"),
            ("week", "2026-03-23", "app"), ("month", "2026-03-01", "(all)"), ("day", "2026-03-26", "app"),
        )
    }  # fmt: skip
    assert list(counted.values()) == [(1, 1), (2, 1), (1, 0), (2, 1), (3, 1), (0, 0)]


def publish(star: Star) -> publishing.Published:
    done = publishing.publish_marts(star.connection, ["mart_dora"], MAY)[0]
    star.connection.commit()
    return done


@pytest.fixture
def finished(published: Star) -> Star:
    """March and April are finished; the second half of March was never loaded."""
    deploy(published, "2026-03-02", "2026-04-14")
    published.loaded("2026-03-01", "2026-03-15")
    published.loaded("2026-04-01", "2026-05-03")
    publish(published)
    return published


def test_a12_a_hole_that_is_filled_is_published(finished: Star) -> None:
    assert told(finished, "month", "2026-03-01") == ("partly loaded", 15, False, 1)
    assert told(finished, "week", "2026-03-16") == ("not loaded", 0, False, None)
    assert not publish(finished).refreshed
    finished.loaded("2026-03-16", "2026-03-31")
    finished.connection.commit()
    done = publish(finished)
    assert (done.refreshed, done.rows_written) == (True, 0)
    assert told(finished, "month", "2026-03-01") == ("complete", 31, True, 1)
    assert told(finished, "week", "2026-03-16") == ("complete", 7, True, 0)
    assert not publish(finished).refreshed


def test_a12_what_enters_or_leaves_quarantine_is_published_once(finished: Star) -> None:
    quarantine(finished, "deployment_pipelines", "1", '{"environment": "production"}', "2026-04-20+09")
    finished.connection.commit()
    assert publish(finished).refreshed
    assert finished.dora("day", "2026-04-20")["quarantined_deployments"] == 1
    finished.change("UPDATE ops.quarantine SET last_seen_run_id = 'another'")
    finished.connection.commit()
    assert not publish(finished).refreshed
    finished.change("UPDATE ops.quarantine SET state = 'discarded'")
    finished.connection.commit()
    assert publish(finished).refreshed
    assert finished.dora("day", "2026-04-20")["quarantined_deployments"] == 0
