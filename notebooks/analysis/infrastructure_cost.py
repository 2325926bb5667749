# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Infrastructure cost")


@app.cell
def _():
    from decimal import Decimal

    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.workbench import charts, costs, trends, written

    return Decimal, charts, costs, mo, trends, workbench, written


@app.cell
def _(mo):
    mo.md("""
    # Infrastructure cost

    **What do deployments cost, where does the money go, and does a deployment get dearer?**
    """)
    return


@app.cell
def _(by_month, costs, last_day, spent):
    moved = costs.dearer(costs.per_deployment(by_month), last_day) if spent.deployments_with_cost else ""
    spent.answer(moved).view()
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
        given, environment=bench.names("environments"), repository=bench.names("repositories")
    )
    workbench.view(filters, wrong)
    return (filters,)


@app.cell
def _(bench, costs, filters, workbench):
    chosen = workbench.asked(filters)
    by_month = bench.frame("deployment_months", chosen)
    if by_month.empty:
        workbench.halt("Nothing matches: choose a longer period, another environment or repository.")
    last_day = min(bench.last_day, chosen["last_day"])
    spent = costs.Spending.of(by_month)
    return by_month, chosen, last_day, spent


@app.cell
def _(by_month, charts, last_day, mo, trends, workbench):
    mo.vstack(
        [
            mo.md("## Deployments, and what is known of their cost"),
            workbench.show(
                charts.running(
                    charts.bars(
                        by_month,
                        "month",
                        "deployments",
                        "Deployments that reached an end",
                        "deployments",
                        by="environment",
                    ),
                    by_month["month"],
                    last_day,
                ),
                trends.marked(by_month, last_day),
                "deployments_by_month",
            ),
        ]
    )
    return


@app.cell
def _(by_month, charts, last_day, mo, spent, trends, workbench):
    mo.stop(not spent.deployments_with_cost)
    sums = trends.marked(
        by_month[
            ["month", "environment", "repository", "resource", "instance_type", "deployments_with_cost", "cost_usd"]
        ],
        last_day,
    )
    mo.vstack(
        [
            mo.md("## Where the money goes"),
            *(
                workbench.show(
                    charts.running(
                        charts.bars(sums, "month", "cost_usd", f"Cost by {what}", "USD", by=column),
                        sums["month"],
                        last_day,
                    ),
                    sums,
                    f"cost_by_{column}",
                )
                for column, what in (
                    ("environment", "environment"),
                    ("repository", "repository"),
                    ("resource", "resource"),
                )
            ),
        ]
    )
    return


@app.cell
def _(by_month, charts, costs, last_day, mo, spent, trends, workbench):
    mo.stop(not spent.deployments_with_cost)
    each = costs.per_deployment(by_month)
    mo.vstack(
        [
            mo.md("## What one deployment costs"),
            workbench.show(
                charts.running(
                    charts.lines(
                        each,
                        "month",
                        {"usd_per_deployment": "USD per deployment"},
                        "Cost per deployment whose cost is known",
                        "USD",
                    ),
                    each["month"],
                    last_day,
                ),
                trends.marked(each, last_day),
                "cost_per_deployment",
            ),
        ]
    )
    return


@app.cell
def _(bench, chosen, mo, spent, workbench):
    mo.stop(not spent.deployments_with_cost)
    mo.vstack(
        [
            mo.md("## The dearest deployments"),
            workbench.numbers(bench.frame("deployment_costs", chosen), "dearest_deployments"),
        ]
    )
    return


@app.cell
def _(given, mo, workbench):
    hourly = workbench.number(given, "hourly_usd", 0.5, "USD per hour of a running deployment")
    mo.vstack([mo.md("## What if an hour of deploying cost this?"), hourly])
    return (hourly,)


@app.cell
def _(Decimal, bench, by_month, costs, hourly, workbench):
    imagined = costs.at_hourly_price(by_month, Decimal(str(hourly.value)))
    if imagined.empty:
        workbench.halt(
            bench.lacking("durations") or "No deployment here has a known duration, so its hours cannot be priced."
        )
    workbench.numbers(imagined, "what_if_hourly", "Only deployments whose duration is known.")
    return


@app.cell
def _(bench, chosen, costs, last_day, mo, spent, trends, written):
    mo.stop(not spent.deployments_with_cost)
    history = bench.frame("deployment_months", chosen, first_day="1900-01-01")
    ahead = trends.outlook(*costs.monthly(history, "cost_usd"), last_day, written.usd)
    mo.vstack(
        [
            mo.md("## What comes next"),
            ahead.view("Cost of deployments by month, and the next three", "USD", "infrastructure_cost_forecast"),
        ]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - What the language models cost beside it: {workbench.link("agent_performance")}
    - How often deployments fail, and how long recovery takes: {workbench.link("development_performance")}
    - Since when a cost is missing: {workbench.link("data_quality", "column=fact_deployment.infrastructure_cost_usd")}, column `fact_deployment.infrastructure_cost_usd`
    """)
    return


if __name__ == "__main__":
    app.run()
