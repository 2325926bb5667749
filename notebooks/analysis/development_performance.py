# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Development performance")


@app.cell
def _():
    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.metrics.definitions import load
    from miyabi_dw.workbench import charts, delivery, origins, trends, written

    return charts, delivery, load, mo, origins, trends, workbench, written


@app.cell
def _(mo):
    mo.md("""
    # Development performance

    **How fast do changes reach production, how often do they fail there, and which deployments and commits make each number?**
    """)
    return


@app.cell
def _(chosen, delivery, periods, untold):
    delivery.answer(periods, chosen["period"], untold).view()
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
        given,
        period=["week", "month", "day"],
        repository=bench.names("repositories"),
        priority=bench.names("priorities"),
        agent=bench.names("agents"),
    )
    workbench.view(filters, wrong)
    return (filters,)


@app.cell
def _(bench, filters, workbench):
    chosen = workbench.asked(filters)
    narrowed = {chosen["priority"], chosen["agent"]} != {workbench.ALL}
    issues = bench.frame("issues_wanted", chosen)["issue_id"].tolist() if narrowed else None
    if narrowed:
        periods = bench.frame("dora_periods_of_issues", chosen, issues=issues)
    else:
        periods = bench.frame("dora_periods", chosen)
    if periods.empty:
        workbench.halt("Nothing matches: choose a longer period, another repository, priority or agent.")
    return chosen, issues, narrowed, periods


@app.cell
def _(mo, narrowed, workbench):
    mo.stop(not narrowed)
    workbench.notice(
        "Deployments, lead times, failures and rework below are of the issues with this priority now, or that this agent worked on; "
        "what belongs to no issue is left out. Recovery, DORA's classes and the forecast belong to a repository as a whole: they are not narrowed.",
        "info",
    )
    return


@app.cell
def _(bench):
    untold = bench.lacking("failures")
    return (untold,)


@app.cell
def _(charts, load, mo, periods, workbench):
    often, fast = load("deployments"), load("lead_time")
    mo.vstack(
        [
            mo.md("## How often, and how fast"),
            workbench.show(
                charts.bars(periods, "period_start", "deployments", f"{often.label} to production", often.unit_word),
                periods[
                    [
                        "period_start",
                        "completeness",
                        "deployments",
                        "deployment_days",
                        "deployment_frequency_per_day",
                        "quarantined_deployments",
                    ]
                ],
                "deployments",
            ),
            workbench.show(
                charts.lines(
                    periods,
                    "period_start",
                    {"lead_time_median_hours": "median", "lead_time_p90_hours": "90th percentile"},
                    fast.label,
                    fast.unit_word,
                ),
                periods[
                    [
                        "period_start",
                        "completeness",
                        "lead_time_median_hours",
                        "lead_time_p90_hours",
                        "lead_time_commits",
                    ]
                ],
                "lead_time",
                fast.description,
            ),
        ]
    )
    return


@app.cell
def _(charts, load, mo, narrowed, periods, untold, workbench):
    failed, rework, back = (load(name) for name in ("change_failure_rate", "rework_rate", "recovery"))
    safety = workbench.show(
        charts.lines(
            periods,
            "period_start",
            {"change_failure_rate_by_status": failed.label, "rework_rate": rework.label},
            f"{failed.label} and {rework.label.lower()}",
            "",
            percent=True,
        ),
        periods[
            [
                "period_start",
                "completeness",
                "change_failure_rate_by_status",
                "failed_deployments",
                "rework_rate",
                "rework_deployments",
                "quarantined_deployments",
            ]
        ],
        "failures_and_rework",
        failed.description,
    )
    recovery = workbench.show(
        charts.bars(
            periods,
            "period_start",
            "recovery_by_status_median_hours",
            back.label,
            back.unit_word,
        ),
        periods[["period_start", "completeness", "recovery_by_status_median_hours", "quarantined_incidents"]],
        "recovery",
        back.description,
    )
    notes = [workbench.notice(untold)] if untold else []
    mo.vstack([mo.md("## How safely"), *notes, safety, *([] if narrowed else [recovery])])
    return


