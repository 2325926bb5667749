"""The analysts' notebooks on a warehouse of fourteen months: they say what independent SQL says, and stop in one sentence."""

from decimal import Decimal

import pytest
from marimo._runtime.control_flow import MarimoStopError

from analysis.conftest import HOSTILE_AGENT, LAST, Reader
from analysis.reading import CALLOUT, NAMES
from etl.kit import Warehouse
from miyabi_dw.common.text import written_day
from miyabi_dw.db.connection import Database
from miyabi_dw.workbench import Workbench, costs, number, tuning
from servers import TestServer

NEXT = "What to look at next"
NOWHERE = "postgresql://nobody:secret-of-nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_its_end_and_shows_data_as_text(year: Warehouse, opened: Reader, name: str) -> None:
    reading = opened(year, name)
    assert NEXT in reading.shown
    assert "<script" not in reading.shown
    assert "<img" not in reading.shown
    assert not reading.said("could not answer")


@pytest.mark.parametrize("name", NAMES)
def test_on_an_empty_warehouse_it_says_so(empty: Warehouse, opened: Reader, name: str) -> None:
    reading = opened(empty, name)
    says = {"run_inspector": "No run is recorded yet", "data_quality": "No check has run yet"}
    if name == "query_tuning":
        assert "Tables" in reading.shown
    else:
        assert reading.said(says.get(name, "The warehouse is empty"))
    assert NEXT in reading.shown


@pytest.mark.parametrize("name", NAMES)
def test_one_day_is_shown_and_nothing_is_foretold_from_it(one_day: Warehouse, opened: Reader, name: str) -> None:
    reading = opened(one_day, name)
    assert NEXT in reading.shown
    if name in {"agent_performance", "development_performance", "infrastructure_cost"}:
        assert reading.said("There is no forecast: no whole months are known") or reading.said(
            "what they cost is not known"
        )
    if name == "agent_performance":
        assert reading.defined["by_month"]["month"].nunique() == 1


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("development_performance", {"repository": "no/such"}, "repository: there is no 'no/such', so all are shown"),
        ("development_performance", {"agent": "nobody"}, "agent: there is no 'nobody', so all are shown"),
        ("development_performance", {"priority": "'; DROP TABLE dim_issue; --"}, "DROP TABLE dim_issue; --\", so all"),
        ("development_performance", {"metric": "lead_time", "class": "splendid"}, "No period has class splendid"),
        ("development_performance", {"from": "2025-13-01"}, "'2025-13-01' is no date"),
        ("agent_performance", {"from": "2019-01-01", "to": "2019-02-01"}, "Nothing matches"),
        ("agent_performance", {"model": "no-such-model"}, "model: there is no 'no-such-model', so all are shown"),
        ("agent_performance", {"prices": "no/such"}, "The price catalogue has no model no/such"),
        ("agent_performance", {"from": "2026-01-02", "to": "2026-01-01"}, "before it begins"),
        ("infrastructure_cost", {"environment": "the moon"}, "environment: there is no 'the moon', so all are shown"),
        ("agent_impact", {"from": "2019-01-01", "to": "2019-02-01"}, "No change was merged here"),
        ("agent_impact", {"repository": "no/such"}, "repository: there is no 'no/such', so all are shown"),
        ("run_inspector", {"run": "nonsense"}, "there is no run 'nonsense'"),
        ("data_quality", {"suite": "no/such"}, "suite: there is no 'no/such', so all are shown"),
        ("data_quality", {"severity": "info", "outcome": "could not run"}, "No check matches"),
        ("data_quality", {"column": "fact_deployment.nothing"}, "There is no column fact_deployment.nothing"),
        ("query_tuning", {"query": "1"}, "There is no statement 1"),
    ],
)  # fmt: skip
def test_what_matches_nothing_is_told_in_a_sentence(
    year: Warehouse, opened: Reader, name: str, given: dict[str, str], sentence: str
) -> None:
    reading = opened(year, name, **given)
    assert reading.said(sentence), reading.sentences
    assert NEXT in reading.shown


def test_a_bad_filter_is_named_and_the_others_are_kept(year: Warehouse, opened: Reader) -> None:
    given = {"repository": "miyabi/web", "agent": "CodeGenn", "from": "yesterday"}
    reading = opened(year, "agent_performance", **given)
    asked = reading.defined["chosen"]
    assert (asked["repository"], asked["agent"]) == ("miyabi/web", "(all)")
    assert reading.said("agent: there is no 'CodeGenn', so all are shown; did you mean 'CodeGen'?")
    assert reading.said("from: 'yesterday' is no date")


