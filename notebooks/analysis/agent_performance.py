# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Agent performance")


@app.cell
def _():
    from decimal import Decimal

    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.metrics.definitions import load
    from miyabi_dw.workbench import charts, cost_sources, costs, trends, written

    return Decimal, charts, cost_sources, costs, load, mo, trends, workbench, written


@app.cell
def _(mo):
    mo.md("""
    # Agent performance

    **Which agent costs most per deployed change, and is it getting better?**
    """)
    return


@app.cell
def _(answer, sources):
    answer.answer(sources.doubts).view()
    return


@app.cell
def _(workbench):
    given = workbench.given()
    return (given,)


@app.cell
def _(workbench):
    bench = workbench.open_workbench()
    return (bench,)


@app.cell
def _(bench, given, workbench):
    filters, wrong = bench.filters(
        given, agent=bench.names("agents"), model=bench.names("models"), repository=bench.names("repositories")
    )
    workbench.view(filters, wrong)
    return (filters,)


@app.cell
def _(bench, filters, workbench):
    chosen = workbench.asked(filters)
    by_month = bench.frame("agent_months", chosen)
    if by_month.empty:
        workbench.halt("Nothing matches: choose a longer period, another agent, model or repository.")
    last_day = bench.last_day
    return by_month, chosen, last_day


@app.cell
def _(chosen, mo, workbench):
    mo.stop(chosen["repository"] == workbench.ALL)
    workbench.notice(
        "Of one repository only executions that name an issue of it can be told; archived months are not at hand.",
        "info",
    )
    return


@app.cell
def _(bench, chosen, costs, last_day):
    per_change = bench.frame("cost_per_change", chosen)
    answer = costs.costliest(per_change, last_day)
    return per_change, answer


@app.cell
def _(by_month, cost_sources, mo, workbench):
    sources = cost_sources.CostSources.of(by_month)
    lacking = cost_sources.unpriced(by_month)
    mo.vstack(
        [
            mo.md("## What is known of the cost"),
            workbench.notice(sources.sentence, "warn" if sources.suspect or sources.unpriced_models else "neutral"),
            workbench.numbers(
                sources.table(),
                "cost_sources",
                "Costs are as the log reports them; where it reports none they are estimated from tokens and the list price of the day. "
                "Where the log does not tell cached tokens apart, an estimate is a range and its lower end the figure.",
            ),
            *(
                [
                    mo.md("### Models without a price"),
                    workbench.numbers(
                        lacking, "unpriced_models", "The lines to add to the price list: miyabi-dw costs unpriced."
                    ),
                ]
                if len(lacking)
                else []
            ),
        ]
    )
    return lacking, sources


@app.cell
def _(bench, chosen, mo, sources, workbench):
    mo.stop(not sources.suspect)
    suspects = bench.frame("suspect_costs", chosen)
    mo.vstack(
        [
            mo.md("### Suspect costs"),
            workbench.numbers(
                suspects,
                "suspect_costs",
                "Reported costs 20 times off the price list and over 1 USD; archived months are not at hand.",
            ),
        ]
    )
    return (suspects,)


@app.cell
def _(charts, last_day, load, mo, per_change, trends, workbench):
    per = load("llm_cost_per_change")
    if per_change.empty:
        workbench.halt(
            "No execution here belongs to an issue that was deployed to production, so there is no cost per deployed change."
        )
    mo.vstack(
        [
            mo.md(f"## {per.label}"),
            workbench.show(
                charts.running(
                    charts.lines_by(
                        per_change,
                        "month",
                        "usd_per_deployed_change",
                        "agent_name",
                        f"{per.label}, by month of the deployment",
                        per.unit_word,
                    ),
                    per_change["month"],
                    last_day,
                ),
                trends.marked(per_change, last_day),
                "cost_per_deployed_change",
                f"{per.description} The commits of an issue are shared among its agents by their executions; suspect costs are left out "
                "and stand in a column of their own. The filter on the model does not apply here: a change is not the work of one model.",
            ),
        ]
    )
    return


