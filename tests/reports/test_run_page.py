"""What the page of a run says, and that nothing which came from data can do more than be read."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from miyabi_dw import reports
from miyabi_dw.common.errors import ArchiveFailed, BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from support.archive_pages import broken_links, read
from support.archive_scenes import (
    DAY,
    HOSTILE,
    PIPELINE,
    STAGES,
    TABLES,
    Scene,
    executed,
    failed_gate,
    good_night,
    stored,
)


def test_a_good_night_is_told_from_the_headline_down(settings: Settings, database: Database) -> None:
    page = good_night(settings, database).write()
    text = read(page).text
    assert (
        "Tue 18 Nov 2025: loaded, 3,374 rows read, 973 inserted, 92 updated, 4 quarantined; 1 of 25 checks warns."
        in text
    )
    for table, counts in TABLES.items():
        assert table in text
        assert f"{counts[0]:,}" in text
    for said in ("fact_issue_processing", "1 min 34 s", "02:00:00", "24 checks passed", "PostgreSQL"):
        assert said in text
    assert page.parent == settings.reports_dir / PIPELINE / "2025/11/18" / "20251118T170004Z-daily-a1b2c3"


def test_every_attempt_has_its_page_and_every_link_leads_somewhere(settings: Settings, database: Database) -> None:
    folder = good_night(settings, database).write().parent
    pages = {path.name for path in folder.glob("*.html")}
    assert pages == {
        "index.html",
        "01_extract.1.html",
        "01_extract.2.html",
        *(f"{stage}.1.html" for stage in STAGES[1:]),
    }
    assert [link for page in pages for link in broken_links(folder / page)] == []
    for page in (settings.reports_dir / "index.html", settings.reports_dir / PIPELINE / "2025/11/index.html"):
        assert broken_links(page) == []


def test_a_failed_gate_says_what_where_why_and_what_to_do(settings: Settings, database: Database) -> None:
    text = read(failed_gate(settings, database).write()).text
    in_this_order = [
        "stopped in the gate stage, nothing was loaded.",
        "12 of 184 issues were closed before they were created",
        "Correct the rows in the source",
        "code cell 2 of 03_gate",
        'gates.run_suites(stage, "conformed")',
        "miyabi_dw/gates/running.py, line 41",
        "miyabi-dw resume 20251119T170003Z-daily-0badc0",
        "lead time would be negative",
        "12 of 184 failed",
        "90118",
        "SELECT * FROM run_x.stg_issues WHERE closed_at < created_at",
        "column repository does not exist".capitalize(),
        "18 checks passed",
        "3,374 rows were read and none of them was loaded.",
    ]
    places = [text.find(said) for said in in_this_order]
    assert -1 not in places, [said for said, place in zip(in_this_order, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_a_failure_made_good_by_a_retry_is_kept_but_not_on_top(settings: Settings, database: Database) -> None:
    page = good_night(settings, database).write()
    assert "What is wrong" not in read(page).text
    assert "1 attempt failed before" in read(page).text
    attempt = read(page.parent / "01_extract.1.html").text
    assert "The server closed the connection" in attempt
    assert "OSError: server postgresql://etl:***@db.example:5432/miyabi closed the connection" in attempt


def test_what_data_says_is_text_on_every_page(settings: Settings, database: Database) -> None:
    reason = f"stopped at {HOSTILE}"
    error = {
        "reason": reason,
        "error_message": reason,
        "remedy": f"look at `{HOSTILE}`",
        "cell_source": f"f('{HOSTILE}')",
    }
    run_id = "20251121T170003Z-daily-bad000"
    scene = Scene(
        settings, database, run_id=run_id, state="failed", reason=reason, parameters={"note": HOSTILE}, error=error
    )
    scene.stage("01_extract", executed("extract"), state="failed", error=error)
    scene.stage("03_gate", executed("gate"), state="failed", error=error)
    sample = [{f"column {HOSTILE}": HOSTILE}]
    scene.check(f"check {HOSTILE}", outcome="failed", note=HOSTILE, observed={"sample": sample, "value": HOSTILE},
                offending_rows_sql=HOSTILE, column_name=HOSTILE)  # fmt: skip
    scene.quarantine(HOSTILE, HOSTILE, {f"key {HOSTILE}": HOSTILE, "nested": {"title": [HOSTILE]}}, table=HOSTILE)
    folder = scene.write().parent
    pages = [*folder.glob("*.html"), *settings.reports_dir.glob("*.html"), *settings.reports_dir.glob("*/*/*/*.html")]
    assert len(pages) == 5
    for page in pages:
        found = read(page)
        assert found.inline_scripts == []
        assert all("assets/" in script for script in found.scripts)
        assert found.handlers == []
        assert found.outside == []
        assert HOSTILE in found.text, page
        assert HOSTILE not in page.read_text(encoding="utf-8")


def test_no_secret_is_archived(settings: Settings, database: Database) -> None:
    assert settings.warehouse_url
    secret = settings.warehouse_url.get_secret_value()
    notebook = executed("lost") | {"metadata": {"papermill": {"parameters": {"url": secret}}}}
    scene = Scene(settings, database, reason=f"no answer from {secret}", state="failed")
    scene.stage("01_extract", notebook, state="failed", error={"reason": f"connect to {secret} failed"})
    folder = scene.folder
    (folder / "01_extract.1.log").write_text(f"password=hunter22 {secret}", encoding="utf-8")
    scene.write()
    for path in [*folder.iterdir(), *settings.reports_dir.glob("*.html"), *settings.reports_dir.glob("*/*/*/*.html")]:
        if path.is_file():
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for hidden in (secret, "swordfish-7", "hunter22"):
                assert hidden.encode() not in content, path


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("lost", "its process is gone", "the runner vanished in the transform stage, nothing was loaded."),
        ("cancelled", "etl asked for it", "cancelled in the transform stage, nothing was loaded."),
        (
            "skipped",
            "the pipeline is paused: the source moves",
            "nothing ran: the pipeline is paused: the source moves.",
        ),
    ],
)
def test_runs_that_came_to_nothing_can_be_read(
    settings: Settings, database: Database, state: str, reason: str, said: str
) -> None:
    scene = Scene(settings, database, state=state, reason=reason)
    if state != "skipped":
        scene.stage("01_extract", executed("transform")).stage("02_transform", state="running")
    text = read(scene.write()).text
    assert said in text
    assert "running" not in text


def test_quarantine_is_told_by_reason_with_five_samples(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database)
    for number in range(8):
        scene.quarantine(
            f"i-{number}", "closed before it was created", {"id": f"i-{number}", "title": None, "tags": ["a"]}
        )
    scene.quarantine("c-1", "the commit has no author", {"sha": "c0ffee"}, table="commits")
    page = scene.write()
    text = read(page).text
    assert "9 entries, 2 reasons" in text
    assert text.find("8 issues Closed before it was created") < text.find("1 commits The commit has no author")
    assert [f"i-{number}" in text for number in range(8)] == [True] * 5 + [False] * 3
    assert "3 more with the same reason" in text
    assert "title" not in text[text.find("9 entries") :]
    assert page.stat().st_size < 15_000


def test_a_run_without_interval_stands_on_the_day_it_was_asked_for(settings: Settings, database: Database) -> None:
    begin = DAY + timedelta(hours=5)
    run = {
        "run_id": "20251117T200000Z-backup-00aa00",
        "pipeline": "backup",
        "interval_start": None,
        "interval_end": None,
    }
    page = Scene(settings, database, begin=begin, **run).stage("backup", executed("transform")).write()
    assert page.parent.parent == settings.reports_dir / "backup/2025/11/18"
    assert "Backup: done in 1 min 34 s." in read(page).text


def test_half_a_notebook_does_not_cost_the_page(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database, state="lost", reason="the disk was full")
    scene.stage("01_extract", {}, state="failed")
    (scene.folder / "01_extract.1.ipynb").write_text('{"cells": [', encoding="utf-8")
    page = scene.write()
    assert "The disk was full" in read(page).text
    assert (page.parent / "01_extract.1.ipynb").read_text(encoding="utf-8") == '{"cells": ['


def test_the_notebook_kept_is_the_one_executed(settings: Settings, database: Database) -> None:
    page = Scene(settings, database).stage("01_extract", executed("extract")).write()
    assert stored(page, "01_extract.1") == executed("extract")
    assert reports.read_notebook(page.parent / "01_extract.1.ipynb.gz") == executed("extract")


def test_a_run_that_goes_on_is_refused(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database, state="running", finished_at=None)
    with pytest.raises(BadRequest, match="still running"):
        scene.write()
    with pytest.raises(BadRequest, match="no run 'nonsense'"):
        reports.write_run(settings, database, "nonsense")


def test_an_unwritable_reports_folder_is_one_clear_sentence(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database)
    Path(settings.reports_dir).write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ArchiveFailed, match=r"the reports cannot be written.*MIYABI_REPORTS_DIR"):
        scene.write()


def test_a_failed_check_for_information_is_no_warning(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database).rows().check("a").check("b", severity="info", outcome="failed")
    text = read(scene.write()).text
    assert "; 1 of 2 checks passed, the rest is for information." in text
    assert "failed, info" in text


def test_what_else_lies_in_the_folder_is_kept(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database).stage("01_extract", executed("transform"))
    extract = scene.folder / "extract"
    extract.mkdir()
    (extract / "issues.csv.gz").write_bytes(gzip.compress(b"id\n1\n"))
    folder = scene.write().parent
    assert gzip.decompress((folder / "extract/issues.csv.gz").read_bytes()) == b"id\n1\n"
    assert reports.verify(settings, database) == []


def test_a_stop_between_two_stages_is_told_as_such(settings: Settings, database: Database) -> None:
    scene = Scene(settings, database, state="failed", reason="the disk is full")
    scene.stage("01_extract", executed("transform"))
    text = read(scene.write()).text
    assert "stopped after the extract stage, nothing was loaded." in text
    assert "The disk is full" in text


def test_a_wide_interval_is_named_by_its_days(settings: Settings, database: Database) -> None:
    page = Scene(settings, database, interval_end=DAY + timedelta(days=30)).rows().write()
    assert "18 Nov 2025 to 17 Dec 2025: loaded" in read(page).text
