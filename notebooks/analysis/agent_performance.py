import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Agent performance")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    from miyabi_dw.workbench import open_workbench

    bench = open_workbench()
    given = {**mo.cli_args(), **mo.query_params().to_dict()}
    return bench, given, mo, px


@app.cell
def _(mo):
    mo.md("""
    # Agent performance

    **Which agent costs most per deployed change, and is it getting better?**

    Costs are as reported by the log; where it reports none they are estimated from tokens and the list price of the day, and shown apart. An estimate
    counts tokens read from a cache at full price, so it is an upper bound.
    """)
    return


@app.cell
def _(bench, given, mo):
    first = mo.ui.date(value=bench.day(given.get("from"), bench.first_day), label="From")
    last = mo.ui.date(value=bench.day(given.get("to"), bench.last_day), label="To")
    top = mo.ui.slider(3, 20, value=8, label="Agents shown")
    mo.hstack([first, last, top], justify="start")
    return first, last, top


@app.cell
def _(bench, first, last, mo):
    by_month = bench.frame("agents_by_month", first_day=first.value, last_day=last.value)
    mo.stop(by_month.empty, mo.md("Nothing matches. Choose a longer period."))
    numbers = by_month.drop(columns=["month", "agent_name"]).columns
    drawn = by_month.astype(dict.fromkeys(numbers, "float64"))
    return by_month, drawn


@app.cell
def _(by_month, drawn, mo, px, top):
    leading = drawn.groupby("agent_name")["executions"].sum().nlargest(top.value).index
    shown = drawn[drawn["agent_name"].isin(leading)]
    mo.vstack(
        [
            mo.md("## Cost and use by month"),
            px.bar(
                shown,
                x="month",
                y="cost_usd",
                color="agent_name",
                title="LLM cost, USD, reported and estimated",
                log_y=True,
            ),
            px.bar(shown, x="month", y="executions", color="agent_name", title="Executions"),
            mo.ui.table(by_month, selection=None),
        ]
    )
    return


@app.cell
def _(bench, first, last, mo):
    per_change = bench.frame("cost_per_change", first_day=first.value, last_day=last.value)
    mo.stop(
        per_change.empty,
        mo.md("## Cost per deployed change\n\nNo execution in this period belongs to an issue that was deployed."),
    )
    changes = per_change.astype(dict.fromkeys(("cost_usd", "deployed_changes", "usd_per_deployed_change"), "float64"))
    return changes, per_change


@app.cell
def _(changes, mo, per_change, px):
    mo.vstack(
        [
            mo.md("## Cost per deployed change"),
            px.line(
                changes,
                x="month",
                y="usd_per_deployed_change",
                color="agent_name",
                markers=True,
                title="USD per deployed change, by month of the deployment",
            ),
            mo.ui.table(per_change, selection=None),
        ]
    )
    return


@app.cell
def _(by_month, mo):
    mo.stop(by_month.empty)
    input_price = mo.ui.number(start=0, stop=100, value=3, step=0.25, label="USD per million input tokens")
    output_price = mo.ui.number(start=0, stop=500, value=15, step=0.25, label="USD per million output tokens")
    mo.vstack([mo.md("## What if every token had cost this?"), mo.hstack([input_price, output_price], justify="start")])
    return input_price, output_price


@app.cell
def _(drawn, input_price, mo, output_price):
    tokens = drawn.groupby("agent_name")[["input_tokens", "output_tokens", "cost_usd"]].sum()
    tokens["what_if_usd"] = (
        tokens["input_tokens"] * input_price.value + tokens["output_tokens"] * output_price.value
    ) / 1e6
    mo.ui.table(tokens.sort_values("what_if_usd", ascending=False).round(2).reset_index(), selection=None)
    return


@app.cell
def _(mo):
    mo.md("""
    ## What to look at next

    How fast these changes reach production: `development_performance`.
    """)
    return


if __name__ == "__main__":
    app.run()
