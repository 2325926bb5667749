"""A definition that cannot be meant is refused in one sentence that names file and key, when it is read or when it is asked."""

from pathlib import Path

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.errors import BadRequest, MetricError
from miyabi_dw.common.settings import Settings
from miyabi_dw.metrics.definitions import METRICS, check, load, load_all, names

RATE = (METRICS / "change_failure_rate.yml").read_text(encoding="utf-8")


def written(folder: Path, *edits: tuple[str, str]) -> Path:
    """The failure rate, edited."""
    text = RATE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "change_failure_rate.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("type: ratio", "type: ratio\n  - :", "the file does not parse: line"),
        ("better: lower", "better: lower\nbetter: higher", "line 6: 'better' is given twice"),
        ("better: lower", "better: smaller", "better: Input should be 'higher', 'lower' or 'neither'"),
        ("better: lower\n", "", "better: Field required"),
        ("unit: ratio", "unit: furlongs", "unit: 'furlongs' is no unit; choose one of ratio, hours"),
        ("digits: 1", "digits: '1'", "digits: Input should be a valid integer"),
        ("{agg: count, filter: [is_success, is_failure]}", "{agg: count, filter: is_failure}", "the metric divides by itself"),
        ("{agg: count, filter: is_failure}", "{agg: sum}", "numerator: agg: sum needs expr, a column"),
        ("{agg: count, filter: is_failure}", "{agg: mean, expr: issue_id}", "numerator.agg: Input should be 'sum', 'count'"),
        ("type: ratio", "type: simple", "type: ratio has numerator and denominator, any other type has measure"),
        ("source: v_metric_deployment", "source: 'fact; DROP TABLE fact'", "source: String should match pattern"),
        ("filter: is_failure}", "filter: is_failure OR true}", "numerator.filter.0: String should match pattern"),
        ("grains: [day,", "grains: [hour,", "grains.0: Input should be 'day', 'week'"),
        ("dora_class:", "dora_clas:", "dora_clas: Extra inputs are not permitted"),
        ("grains:", "non_additive_dimension: team\ngrains:", "non_additive_dimension: 'team' is not among the dimensions"),
        ("name: change_failure_rate", "name: rate", "name: the metric is named 'rate'"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(MetricError) as refused:
        load("change_failure_rate", written(tmp_path, (old, new)))
    said = str(refused.value)
    assert says in said
    assert "change_failure_rate.yml" in said and "\n" not in said


def test_an_unknown_metric_is_told_the_nearest() -> None:
    with pytest.raises(BadRequest, match=r"there is no metric 'leadtime': did you mean 'lead_time'\?"):
        load("leadtime")


def test_all_metrics_that_were_promised_are_there() -> None:
    promised = {
        "lead_time", "deployment_frequency", "change_failure_rate", "recovery", "rework_rate", "llm_cost",
        "llm_cost_per_change", "llm_cost_per_issue", "tokens_input", "tokens_output", "tokens_cache_read",
        "tokens_cache_write", "cache_hit_share", "agent_success_rate", "lines_per_day", "changes_per_day", "review_score",
        "test_coverage", "fact_growth", "run_success", "run_duration", "quarantine", "freshness",
    }  # fmt: skip
    assert promised <= set(names())
    assert {"agent", "model", "issue"} <= load("llm_cost").dimensions.keys()
    labels = [each.label for each in load_all()]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", names())
def test_the_warehouse_has_what_each_metric_asks_for(history: Warehouse, name: str) -> None:
    with history.database.connect("analyst") as connection:
        check(connection, load(name))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("filter: is_failure}", "filter: is_failur}", "numerator.filter: v_metric_deployment has no column 'is_failur'"),
        ("repository: repository", "repository: team", "dimensions.repository: v_metric_deployment has no column 'team'"),
        ("rows: v_metric_deployment", "rows: v_gone", "rows: there is no view 'v_gone'"),
        ("rows: v_metric_deployment", "rows: fact_deployment", "fact_deployment has no column 'made_with_agent'"),
        ("filter: is_failure}", "filter: repository}", "numerator.filter: repository is a text"),
        ("agg_time_dimension: time_key", "agg_time_dimension: deployed_at", "agg_time_dimension: deployed_at is a timestamp"),
    ],
)  # fmt: skip
def test_what_the_warehouse_does_not_have_is_named(
    history: Warehouse, tmp_path: Path, old: str, new: str, says: str
) -> None:
    metric = load("change_failure_rate", written(tmp_path, (old, new)))
    with history.database.connect("analyst") as connection, pytest.raises(MetricError) as refused:
        check(connection, metric, tmp_path)
    assert says in str(refused.value) and "change_failure_rate.yml" in str(refused.value)


def test_the_band_of_a_metric_is_that_of_the_settings_in_its_unit(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    band = load("run_success").band(settings)
    assert band is not None
    assert float(band.normal_min or 0) * 100 == float(settings.bands["success_rate"].normal_min or 0)
    assert load("lead_time").band(settings) is None
    own = load("change_failure_rate", written(tmp_path, ("digits: 1", "digits: 1\nbands: {normal_max: 0.15}")))
    found = own.band(settings)
    assert found is not None and found.normal_max is not None and float(found.normal_max) == 0.15
