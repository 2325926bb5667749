"""The page of a job: as bad as what it found, drawn of what its notebook shows, its code folded away once."""

from datetime import date

import pytest

from miyabi_dw.common.display import Chart, Series, read
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.job_pages.words import month_name, number, size
from miyabi_dw.reports.small_charts import drawn
from support.archive_pages import broken_links
from support.archive_scenes import HOSTILE
from support.job_scene import GROWTH, LINE, SHOWN, job_page

CRITICAL = Finding(
    "freshness", "critical", "Nothing was loaded today.", remedy="miyabi-dw run daily_issue_processing_etl"
)


def job(settings: Settings, database: Database, *findings: Finding) -> str:
    """The text of the page of a job that shows each kind of thing, and found these; its links lead somewhere."""
    page = job_page(settings, database, *findings)
    assert [link for path in page.parent.glob("*.html") for link in broken_links(path)] == []
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("finding", "tone", "state"),
    [
        (CRITICAL, "bad", "critical findings"),
        (Finding("disk_used", "warning", "The disk is 80 % full."), "warn", "with warnings"),
        (Finding("source", "ok", "The source answers."), "good", "succeeded"),
    ],
)
def test_d3_a_job_is_as_green_as_what_it_found(
    settings: Settings, database: Database, finding: Finding, tone: str, state: str
) -> None:
    html = job(settings, database, finding)
    assert f'<section class="headline {tone}"' in html
    assert f'<span class="pill {tone}">{state}</span>' in html
    assert (finding.sentence in html) == (finding.level != "ok")
    assert ('data-copy="miyabi-dw run daily_issue_processing_etl"' in html) == (finding is CRITICAL)


def test_d7_everything_that_the_notebook_shows_is_drawn_and_its_code_is_folded_once(
    settings: Settings, database: Database
) -> None:
    html = job(settings, database)
    told = html[html.index("<main") : html.index("About this run")]
    for said in ("44.1", "fact_deployment", "differs", "Nothing differed.", "miyabi-dw recover database", "53 rows"):
        assert said in told
    assert "report.part()" not in told
    assert "&lt;script&gt;" in told or "&lt;" in told
    assert HOSTILE not in html
    assert "Under which nothing is shown" not in told
    assert "plotly" not in html


def test_what_another_version_stored_is_shown_as_its_table() -> None:
    for shown in SHOWN:
        bundle = shown._repr_mimebundle_()
        assert read(bundle["application/vnd.miyabi-dw.display+json"]) == shown
        assert str(bundle["text/html"]).startswith("<table>")
    assert read({"kind": "tiles", "tiles": [{"colour": "red"}]}) is None
    assert read({"kind": "unheard of"}) is None
    assert read(None) is None


def test_a_limit_far_away_is_named_and_not_drawn() -> None:
    chart = drawn(GROWTH)
    assert chart.ticks == ("60", "30", "0")
    assert chart.alerts == ()
    assert chart.limits.endswith("; 200 and 1,000 lie beyond the chart")
    assert chart.band is not None
    assert round(chart.band.height, 1) == 16.7, "from 50 to the top, which is 60"
    assert [bar.is_quiet for bar in chart.bars] == [True, False]
    assert chart.sentence == "Issues worked on, rows: lowest 0 on 10 Feb, highest 53 on 11 Feb, last 53 on 11 Feb"


def test_a_line_is_broken_where_nothing_is_known_and_a_chart_without_values_is_no_fault() -> None:
    assert drawn(LINE).line.count("M") == 2
    empty = drawn(Chart("Disk in use", "%", (), (Series("%", (), ()),), "line"))
    assert (empty.line, empty.sentence) == ("", "Disk in use: no value yet")


def test_d7_months_are_words_and_numbers_have_no_more_digits_than_they_need() -> None:
    assert [month_name(date(1970, 1, 1)), month_name(202601)] == ["without a date", "January 2026"]
    assert [number(0.573155249999999997), number(12345), number(None), number(3)] == ["0.57", "12,345", "—", "3"]
    assert [size(12), size(3_700_000)] == ["12 B", "3.7 MB"]
