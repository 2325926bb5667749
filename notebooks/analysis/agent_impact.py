# /// script
# [tool.marimo.display]
# theme = "system"
# locale = "en-CA"
# ///

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Agent impact")


@app.cell
def _():
    import marimo as mo

    from miyabi_dw import workbench
    from miyabi_dw.metrics.definitions import load
    from miyabi_dw.workbench import charts, origins
    from miyabi_dw.workbench.impact import answers, groups, pictures

    return answers, charts, groups, load, mo, origins, pictures, workbench


@app.cell
def _(mo):
    mo.md("""
    # Agent impact

    **Does working with agents help: what changes in flow, delivery, quality and cost, and where can it not be told?**
    """)
    return


@app.cell
def _(answers, changes, found):
    answers.answer(changes, found).view()
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
    filters, wrong = bench.filters(given, repository=bench.names("impact_repositories"))
    workbench.view(filters, wrong)
    return (filters,)


@app.cell
def _(answers, bench, filters, workbench):
    chosen = workbench.asked(filters)
    changes = bench.frame("impact_changes", chosen, most=answers.MOST)
    if changes.empty:
        workbench.halt(
            "No change was merged here: choose a longer period or another repository. "
            "Changes come from commits; of months loaded by an earlier version the next run fills them in."
        )
    return changes, chosen


@app.cell
def _(answers, changes):
    found = answers.comparisons(changes)
    return (found,)


@app.cell
def _(bench, chosen):
    months = bench.frame("impact_months", chosen)
    means = bench.frame("impact_means", chosen)
    evidence = bench.frame("impact_evidence", chosen)
    return evidence, means, months


@app.cell
def _(charts, groups, load, mo, months, workbench):
    merged = load("changes_merged")
    by_group = groups.monthly(months)
    mo.vstack(
        [
            mo.md("## Adoption: how much is made with agents"),
            workbench.show(
                charts.bars(by_group, "month", "changes", f"{merged.label} by month", merged.unit_word, by="made"),
                by_group[["month", "made", "changes", "pull_requests", "code_lines_added", "deployments"]],
                "adoption_by_month",
                f"{merged.description} A change of which nothing can be known is unknown, never without.",
            ),
            workbench.numbers(
                groups.adoption(months),
                "adoption",
                "Whole months. The share is of what is known. Code lines leave out moves, white space, generated, vendored and lock files; "
                "only changes whose 14 days are over have any. Of a merge they are those of its difference: a line that was written and written "
                "again on the way counts once there, while the size of a change adds up its commits, unless its pull request tells it. A deployment counts as with an agent where any of its changes does.",
            ),
        ]
    )
    return


@app.cell
def _(evidence, means, mo, workbench):
    mo.vstack(
        [
            mo.md("### By what evidence"),
            workbench.numbers(
                evidence,
                "evidence",
                "session: an agent worked there at that time. trailer: a line of the commit's message. author: an agent's own account. label: of "
                "the pull request. A change may have several. Bots that update dependencies are no coding agents.",
            )
            if len(evidence)
            else workbench.notice("There is no evidence of an agent in this period."),
            workbench.numbers(
                means,
                "evidence_by_repository",
                "Only between the months of its first and last evidence does a repository's change without any count as made without an agent.",
            ),
        ]
    )
    return


@app.cell
def _(changes, groups, mo, workbench):
    mo.vstack(
        [
            mo.md("## Flow: size, review, merge"),
            workbench.numbers(
                groups.table(changes, "flow"),
                "flow",
                "Beside each figure the changes that tell it. Reviews and merges come from pull requests, which a GitHub connection reads. Times run "
                "from ready to merge, time as a draft apart; reviews by bots and by the author are no human reviews.",
            ),
        ]
    )
    return


@app.cell
def _(changes, groups, mo, months, workbench):
    mo.vstack(
        [
            mo.md("## Delivery: reaching production, and failing there"),
            workbench.numbers(groups.table(changes, "delivery"), "delivery"),
            workbench.numbers(
                groups.deployments(months),
                "deployments",
                "Deployments of whole months that reached an end. Weighed: each counts by the share of its changes that were made with an agent, of "
                "which it is known.",
            ),
        ]
    )
    return


