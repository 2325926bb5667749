# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Run inspector")


@app.cell
def _():
    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.workbench import charts, runs

    the_run_before = "(the run before)"
    return the_run_before, charts, mo, runs, workbench


@app.cell
def _(mo):
    mo.md("""
    # Run inspector

    **What did this run do, where did its rows go, and what was different from the run before?**
    """)
    return


@app.cell
def _(bench, told):
    told.answer(bench.settings.business_zone).view()
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
def _(the_run_before, bench, given, mo, runs, workbench):
    recent = bench.read(runs.recent)
    if not recent:
        workbench.halt("No run is recorded yet. Start one: miyabi-dw run daily, or miyabi-dw demo.")
    chosen = workbench.choice(given, "run", recent)
    against = workbench.choice(given, "against", [the_run_before, *recent], label="Compared with")
    mo.hstack([chosen, against], justify="start", wrap=True)
    return against, chosen


@app.cell
def _(the_run_before, against, bench, chosen, runs):
    earlier = "" if against.value == the_run_before else against.value
    told = bench.read(lambda connection: runs.tell(connection, chosen.value, earlier))
    return (told,)


@app.cell
def _(bench, mo, told, workbench):
    mo.vstack([mo.md("## The run"), workbench.pairs(told.summary(bench.settings.business_zone))])
    return


@app.cell
def _(mo, told, workbench):
    mo.stop(not told.errors)
    mo.vstack(
        [
            mo.md("## What went wrong"),
            *(workbench.preformatted(f"{name}\n{text}", "danger") for name, text in told.errors),
        ]
    )
    return


@app.cell
def _(charts, mo, told, workbench):
    if told.stages.empty:
        workbench.halt("The run has not begun a stage.")
    mo.vstack(
        [
            mo.md("## Stages and attempts"),
            workbench.show(
                charts.ranked(told.stages, "stage", "seconds", "How long each stage took", "seconds", by="state"),
                told.stages,
                "stages",
            ),
        ]
    )
    return


@app.cell
def _(charts, mo, told, workbench):
    mo.stop(told.rows.empty, workbench.notice("This run read no rows from the source."))
    outcomes = told.rows.drop(columns="extracted").melt("source_table", var_name="outcome", value_name="rows")
    mo.vstack(
        [
            mo.md("## Row accounting"),
            workbench.show(
                charts.ranked(
                    outcomes, "source_table", "rows", "Rows extracted, by what became of them", "rows", by="outcome"
                ),
                told.rows,
                "rows",
                "extracted = inserted + updated + unchanged + quarantined; the database itself refuses anything else.",
            ),
            *([] if told.facts.empty else [mo.md("### What was written"), workbench.numbers(told.facts, "facts")]),
        ]
    )
    return


@app.cell
def _(bench, mo, told, workbench):
    mo.stop(told.checks.empty, workbench.notice("This run checked nothing."))
    quarantined = bench.frame("run_quarantine", run_id=told.row.run_id)
    mo.vstack(
        [
            mo.md("## What the gates found"),
            workbench.notice(*told.gate),
            workbench.numbers(told.checks, "checks"),
            *(
                []
                if quarantined.empty
                else [mo.md("### Quarantined rows"), workbench.numbers(quarantined, "quarantined_rows")]
            ),
        ]
    )
    return


@app.cell
def _(mo, told, workbench):
    mo.vstack(
        [
            mo.md("## Against the run before"),
            workbench.notice(told.compared),
            *([] if told.changes.empty else [workbench.numbers(told.changes, "differences")]),
        ]
    )
    return


@app.cell
def _(bench, charts, mo, told, workbench):
    durations = bench.frame("run_durations", run_id=told.row.run_id)
    mo.stop(
        len(durations) < 2, workbench.notice("There is no earlier run of this pipeline to compare its duration with.")
    )
    mo.vstack(
        [
            mo.md("## As long as usual?"),
            workbench.show(
                charts.bars(
                    durations,
                    "started_at",
                    "seconds",
                    "Duration of this run and those before it",
                    "seconds",
                    by="state",
                ),
                durations,
                "durations",
            ),
        ]
    )
    return


@app.cell
def _(mo, told):
    mo.stop(not told.attempts)
    attempt = mo.ui.dropdown(
        {f"{one.stage}, attempt {one.attempt}": one for one in told.attempts},
        value=f"{told.attempts[-1].stage}, attempt {told.attempts[-1].attempt}",
        label="Stage",
    )
    mo.vstack([mo.md("## What its notebooks printed"), attempt])
    return (attempt,)


@app.cell
def _(attempt, bench, mo, runs, told, workbench):
    printed = bench.read(lambda _: runs.printed(bench.settings.reports_dir, told.row, attempt.value))
    mo.vstack(
        [workbench.preformatted(f"{cell}\n\n{text}") for cell, text in printed]
        or [workbench.notice("It printed nothing.")]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - How the checks fared over time, and what is in quarantine: {workbench.link("data_quality")}
    - Which statements made a stage slow: {workbench.link("query_tuning")}
    - To open one of its notebooks at its state: `miyabi-dw runs open RUN`; to carry on after a failure: `miyabi-dw runs resume RUN`
    """)
    return


if __name__ == "__main__":
    app.run()