@app.cell
def _(bench, chosen, delivery, workbench):
    classes = bench.frame("dora_classes", chosen)
    classes["label"] = classes["metric"].map(delivery.label)
    if classes.empty:
        workbench.halt(
            "No period here has a DORA class: it takes a deployment in a whole week or month. Choose a longer period."
        )
    return (classes,)


@app.cell
def _(charts, classes, mo, workbench):
    mo.vstack(
        [
            mo.md("## Which class, and why"),
            workbench.show(
                charts.classes(classes),
                classes,
                "dora_classes",
                f"By the ladder of DORA's report of {classes['report_year'].iloc[0]}; later reports have none.",
            ),
        ]
    )
    return


@app.cell
def _(classes, delivery, given, mo, workbench):
    named = {name: delivery.label(name) for name in classes["metric"].unique()}
    metric = workbench.choice({"metric": "lead_time", **given}, "metric", list(named), called=named)
    grade = workbench.choice(given, "class", [workbench.ALL, "elite", "high", "medium", "low"])
    mo.vstack(
        [
            mo.md(
                "Choose a metric and a class, then one or more of its periods; what they are made of is shown below."
            ),
            mo.hstack([metric, grade], justify="start", wrap=True),
        ]
    )
    return grade, metric


@app.cell
def _(classes, grade, metric, workbench):
    graded = classes[
        (classes["metric"] == metric.value) & ((grade.value == workbench.ALL) | (classes["class"] == grade.value))
    ]
    if graded.empty:
        workbench.halt(f"No period has class {grade.value} in {metric.value}: choose another class, metric or period.")
    picked = workbench.pick(graded, [0])
    picked
    return graded, picked


@app.cell
def _(bench, chosen, graded, issues, metric, origins, picked):
    behind = {
        **chosen,
        "issues": issues,
        "metric": metric.value,
        "periods": list(graded["period_start"] if picked.value.empty else picked.value["period start"]),
    }
    known = origins.pages(bench.settings)
    deployments = origins.linked(bench.frame("class_deployments", behind), known, "issue_number", "issues")
    commits = origins.linked(bench.frame("class_commits", behind), known, "commit_sha", "commit")
    incidents = origins.linked(bench.frame("class_incidents", behind), known, "issue_number", "issues")
    return commits, deployments, incidents


@app.cell
def _(commits, delivery, deployments, incidents, metric, mo, workbench):
    mo.vstack(
        [
            mo.md("### The deployments"),
            workbench.numbers(
                deployments,
                "deployments_behind",
                f"counts tells whether the deployment counts in {delivery.label(metric.value)}.",
            ),
            mo.md("### The commits that they carried"),
            workbench.numbers(
                commits,
                "commits_behind",
                "Of each commit the first success that carries it; the longest under way first.",
            ),
            *(
                [mo.md("### The incidents"), workbench.numbers(incidents, "incidents_behind")]
                if not incidents.empty
                else []
            ),
        ]
    )
    return


@app.cell
def _(bench, chosen, trends, written):
    lead_times = bench.frame("lead_time_months", chosen)
    ahead = trends.outlook(
        lead_times["month"],
        lead_times["lead_time_median_hours"],
        min(bench.last_day, chosen["last_day"]),
        written.teller("lead_time"),
    )
    return (ahead,)


@app.cell
def _(ahead, load, mo):
    median = load("lead_time")
    mo.vstack(
        [
            mo.md("## What comes next"),
            ahead.view(f"{median.label} by month, and the next three", median.unit_word, "lead_time_forecast"),
        ]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - What the agents' part of it costs, and which agent costs most per deployed change: {workbench.link("agent_performance")}
    - What the deployments themselves cost: {workbench.link("infrastructure_cost")}
    - Whether the data behind a strange week was complete: {workbench.link("data_quality")}
    - What each metric means exactly: `docs/DATA_DICTIONARY.md`, under `mart_dora`
    """)
    return


if __name__ == "__main__":
    app.run()
