"""The pages that lead to the runs."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from miyabi_dw import reports
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.metrics.answer import Figure
from miyabi_dw.metrics.definitions import load
from miyabi_dw.monitor.findings import Finding, headline
from miyabi_dw.monitor.health import examine, record
from miyabi_dw.reports import Morning
from miyabi_dw.reports import month as month_page
from miyabi_dw.reports.tiles import _tile
from support.archive_pages import broken_links, read
from support.archive_scenes import DAY, HOSTILE, Scene, executed, run_sql, small

DAILY, HOURLY = "daily_issue_processing_etl", "hourly_agent_metrics_etl"


def top(settings: Settings) -> Path:
    return settings.reports_dir / "index.html"


def nightly(settings: Settings, database: Database, number: int, state: str = "succeeded", **run: Any) -> Scene:
    """The daily run of the night that follows the business day DAY + number."""
    start, begin = DAY + timedelta(days=number), DAY + timedelta(days=number + 1, hours=2)
    defaults = {"run_id": f"n-{number}-{state}", "interval_start": start, "interval_end": start + timedelta(days=1)}
    return Scene(settings, database, **{"begin": begin, "state": state} | defaults | run)


def test_an_empty_warehouse_has_a_top_page_that_says_what_to_type(settings: Settings, database: Database) -> None:
    reports.write_index(settings, database)
    text = read(top(settings)).text
    assert "Critical: daily_issue_processing_etl has never succeeded. miyabi-dw run daily_issue_processing_etl" in text
    assert "next due" in text


def test_the_headline_is_the_monitors_and_each_line_says_what_to_type(settings: Settings, database: Database) -> None:
    nightly(settings, database, 0).write()
    nightly(settings, database, 1, "failed", reason=f"no answer {HOSTILE}").write()
    run_sql(database, "pause", {"pipeline": HOURLY, "why": f"moving {HOSTILE}"})
    reports.write_index(settings, database, DAY + timedelta(days=2, hours=9))
    page, text = top(settings).read_text(encoding="utf-8"), read(top(settings)).text
    findings = examine(database, settings, DAY + timedelta(days=2, hours=9))
    assert headline(findings) in text
    assert [finding.sentence for finding in findings if finding.level != "ok" and finding.sentence not in text] == []
    assert "Examined 20 Nov 2025, 09:00" in text
    assert 'data-copy="miyabi-dw resume n-1-failed"' in page
    assert 'href="daily_issue_processing_etl/2025/11/19/n-1-failed/index.html">its report</a>' in page
    assert f"paused by etl: moving {HOSTILE}" in text
    assert re.search(r"November 2025 daily_issue_processing_etl 2 1 1", text)
    assert broken_links(top(settings)) == []


def test_no_card_is_worse_than_the_headline(settings: Settings, database: Database) -> None:
    failed = {"pipeline": "backup", "interval_start": None, "interval_end": None}
    nightly(settings, database, 0, "failed", reason="the disk is full", **failed).write()
    reports.write_index(settings, database, DAY + timedelta(days=1, hours=9))
    page = top(settings).read_text(encoding="utf-8")
    assert 'class="card bad"' in page
    assert 'class="headline bad"' in page
    assert "The last run of backup failed: the disk is full" in read(top(settings)).text


def test_a_card_is_as_bad_as_what_its_run_found(settings: Settings, database: Database) -> None:
    """A morning report that ended well and found something critical is not green."""
    scene = nightly(
        settings, database, 0, pipeline="morning_checklist", interval_start=None, interval_end=None, run_id="m-1"
    )
    with database.connect("etl") as connection:
        record(connection, "m-1", [Finding("disk_used", "critical", "The disk is 99 % full.")])
    scene.write()
    reports.write_index(settings, database, DAY + timedelta(days=1, hours=9))
    assert "It found something critical." in read(top(settings)).text
    assert re.search(r'class="card bad">\s*<h3><a [^>]*>Morning checklist', top(settings).read_text(encoding="utf-8"))


def test_the_grid_shows_each_night_also_the_one_that_never_ran(settings: Settings, database: Database) -> None:
    nightly(settings, database, 0).write()
    nightly(settings, database, 1, "failed", reason="no answer").write()
    nightly(settings, database, 1, begin=DAY + timedelta(days=2, hours=4)).write()
    nightly(settings, database, 3, "failed", reason="no answer").write()
    reports.write_index(settings, database, DAY + timedelta(days=5, hours=9))
    cells = re.findall(
        r'title="Daily issue processing, (\w+ \d+ \w+): ([^"]+)"', top(settings).read_text(encoding="utf-8")
    )
    assert cells[-6:] == [
        ("Tue 18 Nov", "nothing due"), ("Wed 19 Nov", "good"), ("Thu 20 Nov", "failed, later made good, 2 runs"),
        ("Fri 21 Nov", "never ran"), ("Sat 22 Nov", "failed"), ("Sun 23 Nov", "never ran"),
    ]  # fmt: skip


def test_tiles_have_the_metrics_own_words(settings: Settings, database: Database) -> None:
    tile = _tile(load("change_failure_rate"), [week(0, "0.25"), week(1, None), week(2, "0.125", "medium")])
    assert (tile.label, tile.number, tile.unit, tile.grade) == ("Change failure rate", "12.5", "%", "medium")
    assert tile.notes == ("week of 19–25 Jan 2026", "1 of 8")
    assert 'aria-label="Change failure rate, the last 3 weeks in %: 25.0, —, 12.5"' in tile.line
    assert _tile(load("recovery"), [week(0, None)]).notes == ("week of 5–11 Jan 2026", "nothing of it in that week")


def test_a_metric_that_cannot_be_computed_costs_no_page(settings: Settings, database: Database) -> None:
    with database.connect("owner") as connection:
        execute(
            connection,
            "INSERT INTO ops.loaded_day SELECT 'agent_execution_logs', day::date, 'r-1' FROM generate_series('2025-10-01'::date, '2025-11-30', '1 day') AS day",
        )
        execute(connection, "DROP VIEW v_metric_execution CASCADE")
    reports.write_index(settings, database)
    assert "LLM cost — cannot be computed: miyabi-dw doctor says why" in read(top(settings)).text


def week(number: int, value: str | None, dora_class: str | None = None) -> Figure:
    starts = date(2026, 1, 5) + timedelta(weeks=number)
    ends = starts + timedelta(days=6)
    known = None if value is None else Decimal(value)
    failed, of = (None, None) if known is None else (known * 8, Decimal(8))
    return Figure("", starts, ends, (), known, failed, of, 8, "complete", dora_class, True)


def test_a_run_touches_its_month_and_the_top_page_only(settings: Settings, database: Database) -> None:
    small(settings, database, 1).write()
    before = {path: path.stat().st_mtime_ns for path in settings.reports_dir.rglob("*") if path.is_file()}
    start = DAY + timedelta(days=40)
    Scene(settings, database, run_id="later", interval_start=start, interval_end=start + timedelta(days=1)).write()
    touched = {
        path.relative_to(settings.reports_dir).as_posix()
        for path, at in before.items()
        if path.stat().st_mtime_ns != at
    }
    assert touched == {"index.html", "chain.jsonl"}
    assert (settings.reports_dir / "daily_issue_processing_etl/2025/12/index.html").exists()


def test_ten_thousand_runs_weigh_the_top_page_down_by_their_months_alone(
    settings: Settings, database: Database
) -> None:
    run_sql(database, "many_runs", {"runs": 100, "until": DAY})
    run_sql(database, "many_months", {})
    reports.write_index(settings, database)
    few = top(settings).stat().st_size
    run_sql(database, "many_runs", {"runs": 9_900, "until": DAY - timedelta(hours=100)})
    reports.write_all(settings, database)
    reports.write_month(settings, database, HOURLY, DAY - timedelta(days=100))
    reports.write_index(settings, database)
    assert top(settings).stat().st_size < few + 5_000


def test_a_crowded_month_is_split(settings: Settings, database: Database) -> None:
    run_sql(database, "many_runs", {"runs": 700, "until": DAY + timedelta(days=13)})
    limit = month_page.RUNS_A_PAGE
    month_page.RUNS_A_PAGE = 300
    try:
        reports.write_month(settings, database, HOURLY, DAY)
        reports.write_index(settings, database)
    finally:
        month_page.RUNS_A_PAGE = limit
    folder = settings.reports_dir / HOURLY / "2025/11"
    pages = sorted(folder.glob("*.html"))
    assert [page.name for page in pages] == ["index-2.html", "index-3.html", "index.html"]
    assert sum(page.read_text(encoding="utf-8").count('<tr class="run">') for page in pages) == 700
    assert [broken_links(page) for page in pages] == [[], [], []]
    assert 'href="index-2.html#d15"' in (folder / "index.html").read_text(encoding="utf-8")


def test_a_months_calendar_shows_every_night(settings: Settings, database: Database) -> None:
    nightly(settings, database, 0, "failed", reason="no answer").write()
    nightly(settings, database, 0).write()
    nightly(settings, database, 2, "failed", reason="no answer").write()
    days = calendar_of(settings, "2025/11")
    assert list(days) == list(range(1, 31))
    assert {told: day for day, told in reversed(days.items())} == {
        "nothing due": 1, "failed, later made good": 18, "never ran": 19, "failed": 20
    }  # fmt: skip


def test_nights_before_a_months_first_run_are_empty_and_those_of_a_long_run_are_not(
    settings: Settings, database: Database
) -> None:
    """It began on 18 November with a run for the days from the 3rd; nothing came in December until the 5th."""
    first, backfill = DAY - timedelta(days=15), DAY - timedelta(days=1)
    nightly(settings, database, 0, run_id="n-long", interval_start=first, interval_end=backfill).write()
    nightly(settings, database, 17).write()
    november, december = calendar_of(settings, "2025/11"), calendar_of(settings, "2025/12")
    assert [november[day] for day in (2, 3, 4, 16, 17, 18)] == [
        "nothing due", "good", *["good, in the run for 3 Nov 2025 to 16 Nov 2025"] * 2, "nothing due", "never ran"
    ]  # fmt: skip
    assert [december[day] for day in (1, 4, 5, 6)] == ["never ran", "never ran", "good", "never ran"]


def calendar_of(settings: Settings, month: str) -> dict[int, str]:
    """What the page of a month says of each day."""
    page = (settings.reports_dir / DAILY / month / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'class="day \w+"[^>]* title="([^"]+)"><span class="num">(\d+)', page)
    return {int(day): told for told, day in found}


def test_the_morning_report_is_one_click_away(settings: Settings, database: Database) -> None:
    scene = Scene(
        settings, database, run_id="m-1", pipeline="morning_checklist", interval_start=None, interval_end=None
    )
    scene.stage("morning_checklist", executed("transform")).write()
    reports.write_morning(settings, Morning("m-1", "bad", "Act.", DAY))
    reports.write_index(settings, database)
    found = read(top(settings))
    assert 'm-1/index.html">morning report</a>' in top(settings).read_text(encoding="utf-8")
    assert "not signed yet" in found.text
    assert found.outside == []
    assert broken_links(top(settings)) == []


def test_a_broken_morning_file_does_not_cost_the_page(settings: Settings, database: Database) -> None:
    settings.reports_dir.mkdir(parents=True)
    (settings.reports_dir / "morning.json").write_text("{", encoding="utf-8")
    reports.write_index(settings, database)
    assert "Pipelines now" in read(top(settings)).text
