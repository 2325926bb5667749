# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Query tuning")


@app.cell
def _():
    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.workbench import charts, tuning

    return charts, mo, tuning, workbench


@app.cell
def _(mo):
    mo.md("""
    # Query tuning

    **Where does the server's time go, how would it run a statement, and which indexes and tables earn their space?**
    """)
    return


@app.cell
def _(indexes, statements, tuning):
    tuning.answer(statements, indexes).view()
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
def _(bench):
    statements = bench.frame("statements", limit=50)
    return (statements,)


@app.cell
def _(charts, mo, statements, tuning, workbench):
    if statements.empty:
        workbench.halt(tuning.NO_STATISTICS)
    mo.vstack(
        [
            mo.md("## Statements by the time they took in all"),
            workbench.show(
                charts.ranked(
                    tuning.top(statements),
                    "statement",
                    "total_s",
                    "Twenty statements that took longest in all",
                    "seconds",
                ),
                statements,
                "statements",
                "Since the server's statistics were reset; constants are shown as $1, $2 and so on.",
            ),
        ]
    )
    return


@app.cell
def _(given, statements, tuning, workbench):
    query = workbench.choice(
        given, "query", list(statements["query_id"]), "Plan of the statement", called=tuning.named(statements)
    )
    query
    return (query,)


@app.cell
def _(bench, mo, query, statements, tuning, workbench):
    found = statements[statements["query_id"] == query.value]
    if found.empty:
        workbench.halt(f"There is no statement {query.value} among these: choose one of the list.")
    text = found["query"].iloc[0]
    plan = bench.read(lambda connection: tuning.plan(connection, text))
    mo.vstack(
        [
            mo.md("## How the server would run it: EXPLAIN, which does not run the statement"),
            workbench.preformatted(text.strip()),
            workbench.preformatted(plan.text) if plan.text else workbench.notice(plan.why_not, "warn"),
        ]
    )
    return


@app.cell
def _(bench, charts, mo, tuning, workbench):
    tables = bench.read(tuning.tables)
    mo.vstack(
        [
            mo.md("## Tables"),
            workbench.show(
                charts.ranked(
                    tables.head(15), "table_name", "size_mb", "Size of the largest tables, partitions together", "MB"
                ),
                tables,
                "tables",
                "full reads: how often the whole table or partition was read; dead rows are what a vacuum would free.",
            ),
        ]
    )
    return


@app.cell
def _(bench, mo, workbench):
    indexes = bench.frame("index_use")
    mo.vstack(
        [
            mo.md("## Indexes"),
            workbench.numbers(
                indexes,
                "indexes",
                "uses counts since the statistics began. An index that keeps a value unique is needed whether it is read or not.",
            ),
        ]
    )
    return (indexes,)


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - What would help, and the command that does it: `miyabi-dw tune list`
    - How long the stages take in which these statements run: {workbench.link("run_inspector")}
    - When to partition and when to archive: `docs/PARTITIONING_GUIDE.md`
    """)
    return


if __name__ == "__main__":
    app.run()