@app.cell
def _(changes, groups, mo, workbench):
    mo.vstack(
        [
            mo.md("## Quality: taken back, written again"),
            workbench.numbers(
                groups.table(changes, "quality"),
                "quality",
                "Only changes whose 14 days are over on the last loaded day.",
            ),
        ]
    )
    return


@app.cell
def _(bench, changes, chosen, groups, mo, workbench):
    sessions = bench.frame("impact_sessions", chosen)
    mo.vstack(
        [
            mo.md("## Cost: of the agents, as far as it is linked"),
            workbench.numbers(
                groups.table(changes, "cost"),
                "cost",
                "The cost of an issue's executions, shared among its commits. A group without linked executions has none, which is not zero.",
            ),
            workbench.numbers(
                sessions,
                "executions",
                "All executions of the period. Those linked to none are in no figure above: they stand here so that nothing is lost. Suspect "
                "reports are in no sum but their own.",
            )
            if len(sessions)
            else workbench.notice("No execution of an agent is known in this period, so neither cost nor tokens are."),
        ]
    )
    return


@app.cell
def _(answers, found, mo, workbench):
    ranges = answers.inside(found)
    mo.vstack(
        [
            mo.md("## What was compared, and what was not"),
            workbench.numbers(
                answers.verdicts(found),
                "compared",
                "Fewer than 30 on a side, a range that holds zero, or a difference that goes away among changes that are alike: it cannot be told.",
            ),
            *(
                [
                    workbench.numbers(
                        ranges,
                        "differences",
                        "With an agent less without: difference of the figures and the range of 95 in 100 samples drawn from the same changes, with a "
                        "fixed seed. Alike in size means the same eighth. A bucket needs 5 on each side and counts by its smaller one; covered is "
                        "the share of changes with an agent in such buckets. It must be half, and the difference must keep half of its size.",
                    )
                ]
                if len(ranges)
                else []
            ),
            workbench.notice(answers.NOT_COMPARED),
            mo.md("""
            **What would change the answer**: sessions of agents that are not connected (their changes count as without); people who work with an agent
            and leave no trace; agents that are given easier work of the same size and kind; a squash that drops trailers; a window of 14 days that is too
            short for this product. More changes narrow the ranges.
            """),
        ]
    )
    return


@app.cell
def _(bench, chosen, means, mo, pictures, workbench):
    shown = chosen["repository"] if chosen["repository"] != workbench.ALL else pictures.busiest(means)
    mo.stop(not shown, workbench.notice(pictures.NO_AGENT))
    beside = bench.frame("impact_before_after", chosen, repository=shown)
    mo.stop(beside["first_with_agent"].isna().all(), workbench.notice(pictures.NO_AGENT))
    return beside, shown


@app.cell
def _(beside, mo, pictures, shown, workbench):
    drawn = pictures.relative(beside)
    mo.vstack(
        [
            mo.md("## Before and after: a picture, no answer"),
            workbench.show(
                pictures.before_after(drawn, beside["first_with_agent"].iloc[0], shown),
                beside,
                "before_and_after",
                pictures.NO_PROOF,
            )
            if len(drawn)
            else workbench.notice(pictures.NO_BEFORE),
        ]
    )
    return


@app.cell
def _(bench, chosen, groups, mo, origins, workbench):
    rows = bench.frame("impact_rows", chosen, each=10)
    mo.vstack(
        [
            mo.md("## The rows behind: the latest ten of each group"),
            workbench.numbers(
                groups.with_origins(rows, origins.pages(bench.settings)),
                "latest_changes",
                "Each with its evidence. All of a month: miyabi-dw metrics explain changes_merged --grain month --where made_with_agent=yes",
            ),
        ]
    )
    return


@app.cell
def _(mo, workbench):
    mo.md(f"""
    ## What to look at next

    - Which agent costs most per deployed change: {workbench.link("agent_performance")}
    - Recovery, rework and DORA's classes of all deployments: {workbench.link("development_performance")}
    - Which executions and commits could not be linked, and why: {workbench.link("data_quality")}
    - What is measured, from what evidence, and a worked example: `docs/IMPACT.md`
    """)
    return


if __name__ == "__main__":
    app.run()
