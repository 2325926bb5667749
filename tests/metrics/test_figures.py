"""A metric's figures are those of the marts and of SQL written by hand, whatever they are split by."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.kit import Warehouse
from metrics.conftest import FIRST, HOLE, LAST, Asked
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.metrics.answer import answer
from miyabi_dw.metrics.definitions import load_all
from miyabi_dw.metrics.explain import explain

DORA = {
    "deployments": "deployments",
    "deployment_frequency": "deployment_frequency_per_day",
    "lead_time": "lead_time_median_hours",
    "lead_time_p90": "lead_time_p90_hours",
    "lead_time_per_change": "lead_time_per_change_median_hours",
    "change_failure_rate": "change_failure_rate_by_status",
    "change_failure_rate_by_incident": "change_failure_rate_by_incident",
    "recovery": "recovery_by_status_median_hours",
    "recovery_by_incident": "recovery_by_incident_median_hours",
    "time_to_restore": "time_to_restore_median_hours",
    "rework_rate": "rework_rate",
}
WHOLE = [each for each in load_all() if not each.non_additive_dimension]
ADDITIVE = [each for each in WHOLE if all(part.is_additive for part in each.measures)]
NOTHING = (None, Decimal(0))


@pytest.mark.parametrize("name", DORA)
@pytest.mark.parametrize("by", [(), ("repository",)], ids=["all", "repository"])
def test_each_number_of_dora_is_that_of_its_mart(history: Warehouse, asked: Asked, name: str, by: tuple[str]) -> None:
    compared = 0
    for grain in ("day", "week", "month"):
        rows = history.query(
            f"SELECT period_start, repository, completeness, {DORA[name]} AS value FROM mart_dora"
            " WHERE period_kind = %s AND (repository = '(all)') = %s",
            grain, not by,
        )  # fmt: skip
        found = {(figure.starts, *figure.dimensions): figure for figure in asked(name, grain, by=by).figures}
        for row in rows:
            figure = found.get((row["period_start"], *([row["repository"]] if by else [])))
            # A repository without anything to count has no figures where the mart has a row of nothing.
            assert (figure.value if figure else row["value"]) == row["value"] or not figure, (row, figure)
            assert figure or row["value"] in NOTHING, row
            compared += bool(figure and row["value"])
    assert compared > 5


def test_how_far_a_period_is_known_is_what_the_mart_says(history: Warehouse, asked: Asked) -> None:
    rows = history.query(
        "SELECT period_start, completeness FROM mart_dora WHERE period_kind = 'week' AND repository = '(all)'"
    )
    found = {figure.starts: figure for figure in asked("deployments", "week").figures}
    assert {row["completeness"] for row in rows} == {"complete", "running"}
    assert all(found[row["period_start"]].state == row["completeness"] for row in rows)
    hole = [found[day] for day in (HOLE[0] - timedelta(7), HOLE[0], HOLE[0] + timedelta(7))]
    assert [(figure.state, figure.value) for figure in hole] == [
        ("complete", 0), ("not loaded", None), ("not loaded", None),
    ]  # fmt: skip
    month = next(figure for figure in asked("deployments").figures if figure.period == "2024-10")
    assert month.state == "partly loaded"


def test_the_class_stands_beside_the_number(history: Warehouse, asked: Asked) -> None:
    rows = history.query(
        "SELECT metric, period_start, repository, class FROM v_dora_class"
        " WHERE period_kind = 'month' AND is_default_year AND class IS NOT NULL"
    )
    by_metric = {
        name: {
            (figure.starts, *figure.dimensions): figure.dora_class for figure in asked(name, by=["repository"]).figures
        }
        for name in {row["metric"] for row in rows}
    }
    split = [row for row in rows if row["repository"] != "(all)"]
    assert len(split) > 20
    for row in split:
        assert by_metric[row["metric"]].get((row["period_start"], row["repository"]), row["class"]) == row["class"]
    whole = {(row["metric"], row["period_start"]): row["class"] for row in rows if row["repository"] == "(all)"}
    for figure in asked("lead_time").figures:
        assert figure.dora_class == whole.get(("lead_time", figure.starts))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("agent_executions", "sum(total_executions)"),
        ("llm_cost", "sum(total_llm_cost_usd) - coalesce(sum(suspect_cost_usd), 0)"),
        ("llm_cost_suspect", "sum(suspect_cost_usd)"),
        # The mart has percent, a metric has a ratio.
        ("agent_success_rate", "sum(successful_executions)::numeric / nullif(sum(successful_executions + failed_executions), 0)"),
        ("tokens_input", "sum(total_input_tokens)"),
        ("tokens_output", "sum(total_output_tokens)"),
        ("tokens_cache_read", "sum(total_cache_read_tokens)"),
        ("tokens_cache_write", "sum(total_cache_write_tokens)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", [("agent",), ("agent", "model")], ids="-".join)
def test_what_agents_did_is_what_their_mart_says(
    history: Warehouse, asked: Asked, name: str, column: str, by: tuple[str, ...]
) -> None:
    names = {"agent": "agent_name", "model": "ai_model"}
    columns = ", ".join(names[dimension] for dimension in by)
    rows = history.query(
        f"SELECT make_date(year, month, 1) AS month, {columns}, {column} AS value FROM mart_agent_performance"
        f" GROUP BY year, month, {columns}"
    )
    found = {(figure.starts, *figure.dimensions): figure.value for figure in asked(name, by=by).figures}
    assert len(rows) > 20
    for row in rows:
        month, *members, value = row.values()
        ours = found[(month, *members)]
        assert round(ours or 0, 6) == round(value or 0, 6), row


def test_a_success_rate_is_the_percentage_of_the_mart(history: Warehouse, asked: Asked) -> None:
    rows = history.query(
        "SELECT make_date(year, month, 1) AS month, agent_name, success_rate FROM mart_agent_performance"
        " WHERE (year, month, agent_name) IN (SELECT year, month, agent_name FROM mart_agent_performance"
        " GROUP BY year, month, agent_name HAVING count(*) = 1) AND success_rate IS NOT NULL"
    )
    found = {
        (figure.starts, *figure.dimensions): figure.value
        for figure in asked("agent_success_rate", by=["agent"]).figures
    }
    assert rows
    for row in rows:
        ratio = found[row["month"], row["agent_name"]]
        assert ratio is not None and abs(ratio * 100 - row["success_rate"]) < Decimal("0.0001")


BY_HAND = {
    "review_score": "SELECT avg(review_score) FROM fact_issue_processing WHERE process_date BETWEEN %s AND %s",
    "test_coverage": "SELECT avg(test_coverage_percent) / 100 FROM fact_issue_processing WHERE process_date BETWEEN %s AND %s",
    "lines_per_day": "SELECT sum(lines_of_code_generated) / 90.0 FROM fact_issue_processing WHERE process_date BETWEEN %s AND %s",
    "fact_growth": "SELECT count(*) / 90.0 FROM fact_issue_processing WHERE process_date BETWEEN %s AND %s",
    "changes_per_day": "SELECT count(*) / 90.0 FROM fact_code_change WHERE ops.day_of(time_key) BETWEEN %s AND %s",
    "llm_cost_per_issue": "SELECT sum(llm_cost_usd) / count(DISTINCT issue_id) FROM fact_agent_execution"
    " WHERE issue_id IS NOT NULL AND ops.day_of(time_key) BETWEEN %s AND %s",
    "cache_hit_share": "SELECT sum(llm_tokens_cache_read)::numeric / sum(llm_tokens_input) FROM fact_agent_execution"
    " WHERE llm_tokens_cache_read IS NOT NULL AND ops.day_of(time_key) BETWEEN %s AND %s",
    "lead_time": "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_time_seconds)::numeric / 3600 FROM fact_code_change"
    " WHERE NOT is_ignored_author AND ops.day_of(deployed_time_key) BETWEEN %s AND %s AND deployed_at >= committed_at",
    "deployment_cost": "SELECT sum(total_cost_usd) FROM fact_deployment WHERE ops.day_of(time_key) BETWEEN %s AND %s",
    "cost_per_deployment": "SELECT sum(total_cost_usd) / count(total_cost_usd) FROM fact_deployment"
    " WHERE ops.day_of(time_key) BETWEEN %s AND %s",
    "quarantine": "SELECT count(*) FROM ops.quarantine WHERE (quarantined_at AT TIME ZONE 'Asia/Tokyo')::date BETWEEN %s AND %s",
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize(("grain", "first", "last"), [
    ("quarter", date(2026, 1, 1), date(2026, 3, 31)), ("rolling-90", date(2026, 1, 1), date(2026, 3, 31)),
])  # fmt: skip
def test_a_long_period_is_what_sql_by_hand_says(
    history: Warehouse, asked: Asked, name: str, grain: str, first: date, last: date
) -> None:
    expected = history.value(BY_HAND[name], first, last)
    figure = asked(name, grain, last, last).figures[-1]
    assert (figure.starts, figure.ends) == (first, last)
    assert (None if figure.value is None else round(figure.value, 4)) == (
        None if expected is None else round(expected, 4)
    )


def test_cost_to_date_is_the_sum_since_january(history: Warehouse, asked: Asked) -> None:
    figures = asked("llm_cost_to_date", "month", date(2025, 1, 1), date(2025, 12, 31)).figures
    monthly = asked("llm_cost", "month", date(2025, 1, 1), date(2025, 12, 31)).figures
    assert len(figures) == 12
    for at, figure in enumerate(figures, start=1):
        assert figure.value == sum(each.value or 0 for each in monthly[:at])


@pytest.mark.parametrize("agent", [(), ("agent",)])
def test_cost_per_change_is_that_of_its_page(history: Warehouse, asked: Asked, agent: tuple[str, ...]) -> None:
    from miyabi_dw.db import statements

    with history.database.connect("analyst") as connection:
        values = {"repository": "(all)", "agent": "(all)", "first_day": FIRST, "last_day": LAST}
        rows = statements.run(connection, "analysis/cost_per_change", values)
    found = {(figure.starts, *figure.dimensions): figure for figure in asked("llm_cost_per_change", by=agent).figures}
    costs = {key: sum(row["cost_usd"] or 0 for row in group) for key, group in groupby(
        sorted(rows, key=lambda row: (row["month"], row["agent_name"])),
        key=lambda row: (row["month"], *([row["agent_name"]] if agent else [])),
    )}  # fmt: skip
    for key, usd in costs.items():
        assert (found[key].numerator or 0) == usd


def test_a_month_in_cold_storage_is_not_a_month_without_cost(history: Warehouse, asked: Asked) -> None:
    history.execute(
        "INSERT INTO ops.archived_month (fact_table, month_key, state, path)"
        " VALUES ('fact_agent_execution', 202501, 'archived', 'somewhere')"
    )
    try:
        figures = asked("llm_cost", "quarter", date(2024, 10, 1), date(2025, 6, 30)).figures
        deployments = asked("deployments", "quarter", date(2025, 1, 1), date(2025, 3, 31)).figures
    finally:
        history.execute("DELETE FROM ops.archived_month")
    assert [figure.state for figure in figures] == ["partly loaded", "archived", "complete"]
    assert [figure.value is None for figure in figures] == [False, True, False]
    # What is kept beside the facts outlives them.
    assert deployments[0].state == "complete"


def test_a_figure_from_before_a_metric_is_trusted_says_so(asked: Asked) -> None:
    question = asked.question("llm_cost", "month", date(2025, 5, 1), date(2025, 7, 31))
    trusted = question.metric.model_copy(update={"trusted_since": date(2025, 6, 1)})
    with asked.warehouse.database.connect("analyst") as connection:
        found = answer(connection, replace(question, metric=trusted))
    assert [figure.is_trusted for figure in found.figures] == [False, True, True]


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, str, date, date, tuple[str, ...]]:
    metric = draw(st.sampled_from(ADDITIVE))
    first = FIRST + timedelta(draw(st.integers(0, 500)))
    last = first + timedelta(draw(st.integers(0, 100)))
    grain = draw(
        st.sampled_from([f"rolling-{draw(st.integers(2, 40))}" if g == "rolling" else g for g in metric.grains])
    )
    by = draw(st.lists(st.sampled_from(sorted(metric.dimensions)), min_size=1, max_size=2, unique=True))
    return metric.name, grain, first, last, tuple(by)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions())
def test_the_parts_of_what_adds_up_are_the_whole(
    asked: Asked, question: tuple[str, str, date, date, tuple[str, ...]]
) -> None:
    name, grain, first, last, by = question
    try:
        whole = {figure.ends: figure for figure in asked(name, grain, first, last).figures}
    except BadRequest as error:
        # Nothing was loaded in the hole.
        assert "no day of the range was loaded" in str(error)
        return
    parts = asked(name, grain, first, last, by).figures
    for ends, group in groupby(parts, key=lambda figure: figure.ends):
        figures = list(group)
        assert sum(figure.rows for figure in figures) == whole[ends].rows
        if whole[ends].numerator is None:
            assert sum(figure.value or 0 for figure in figures) == (whole[ends].value or 0)
        else:
            assert sum(figure.numerator or 0 for figure in figures) == (whole[ends].numerator or 0)
    if not parts:
        assert not any(figure.rows for figure in whole.values())


@pytest.mark.parametrize("name", [each.name for each in WHOLE])
def test_explain_lists_the_rows_that_the_number_is_made_of(asked: Asked, name: str) -> None:
    last = TODAY_MONTH if name in ("quarantine",) else date(2026, 1, 31)
    question = asked.question(name, "month", last, last)
    with asked.warehouse.database.connect("analyst") as connection:
        found = explain(connection, question, 100_000)
    assert len(found.rows) == found.figure.rows
    metric = question.metric
    if metric.type == "percentile" and found.rows:
        values = sorted(float(str(row[found.columns.index(str(metric.measure.expr))])) for row in found.rows)  # type: ignore[union-attr]
        assert values[0] - 0.001 <= float(found.figure.value or 0) <= values[-1] + 0.001
    if metric.type == "simple" and metric.measure and metric.measure.agg == "sum":
        at = found.columns.index(str(metric.measure.expr))
        assert sum(Decimal(str(row[at])) for row in found.rows) == (found.figure.value or 0)


TODAY_MONTH = date.today()
