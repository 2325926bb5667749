# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Data quality")


@app.cell
def _():
    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.workbench import charts, quality

    return charts, mo, quality, workbench


@app.cell
def _(mo):
    mo.md("""
    # Data quality

    **Can the numbers be trusted: what do the checks find, what was quarantined, what is not checked, and what drifts?**
    """)
    return


@app.cell
def _(coverage, days, quality, reasons):
    quality.answer(days, int(reasons["rows"].sum()), int((coverage["checks"] == 0).sum())).view()
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
def _(bench, given, quality, workbench):
    span = quality.span(bench)
    if span is None:
        workbench.halt("No check has run yet. Checks run with a pipeline: miyabi-dw run daily, or miyabi-dw demo.")
    filters, wrong = quality.controls(given, span, bench.names("suites"))
    workbench.view(filters, wrong)
    return (filters,)


@app.cell
def _(bench, filters, workbench):
    chosen = workbench.asked(filters)
    days = bench.frame("check_days", chosen)
    return chosen, days


@app.cell
def _(charts, days, mo, workbench):
    if days.empty:
        workbench.halt("No check matches: choose a longer period, another suite, severity or outcome.")
    mo.vstack(
        [
            mo.md("## Checks over time"),
            workbench.show(
                charts.bars(days, "day", "checks", "Checks by outcome", "checks", by="outcome"), days, "checks_by_day"
            ),
            workbench.show(
                charts.bars(
                    days[days["outcome"] != "passed"],
                    "day",
                    "checks",
                    "Checks that did not pass, by severity",
                    "checks",
                    by="severity",
                ),
                days[days["outcome"] != "passed"],
                "checks_not_passed_by_day",
            ),
        ]
    )
    return


@app.cell
def _(bench, chosen, mo, workbench):
    failures = bench.frame("check_failures", chosen)
    mo.vstack(
        [
            mo.md("## Which did not pass"),
            workbench.numbers(failures, "checks_not_passed")
            if len(failures)
            else workbench.notice("All of them passed.", "success"),
        ]
    )
    return


@app.cell
def _(bench, charts, chosen, mo, workbench):
    reasons = bench.frame("quarantine_reasons", chosen)
    mo.vstack(
        [
            mo.md("## Rows in quarantine"),
            workbench.show(
                charts.ranked(reasons, "source_table", "rows", "Quarantined rows, by reason", "rows", by="reason"),
                reasons,
                "quarantine",
            )
            if len(reasons)
            else workbench.notice("No row was quarantined in this period.", "success"),
        ]
    )
    return (reasons,)


@app.cell
def _(bench, charts, mo, workbench):
    links = bench.frame("links")
    mo.vstack(
        [
            mo.md("## Links: which commits, executions and deployments belong to what?"),
            workbench.show(
                charts.ranked(links, "what", "rows", "Rows of the connections, by link", "rows", by="outcome"),
                links,
                "links",
            )
            if len(links)
            else workbench.notice("There is no sync to tell of: the source is not filled by connections."),
        ]
    )
    return


@app.cell
def _(bench, mo, quality, workbench):
    coverage = bench.read(lambda _: quality.coverage())
    bare = coverage[coverage["checks"] == 0]
    mo.vstack(
        [
            mo.md("## What is checked, and what is not"),
            workbench.notice(quality.covered(coverage), "warn" if len(bare) else "success"),
            workbench.numbers(
                coverage,
                "coverage",
                "One row a table and column of the suites as they are now; (table) means checks of whole rows.",
            ),
        ]
    )
    return (coverage,)


@app.cell
def _(bench, given, mo, quality, workbench):
    if bench.last_day is None:
        workbench.halt("The facts are empty, so nothing can drift.")
    columns = bench.names("drift_columns")
    looked_at = quality.drift_controls(given, columns, bench.last_day)
    mo.vstack(
        [
            mo.md("## Drift: is a column emptier, or a day fuller, than its past?"),
            looked_at.hstack(justify="start", wrap=True),
        ]
    )
    return columns, looked_at


@app.cell
def _(bench, columns, looked_at, quality, workbench):
    column = looked_at.value["column"]
    if column not in columns:
        workbench.halt(f"There is no column {column} that may be null: choose one of the list.")
    drift = quality.drift(bench, looked_at.value)
    if drift.empty:
        workbench.halt("The table has no row in this period: choose a longer one.")
    return column, drift


@app.cell
def _(charts, column, drift, mo, quality, workbench):
    mo.vstack(
        [
            workbench.notice(*quality.drifted(drift, column)),
            workbench.show(
                charts.lines(
                    drift,
                    "day",
                    {"null_share": "this day", "share_before": "mean of the 28 days before"},
                    f"Share of rows in which {column} is not known",
                    "",
                    percent=True,
                ),
                drift[["day", "null_share", "share_before", "is_unusual_share"]],
                "null_share",
            ),
            workbench.show(
                charts.lines(
                    drift,
                    "day",
                    {"rows": "this day", "rows_before": "mean of the 28 days before"},
                    f"Rows of {column.partition('.')[0]}",
                    "rows",
                ),
                drift[["day", "rows", "rows_before", "is_unusual_volume"]],
                "volume",
                "Unusual is what lies more than three standard deviations of the 28 days before from their mean.",
            ),
        ]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - The run that met a failure last, with its rows and errors: {workbench.link("run_inspector")}, opened with `run=` its identifier
    - What to do with rows in quarantine: `miyabi-dw quarantine`
    - Whether a strange day shows in the metrics: {workbench.link("development_performance")}, {workbench.link("agent_performance")}
    """)
    return


if __name__ == "__main__":
    app.run()