@app.cell
def _(by_month, charts, last_day, load, mo, trends, workbench):
    cost, tokens_in, tokens_out = (load(name) for name in ("llm_cost", "tokens_input", "tokens_output"))
    told = trends.marked(by_month, last_day)

    def stacked(measure, title, unit, by):
        return charts.running(charts.bars(by_month, "month", measure, title, unit, by=by), by_month["month"], last_day)

    mo.vstack(
        [
            mo.md("## Cost and use"),
            workbench.show(
                stacked("cost_usd", f"{cost.label} by agent", cost.unit_word, "agent_name"),
                told[
                    [
                        "month",
                        "month_is",
                        "agent_name",
                        "ai_model",
                        "executions",
                        "executions_with_cost",
                        "cost_usd",
                        "cost_high_usd",
                        "estimated_usd",
                        "suspect_usd",
                    ]
                ],
                "llm_cost",
                "estimated usd is the part of the cost that no log reported; cost high usd counts its upper end. suspect usd is in neither.",
            ),
            workbench.show(
                stacked("cost_usd", f"{cost.label} by model", cost.unit_word, "ai_model"),
                told[["month", "month_is", "ai_model", "agent_name", "cost_usd", "cost_high_usd", "suspect_usd"]],
                "llm_cost_by_model",
            ),
            workbench.show(
                stacked(
                    "tokens", f"{tokens_in.label} and {tokens_out.label.lower()}", tokens_in.unit_word, "agent_name"
                ),
                told[
                    [
                        "month",
                        "month_is",
                        "agent_name",
                        "ai_model",
                        "input_tokens",
                        "cache_read_tokens",
                        "cache_write_tokens",
                        "output_tokens",
                    ]
                ],
                "tokens",
                "Tokens read from a cache and written to it are part of the input.",
            ),
        ]
    )
    return


@app.cell
def _(by_month, charts, costs, last_day, load, mo, trends, workbench):
    success = load("agent_success_rate")
    agents = costs.by_agent(by_month)
    mo.vstack(
        [
            mo.md("## Success and duration"),
            workbench.show(
                charts.running(
                    charts.lines_by(
                        agents,
                        "month",
                        "success_percent",
                        "agent_name",
                        success.label,
                        success.unit_word,
                    ),
                    agents["month"],
                    last_day,
                ),
                trends.marked(
                    agents[["month", "agent_name", "executions", "successes", "failures", "success_percent"]], last_day
                ),
                "success",
            ),
            workbench.show(
                charts.running(
                    charts.lines_by(
                        agents, "month", "mean_duration_s", "agent_name", "Mean duration of an execution", "seconds"
                    ),
                    agents["month"],
                    last_day,
                ),
                trends.marked(
                    by_month[["month", "agent_name", "ai_model", "executions", "mean_duration_s", "p95_duration_s"]],
                    last_day,
                ),
                "duration",
                "The mean of several models is weighted by their executions; the numbers are by model.",
            ),
        ]
    )
    return


@app.cell
def _(bench, chosen, given, mo, workbench):
    catalogue = bench.frame("prices", chosen)
    price_list = workbench.choice(given, "prices", ["own prices", *catalogue["name"]], label="Prices of")
    own_input = workbench.number(given, "input_price", 3, "USD per million input tokens")
    own_output = workbench.number(given, "output_price", 15, "USD per million output tokens")
    mo.vstack(
        [
            mo.md("## What if every token had cost this?"),
            mo.hstack([price_list, own_input, own_output], justify="start", wrap=True),
        ]
    )
    return catalogue, own_input, own_output, price_list


@app.cell
def _(Decimal, by_month, catalogue, costs, own_input, own_output, price_list, workbench):
    listed = catalogue[catalogue["name"] == price_list.value]
    if listed.empty and price_list.value != "own prices":
        workbench.halt(
            f"The price catalogue has no model {price_list.value} on this day: choose another, or own prices."
        )
    prices = (
        (Decimal(str(own_input.value)), Decimal(str(own_output.value)))
        if listed.empty
        else (listed["input_usd"].iloc[0], listed["output_usd"].iloc[0])
    )
    imagined = costs.what_if(by_month, *prices)
    workbench.numbers(
        imagined,
        "what_if",
        f"At {prices[0]} USD per million input and {prices[1]} USD per million output tokens. Tokens read from a cache count in full. "
        "Executions without a count of tokens are in neither, suspect costs in no difference.",
    )
    return (imagined,)


@app.cell
def _(bench, chosen, costs, trends, written):
    history = bench.frame("agent_months", chosen, first_day="1900-01-01")
    ahead = trends.outlook(
        *costs.monthly(history, "cost_usd"), min(bench.last_day, chosen["last_day"]), written.teller("llm_cost")
    )
    return (ahead,)


@app.cell
def _(ahead, load, mo):
    spent = load("llm_cost")
    mo.vstack(
        [
            mo.md("## What comes next"),
            ahead.view(f"{spent.label} by month, and the next three", spent.unit_word, "llm_cost_forecast"),
        ]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - How fast these changes reach production, and how safely: {workbench.link("development_performance")}
    - What the deployments cost beside the models: {workbench.link("infrastructure_cost")}
    - Whether costs or tokens are missing in some days: {workbench.link("data_quality", "column=fact_agent_execution.llm_cost_usd")}, column `fact_agent_execution.llm_cost_usd`
    """)
    return


if __name__ == "__main__":
    app.run()
