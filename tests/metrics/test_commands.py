"""The commands: what they print, and what they refuse in one sentence."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from cli.driving import Said, call
from etl.kit import Warehouse

RANGE = ("--from", "2026-01-01", "--to", "2026-02-28")


@pytest.fixture(autouse=True)
def connected(history: Warehouse) -> Iterator[None]:
    settings = history.settings
    assert settings.warehouse_url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIYABI_WAREHOUSE_URL", settings.warehouse_url.get_secret_value())
        patch.setenv("MIYABI_HOME", str(settings.home))
        patch.setenv("MIYABI_REPORTS_DIR", str(settings.reports_dir))
        yield


def said(*words: str) -> Said:
    done = call("--as-of", "2026-04-05", "metrics", *words)
    assert done.status == 0, done.err
    return done


def test_list_and_show_say_what_there_is() -> None:
    listed = json.loads(said("list", "--json").out)
    assert {
        "metric": "lead_time",
        "label": "Lead time for changes",
        "unit": "hours",
        "better": "lower",
    }.items() <= next(each.items() for each in listed if each["metric"] == "lead_time")
    assert "percentile" in said("show", "lead_time").out
    assert json.loads(said("show", "rework_rate", "--json").out)["numerator"]["filter"] == ["is_rework"]


def test_people_machines_and_spreadsheets_are_told_the_same() -> None:
    asked = ("query", "change_failure_rate", "--by", "repository", *RANGE)
    figures = json.loads(said(*asked, "--json").out)["figures"]
    rows = list(csv.DictReader(io.StringIO(said(*asked, "--csv").out)))
    lines = said(*asked).out.splitlines()[1:]
    assert len(figures) == len(rows) == len(lines) > 2
    for figure, row, line in zip(figures, rows, lines, strict=True):
        assert (row["period"], row["repository"]) == (figure["period"], figure["repository"])
        assert float(row["value"] or -1) == (-1 if figure["value"] is None else figure["value"])
        assert ("—" if figure["value"] is None else f"{figure['value']:.1%}".replace("%", " %")) in line
        assert "complete" in line


def test_a_range_is_not_needed() -> None:
    figures = json.loads(said("query", "lead_time", "--json").out)["figures"]
    assert [figures[0]["period"], figures[-1]["period"], len(figures)] == ["2025-05", "2026-04", 12]
    assert figures[-1]["state"] == "running"


def test_explain_lists_the_rows() -> None:
    place = json.loads(said("query", "lead_time", "--by", "repository", *RANGE, "--json").out)["figures"][0]
    asked = ("explain", "lead_time", "--grain", "month", "--period", "2026-01", "--repository", place["repository"])
    found = json.loads(said(*asked, "--json", "--limit", "100000").out)
    assert len(found["rows"]) == found["figure"]["rows"] == place["rows"]
    assert found["figure"]["value"] == place["value"]
    assert {row["repository"] for row in found["rows"]} == {place["repository"]}
    told = said(*asked, "--limit", "2").out
    assert told.startswith("Lead time for changes, 2026-01: ") and "the first 2" in told
    page = json.loads(said("explain", "run_success", "--period", "2026-04", "--json").out)
    assert [row["state"] for row in page["rows"]] == ["failed"] and len(page["links"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["query", "leadtime"], "there is no metric 'leadtime': did you mean 'lead_time'?"),
        (["show", "../../etc/passwd"], "there is no metric '../../etc/passwd'"),
        (["query", "lead_time", "--by", "repo"], "there is no dimension 'repo': did you mean 'repository'?"),
        (["query", "lead_time", "--by", "repository,repository"], "a dimension is named twice"),
        (["query", "lead_time", "--grain", "mont"], "there is no grain 'mont': did you mean 'month'?"),
        (["query", "lead_time", "--grain", "rolling-900"], "'rolling-900' names no window"),
        (["query", "lead_time", "--from", "2026-02-28", "--to", "2026-01-01"], "the range ends before it starts"),
        (["query", "lead_time", "--from", "2020-01-01", "--to", "2020-02-01"], "no day of the range was loaded"),
        (["query", "lead_time", "--grain", "day", "--from", "2024-10-08", "--to", "2024-10-18"], "no day of the range was loaded"),
        (["query", "lead_time", "--grain", "day", "--from", "1970-01-01"], "more than 4,000 periods of a day"),
        (["query", "lead_time", "--where", "repository"], "'repository' has no value"),
        (["query", "lead_time", "--where", "team=a"], "there is no dimension 'team'"),
        (["query", "lead_time", "--where", "repository=x' OR 'a'='a"], "lead_time has no repository \"x' OR 'a'='a\""),
        (["query", "llm_cost", "--where", "agent=x'); DROP TABLE fact_deployment; --"], "llm_cost has no agent"),
        (["query", "llm_cost", "--where", "agent=%s %(x)s"], "llm_cost has no agent '%s %(x)s'"),
        (["query", "lead_time; DROP TABLE x"], "there is no metric"),
        (["explain", "lead_time", "--period", "2026-13"], "'2026-13' is no month: write it like 2026-01"),
        (["explain", "lead_time", "--period", "2026-01", "--team", "a"], "there is no dimension 'team'"),
        (["explain", "lead_time", "--period", "2026-01", "word"], "'word' belongs to nothing"),
        (["explain", "lead_time", "--period", "2026-01", "--repository"], "'repository' has no value"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(history: Warehouse, words: list[str], says: str) -> None:
    deployments = history.value("SELECT count(*) FROM fact_deployment")
    done = call("--as-of", "2026-04-05", "metrics", *words)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ") and done.err.count("\n") == 1
    assert says in done.err
    assert history.value("SELECT count(*) FROM fact_deployment") == deployments > 0


def test_an_answer_that_nobody_can_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miyabi_dw.metrics.answer.MOST_FIGURES", 20)
    done = call("metrics", "query", "llm_cost", "--by", "agent,model", *RANGE)
    assert (done.status, done.out) == (2, "")
    assert "the answer has more than 20 figures (llm_cost): choose fewer dimensions" in done.err


def test_a_view_that_is_gone_is_the_fault_of_the_definition(history: Warehouse) -> None:
    history.execute("ALTER VIEW v_metric_quarantine RENAME COLUMN day TO gone")
    try:
        done = call("--as-of", "2026-04-05", "metrics", "query", "quarantine", *RANGE)
    finally:
        history.execute("ALTER VIEW v_metric_quarantine RENAME COLUMN gone TO day")
    assert done.status == 2
    assert "agg_time_dimension: v_metric_quarantine has no column 'day' (sql/metrics/quarantine.yml)" in done.err
