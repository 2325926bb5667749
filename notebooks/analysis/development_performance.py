import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Development performance")


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
    # Development performance

    **How fast do changes reach production, how often do they fail there, and why does each number say what it says?**

    DORA by day, week or month, production only. Choose a repository and a period; every chart has its table below, which can be
    downloaded as CSV.
    """)
    return


@app.cell
def _(bench, given, mo):
    repositories = bench.repositories()
    asked = given.get("repository")
    repository = mo.ui.dropdown(
        repositories, value=asked if asked in repositories else repositories[0], label="Repository"
    )
    kinds = ["week", "month", "day"]
    period = mo.ui.dropdown(
        kinds, value=given.get("period") if given.get("period") in kinds else "week", label="Period"
    )
    first = mo.ui.date(value=bench.day(given.get("from"), bench.first_day), label="From")
    last = mo.ui.date(value=bench.day(given.get("to"), bench.last_day), label="To")
    mo.hstack([repository, period, first, last], justify="start")
    return first, last, period, repository


@app.cell
def _(first, last, period, repository):
    chosen = {
        "repository": repository.value,
        "period_kind": period.value,
        "first_day": first.value,
        "last_day": last.value,
    }
    return (chosen,)


@app.cell
def _(bench, chosen, mo):
    classes = bench.frame("dora_classes", **chosen)
    mo.vstack([mo.md("## Class of the latest period"), mo.ui.table(classes, selection=None)])
    return


@app.cell
def _(bench, chosen, mo):
    periods = bench.frame("dora_periods", **chosen)
    mo.stop(periods.empty, mo.md("Nothing matches. Choose a longer period or another repository."))
    drawn = periods.astype({name: "float64" for name in periods.columns if name != "period_start"})
    return drawn, periods


@app.cell
def _(drawn, mo, periods, px):
    mo.vstack(
        [
            mo.md("## How often, and how fast"),
            px.bar(drawn, x="period_start", y="deployments", title="Successful deployments"),
            px.line(
                drawn,
                x="period_start",
                y=["lead_time_median_hours", "lead_time_p90_hours"],
                markers=True,
                title="Lead time for changes, hours: median and 90th percentile",
            ),
            mo.md("## How safely"),
            px.line(
                drawn,
                x="period_start",
                y=["change_failure_rate_by_status", "rework_rate"],
                markers=True,
                title="Share of deployments that failed, and that were rework",
            ),
            mo.ui.table(periods, selection=None),
        ]
    )
    return


@app.cell
def _(bench, chosen, mo):
    mo.vstack(
        [
            mo.md("## Why does this deployment count?"),
            mo.ui.table(bench.frame("dora_deployments", **chosen), selection=None),
            mo.md("## Why does this commit take so long?"),
            mo.ui.table(bench.frame("dora_commits", **chosen), selection=None),
        ]
    )
    return


@app.cell
def _(mo):
    mo.md("""
    ## What to look at next

    What the agents' part of it costs: `agent_performance`. The definition of each metric: `docs/DATA_DICTIONARY.md`, under `mart_dora`.
    """)
    return


if __name__ == "__main__":
    app.run()