@pytest.mark.parametrize("name", NAMES)
def test_the_question_is_answered_on_top(year: Warehouse, opened: Reader, name: str) -> None:
    reading = opened(year, name)
    before, answer, after = reading.shown.partition('aria-label="The answer"')
    assert answer and "<h2" not in before and "marimo-plotly" not in before
    sentence = after.partition('class="sentence">')[2].partition("</p>")[0]
    assert sentence.endswith(".") and any(letter.isdigit() for letter in sentence)


def test_a_database_that_is_not_there_is_one_sentence(year: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.reading import read

    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", NOWHERE)
    monkeypatch.setenv("MIYABI_CONNECT_TIMEOUT", "2")
    for name in NAMES:
        reading = read(name, {})
        assert len(CALLOUT.findall(reading.shown)) == 1
        assert reading.said("nothing answers there (127.0.0.1:1/none)")
        assert "secret-of-nobody" not in reading.shown


def test_a_database_that_goes_away_while_a_notebook_is_open_is_one_sentence(
    server: TestServer, year: Warehouse
) -> None:
    name = server.create("going", "template0")
    settings = year.settings.model_copy(update={"warehouse_url": _secret(server.database_url(name))})
    bench = Workbench(Database(settings), settings)
    server.drop(name)
    with pytest.raises(MarimoStopError) as stopped:
        bench.frame("agents")
    assert "the server has no such database" in stopped.value.output.text


def test_a_statement_that_takes_too_long_is_one_sentence(year: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    from miyabi_dw.db.connection import query
    from miyabi_dw.workbench import bench as module

    monkeypatch.setattr(module, "LONGEST_ANSWER_SECONDS", 0.05)
    bench = Workbench(year.database, year.settings)
    with pytest.raises(MarimoStopError) as stopped:
        bench.read(lambda connection: query(connection, "SELECT pg_sleep(30)"))
    assert "choose a shorter period" in stopped.value.output.text


def test_the_role_of_the_notebooks_can_write_nothing(year: Warehouse) -> None:
    from miyabi_dw.db.connection import execute

    bench = Workbench(year.database, year.settings)
    with pytest.raises(MarimoStopError) as stopped:
        bench.read(lambda connection: execute(connection, "DELETE FROM fact_deployment"))
    assert "could not answer" in stopped.value.output.text


class TestDevelopment:
    def test_deployments_are_those_of_the_source(self, year: Warehouse, opened: Reader) -> None:
        periods = opened(year, "development_performance", period="month").defined["periods"]
        expected = year.query("""
            SELECT date_trunc('month', deployed_at AT TIME ZONE 'Asia/Tokyo')::date AS month, count(*) AS n
            FROM staging.deployment_pipelines
            WHERE environment = 'production' AND deployment_status = 'SUCCESS' AND deployed_at IS NOT NULL
            GROUP BY 1 ORDER BY 1
        """)
        shown = periods[periods["deployments"] > 0]
        assert list(zip(shown["period_start"], shown["deployments"], strict=True)) == [
            (row["month"], row["n"]) for row in expected
        ]

    def test_narrowed_to_all_issues_it_says_what_the_mart_says(self, year: Warehouse) -> None:
        bench = Workbench(year.database, year.settings)
        asked = {"period": "week", "repository": "(all)", "first_day": "2025-01-01", "last_day": "2026-12-31"}
        everything = bench.frame("issues_wanted", priority="(all)", agent="(all)")["issue_id"].tolist()
        mart = bench.frame("dora_periods", asked).drop(columns="recovery_by_status_median_hours")
        narrowed = bench.frame("dora_periods_of_issues", asked, issues=everything)
        assert narrowed.drop(columns="recovery_by_status_median_hours").to_dict("list") == mart.to_dict("list")
        assert len(mart) > 50

    def test_priorities_add_up_and_the_note_says_what_is_not_narrowed(self, year: Warehouse, opened: Reader) -> None:
        bench = Workbench(year.database, year.settings)
        asked = {"period": "month", "repository": "(all)", "first_day": "2025-01-01", "last_day": "2026-12-31"}
        whole = bench.frame("dora_periods", asked)["deployments"].sum()
        parts = 0
        for priority in ("P0", "P1", "P2", "P3", "P4"):
            issues = bench.frame("issues_wanted", priority=priority, agent="(all)")["issue_id"].tolist()
            parts += bench.frame("dora_periods_of_issues", asked, issues=issues)["deployments"].sum()
        assert parts == whole > 0
        reading = opened(year, "development_performance", period="month", priority="P1")
        assert reading.said("they are not narrowed")
        assert "recovery.csv" not in reading.shown

    def test_an_agent_narrows_to_the_issues_that_it_worked_on(self, year: Warehouse) -> None:
        agent = year.value("""
            SELECT a.agent_name FROM fact_agent_execution AS e JOIN dim_agent AS a USING (agent_key)
            GROUP BY a.agent_name ORDER BY count(e.issue_id) DESC LIMIT 1
        """)
        bench = Workbench(year.database, year.settings)
        asked = {"period": "month", "repository": "(all)", "first_day": "2025-01-01", "last_day": "2026-12-31"}
        issues = bench.frame("issues_wanted", priority="(all)", agent=agent)["issue_id"].tolist()
        periods = bench.frame("dora_periods_of_issues", asked, issues=issues)
        expected = year.value(
            """
            SELECT count(*) FROM fact_deployment AS d
            WHERE d.environment = 'production' AND d.deployment_status = 'SUCCESS' AND d.issue_id IN (
                SELECT e.issue_id FROM fact_agent_execution AS e JOIN dim_agent AS a USING (agent_key)
                WHERE a.agent_name = %s)
        """,
            agent,
        )
        assert periods["deployments"].sum() == expected > 0

    def test_a_class_leads_to_the_commits_that_make_its_value(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "development_performance", period="month")
        graded, commits = reading.defined["graded"], reading.defined["commits"]
        newest = graded.iloc[0]
        ordered = sorted(commits["lead_time_hours"])
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        assert round(middle, 3) == newest["value"]
        assert newest["class"] in {"elite", "high", "medium", "low"}

    def test_a_class_leads_to_the_deployments_that_make_its_value(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(
            year, "development_performance", period="month", metric="change_failure_rate", **{"class": "low"}
        )
        behind = reading.defined["deployments"]
        counted = behind[behind["counts"]]
        failed = counted["status"].isin(["FAILED", "ROLLED_BACK"]).sum()
        assert (
            round(Decimal(int(failed)) / len(counted), 3)
            == reading.defined["graded"].iloc[0]["value"]
            > Decimal("0.15")
        )
        assert set(reading.defined["graded"]["class"]) == {"low"}


class TestAgents:
    def test_cost_tokens_and_executions_are_those_of_the_facts(self, year: Warehouse, opened: Reader) -> None:
        months = opened(year, "agent_performance").defined["by_month"]
        facts = year.query("""
            SELECT count(*) AS executions, sum(llm_cost_usd) AS cost, sum(llm_tokens_input) AS tokens
            FROM fact_agent_execution
        """)[0]
        assert months["executions"].sum() == facts["executions"]
        assert sum(months["cost_usd"].dropna()) + sum(months["suspect_usd"].dropna()) == facts["cost"]
        assert sum(months["input_tokens"].dropna()) == facts["tokens"]

    def test_a_repository_narrows_to_its_issues(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "agent_performance", repository="miyabi/web")
        assert reading.defined["by_month"]["executions"].sum() == year.value("""
            SELECT count(*) FROM fact_agent_execution AS e JOIN dim_issue AS i USING (issue_key)
            WHERE i.repository = 'miyabi/web'
        """)
        assert reading.said("only executions that name an issue")

    def test_no_change_and_no_dollar_counts_twice(self, year: Warehouse, opened: Reader) -> None:
        shown = opened(year, "agent_performance").defined["per_change"]
        expected = year.query("""
            WITH carried AS (
                SELECT issue_id, count(*) AS commits FROM fact_code_change
                WHERE deployment_id IS NOT NULL GROUP BY issue_id
            )
            SELECT sum(carried.commits) AS commits, sum(worked.cost) AS cost
            FROM carried JOIN (
                SELECT issue_id, sum(llm_cost_usd) AS cost FROM fact_agent_execution GROUP BY issue_id
            ) AS worked USING (issue_id)
        """)[0]
        assert sum(shown["cost_usd"].dropna()) == expected["cost"]
        assert abs(sum(shown["deployed_changes"]) - expected["commits"]) < len(shown) * Decimal("0.05")

    def test_the_answer_names_the_agent_with_the_highest_cost_per_change(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "agent_performance")
        sums = (
            reading.defined["per_change"]
            .dropna(subset="cost_usd")
            .groupby("agent_name")[["cost_usd", "deployed_changes"]]
            .sum()
        )
        judged = sums[sums["deployed_changes"] >= 5]
        dearest = (judged["cost_usd"] / judged["deployed_changes"]).astype(float).idxmax()
        assert reading.said(f"{dearest} costs most per deployed change")
        assert reading.said("getting better") or reading.said("getting worse")

    def test_other_prices_are_exact(self, year: Warehouse, opened: Reader) -> None:
        months = opened(year, "agent_performance").defined["by_month"]
        imagined = costs.what_if(months, Decimal("2.5"), Decimal(10))
        tokens = year.query("SELECT sum(llm_tokens_input) AS i, sum(llm_tokens_output) AS o FROM fact_agent_execution")[
            0
        ]
        assert sum(imagined["what_if_usd"].dropna()) == (tokens["i"] * Decimal("2.5") + tokens["o"] * 10) / 1_000_000

    def test_prices_of_the_catalogue_are_those_in_force(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "agent_performance", prices="anthropic/claude-sonnet-4")
        price = year.query("""
            SELECT input_usd_per_million_tokens AS i FROM model_price
            WHERE llm_provider = 'anthropic' AND llm_model = 'claude-sonnet-4'
                AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)
        """, LAST, LAST)[0]  # fmt: skip
        assert f"At {price['i']} USD per million input" in reading.shown

    def test_hostile_names_can_be_chosen_and_stay_text(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "agent_performance", agent=HOSTILE_AGENT)
        assert set(reading.defined["by_month"]["agent_name"]) == {HOSTILE_AGENT}
        assert "<img" not in reading.shown

    def test_the_forecast_says_which_of_the_two_was_better(self, year: Warehouse, opened: Reader) -> None:
        ahead = opened(year, "agent_performance").defined["ahead"]
        assert len(ahead.history) == 14
        assert "against" in ahead.sentence
        assert "is used" in ahead.sentence
        assert (ahead.future["low"] <= ahead.future["expected"]).all()
        assert (ahead.future["expected"] <= ahead.future["high"]).all()


def test_infrastructure_cost_is_that_of_the_facts(year: Warehouse, opened: Reader) -> None:
    reading = opened(year, "infrastructure_cost")
    facts = year.query("""
        SELECT count(*) AS n, count(total_cost_usd) AS known, sum(total_cost_usd) AS usd FROM fact_deployment
    """)[0]
    spent = reading.defined["spent"]
    assert (spent.deployments, spent.deployments_with_cost, spent.usd) == (facts["n"], facts["known"], facts["usd"])
    assert reading.said(f"Of {facts['n'] - facts['known']} more the cost is not known")


def test_a_repository_without_a_known_cost_says_so(year: Warehouse) -> None:
    import pandas

    rows = pandas.DataFrame({"deployments": [3], "deployments_with_cost": [0], "cost_usd": [None]})
    assert "no cost for any of 3 deployments" in costs.Spending.of(rows).sentence


class TestRuns:
    def test_a_run_is_told_as_the_registry_has_it(self, year: Warehouse, opened: Reader) -> None:
        run_id = year.value("SELECT run_id FROM ops.run ORDER BY run_number LIMIT 1")
        told = opened(year, "run_inspector", run=run_id).defined["told"]
        rows = year.query("SELECT * FROM ops.row_count WHERE run_id = %s ORDER BY source_table", run_id)
        assert told.rows["extracted"].tolist() == [row["extracted"] for row in rows]
        assert len(told.checks) == year.value("SELECT count(*) FROM ops.check_result WHERE run_id = %s", run_id)
        assert told.before is None

    def test_a_run_is_compared_with_the_one_before(self, year: Warehouse, opened: Reader) -> None:
        reading = opened(year, "run_inspector", run="latest")
        told = reading.defined["told"]
        assert told.before == year.value("SELECT run_id FROM ops.run ORDER BY run_number LIMIT 1")
        assert "issues extracted" in set(told.changes["name"])
        assert reading.said(f"It differs from {told.before}")

    def test_quarantined_rows_are_named_without_their_content(self, year: Warehouse, opened: Reader) -> None:
        run_id = year.value("SELECT run_id FROM ops.quarantine LIMIT 1")
        quarantined = opened(year, "run_inspector", run=run_id).defined["quarantined"]
        assert len(quarantined) > 0
        assert "content" not in quarantined.columns


class TestQuality:
    def test_checks_are_those_of_the_registry(self, year: Warehouse, opened: Reader) -> None:
        days = opened(year, "data_quality").defined["days"]
        assert days["checks"].sum() == year.value("SELECT count(*) FROM ops.check_result")
        failed = days[days["outcome"] != "passed"]["checks"].sum()
        assert failed == year.value("SELECT count(*) FROM ops.check_result WHERE outcome <> 'passed'")

    def test_quarantine_is_counted_by_reason(self, year: Warehouse, opened: Reader) -> None:
        reasons = opened(year, "data_quality").defined["reasons"]
        assert reasons["rows"].sum() == year.value("SELECT count(*) FROM ops.quarantine") > 0

    def test_drift_counts_each_day_and_its_nulls(self, year: Warehouse, opened: Reader) -> None:
        drift = opened(year, "data_quality", column="fact_agent_execution.llm_cost_usd").defined["drift"]
        expected = year.query("""
            SELECT to_date(time_key::text, 'YYYYMMDD') AS day, count(*) AS rows,
                round(avg((llm_cost_usd IS NULL)::integer), 4) AS share
            FROM fact_agent_execution GROUP BY 1
        """)
        known = {row["day"]: (row["rows"], row["share"]) for row in expected}
        shown = {
            day: (rows, share)
            for day, rows, share in zip(drift["day"], drift["rows"], drift["null_share"], strict=True)
            if rows
        }
        assert shown
        assert all(known[day] == counted for day, counted in shown.items())

    def test_a_column_that_empties_is_noticed(self, year: Warehouse, opened: Reader) -> None:
        day = LAST.replace(day=5)
        key = int(f"{day:%Y%m%d}")
        kept = year.query(
            "SELECT execution_id, execution_duration_ms AS ms FROM fact_agent_execution WHERE time_key = %s", key
        )
        year.execute("UPDATE fact_agent_execution SET execution_duration_ms = NULL WHERE time_key = %s", key)
        try:
            reading = opened(year, "data_quality", column="fact_agent_execution.execution_duration_ms")
            assert any("share of nulls" in said and written_day(day) in said for said in reading.sentences)
        finally:
            for row in kept:
                year.execute(
                    "UPDATE fact_agent_execution SET execution_duration_ms = %s WHERE execution_id = %s",
                    row["ms"],
                    row["execution_id"],
                )


class TestTuning:
    def test_a_plan_is_shown_and_nothing_is_run(self, year: Warehouse, opened: Reader, server: TestServer) -> None:
        if not server.admin_url:
            assert opened(year, "query_tuning").said("keeps no statistics of statements")
            return
        reading = opened(year, "query_tuning")
        assert len(reading.defined["statements"]) > 10
        assert "(cost" in reading.shown or reading.said("There is no plan")
        bench = Workbench(year.database, year.settings)
        bench.frame("lead_time_months", repository="(all)", last_day=LAST)
        remembered = bench.frame("statements", limit=10_000)["query"]
        mart = next(
            text for text in remembered if "FROM mart_dora" in text and "lead_time" in text and "ANY" not in text
        )
        assert "(cost" in bench.read(lambda connection: tuning.plan(connection, mart)).text

    def test_what_the_role_may_not_do_has_no_plan(self, year: Warehouse) -> None:
        bench = Workbench(year.database, year.settings)
        found = bench.read(lambda connection: tuning.plan(connection, "DELETE FROM fact_deployment"))
        assert found.text == ""
        assert "permission denied" in found.why_not

    def test_utility_statements_are_not_shown(self, year: Warehouse, opened: Reader, server: TestServer) -> None:
        if not server.admin_url:
            return
        with (
            server.connect(year.value("SELECT current_database()"), admin=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("CREATE ROLE somebody_of_tuning PASSWORD 'do-not-show-this'")
            cursor.execute("DROP ROLE somebody_of_tuning")
        assert "do-not-show-this" not in opened.anew(year, "query_tuning").shown

    def test_sizes_are_those_of_the_server(self, year: Warehouse, opened: Reader) -> None:
        tables = opened(year, "query_tuning").defined["tables"]
        assert {"fact_agent_execution", "dim_time"} <= set(tables["table_name"])


@pytest.mark.parametrize(
    ("given", "sentence"), [("dear", "is no number"), ("-1", "between 0 and"), ("nan", "between 0 and")]
)
def test_a_number_that_is_none_stops_with_a_sentence(given: str, sentence: str) -> None:
    with pytest.raises(MarimoStopError) as stopped:
        number({"input_price": given}, "input_price", 3, "USD")
    assert sentence in stopped.value.output.text


def _secret(url: str) -> object:
    from pydantic import SecretStr

    return SecretStr(url)
