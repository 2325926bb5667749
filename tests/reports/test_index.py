"""The pages that lead to the runs."""

import re
from datetime import timedelta
from pathlib import Path

from miyabi_dw import reports
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.reports import Line, Morning
from miyabi_dw.reports import month as month_page
from support.archive_pages import broken_links, read
from support.archive_scenes import DAY, HOSTILE, Scene, executed, run_sql, small

HOURLY = "hourly_agent_metrics_etl"


def top(settings: Settings) -> Path:
    return settings.reports_dir / "index.html"


def test_an_empty_warehouse_has_a_top_page(settings: Settings, database: Database) -> None:
    reports.write_index(settings, database)
    text = read(top(settings)).text
    assert "Nothing has run yet." in text
    assert "next due" in text


def test_the_top_page_tells_how_each_pipeline_stands(settings: Settings, database: Database) -> None:
    small(settings, database, 1).write()
    start = DAY + timedelta(days=2)
    late = Scene(
        settings, database, run_id="x-2", state="failed", reason="no answer", interval_start=start,
        interval_end=start + timedelta(days=1),
    )  # fmt: skip
    late.write()
    run_sql(database, "pause", {"pipeline": HOURLY, "why": f"moving {HOSTILE}"})
    reports.write_index(settings, database)
    text = read(top(settings)).text
    assert "The latest run of daily_issue_processing_etl did not succeed." in text
    assert "Thursday 20 November 2025" in text
    assert f"paused by etl: moving {HOSTILE}" in text
    assert re.search(r"November 2025 daily_issue_processing_etl 2 1 1", text)
    assert broken_links(top(settings)) == []


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


def test_a_day_whose_failure_was_made_good_is_good(settings: Settings, database: Database) -> None:
    Scene(settings, database, run_id="first", state="failed", reason="no answer").write()
    Scene(settings, database, run_id="second").write()
    month = (settings.reports_dir / "daily_issue_processing_etl/2025/11/index.html").read_text(encoding="utf-8")
    assert 'class="day good"' in month
    assert 'class="day bad"' not in month


def test_what_the_morning_report_found_comes_first(settings: Settings, database: Database) -> None:
    scene = Scene(
        settings, database, run_id="m-1", pipeline="morning_checklist", interval_start=None, interval_end=None
    )
    scene.stage("morning_checklist", executed("transform")).write()
    lines = (Line("bad", f"Gate: {HOSTILE}", "javascript:alert(1)"), Line("good", "Disk 41 %", "index.html"))
    reports.write_morning(settings, Morning("m-1", "bad", f"Act: {HOSTILE}", DAY, lines))
    reports.write_index(settings, database)
    found = read(top(settings))
    assert found.text.find(f"Act: {HOSTILE}") < found.text.find("Pipelines now")
    assert "not signed yet" in found.text
    assert found.outside == []
    assert broken_links(top(settings)) == []


def test_a_broken_morning_file_does_not_cost_the_page(settings: Settings, database: Database) -> None:
    settings.reports_dir.mkdir(parents=True)
    (settings.reports_dir / "morning.json").write_text("{", encoding="utf-8")
    reports.write_index(settings, database)
    assert "Pipelines now" in read(top(settings)).text
