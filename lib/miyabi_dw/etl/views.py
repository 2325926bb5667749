"""What a stage notebook shows: the row accounting as tables and charts, and one sentence at its end."""

from typing import TYPE_CHECKING

from miyabi_dw.common.text import counted
from miyabi_dw.db import statements
from miyabi_dw.db.connection import frame
from miyabi_dw.etl.batch import StageContext

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects

OUTCOMES = {"inserted": "#2f855a", "updated": "#b7791f", "unchanged": "#a0aec0", "quarantined": "#c05621"}
CHANGES = {"inserted": "#2f855a", "updated": "#b7791f", "deleted": "#822727"}


def table(stage: StageContext, name: str) -> "pandas.DataFrame":
    """The rows of the statement `name` in sql/etl/batch.sql for this run."""
    with stage.warehouse() as warehouse:
        return frame(warehouse, statements.statement(f"etl/batch/{name}"), stage.parameters)


def rows_by_day(stage: StageContext) -> "plotly.graph_objects.Figure":
    """Rows extracted of each table, by day: the interval at the right, what changed before it to the left."""
    import plotly.graph_objects as graph

    figure = graph.Figure()
    with stage.warehouse() as warehouse:
        for name in stage.pipeline.source_tables:
            sql = statements.statement("etl/batch/rows_by_day", raw=f"raw_{name}")
            rows = frame(warehouse, sql, stage.parameters)
            figure.add_bar(name=name, x=rows["day"], y=rows["row_count"])
    return figure.update_layout(
        barmode="stack", yaxis_title="rows", xaxis_title="business day", template="simple_white"
    )


def executions_by_hour(stage: StageContext) -> "plotly.graph_objects.Figure":
    """Rows of the large table in the interval, by hour and provider; no bars where the pipeline reads none."""
    import plotly.graph_objects as graph

    figure = graph.Figure()
    if stage.large is None:
        return figure
    with stage.warehouse() as warehouse:
        rows = frame(warehouse, statements.statement(f"etl/batch/by_hour_{stage.large.carried_by}"), stage.parameters)
    for provider, part in rows.groupby("llm_provider"):
        figure.add_bar(name=str(provider), x=part["hour"], y=part["executions"])
    return figure.update_layout(barmode="stack", yaxis_title="executions", xaxis_title="hour", template="simple_white")


def row_accounting(stage: StageContext) -> "plotly.graph_objects.Figure":
    """Of each source table, how many rows were inserted, updated, unchanged or quarantined."""
    return _bars(table(stage, "table_counts"), "source_table", OUTCOMES, "rows")


def changes_by_target(stage: StageContext) -> "plotly.graph_objects.Figure":
    """Of each target, how many rows were written and how."""
    return _bars(table(stage, "fact_counts"), "target_table", CHANGES, "rows written")


def summary(stage: StageContext) -> str:
    """One sentence about the rows of the run so far."""
    counts = table(stage, "table_counts")
    parts = [f"{counted(int(counts['extracted'].sum()), 'row')} of {counted(len(counts), 'table')} extracted"]
    if counts["inserted"].notna().any():
        parts += [f"{int(counts[name].sum()):,} {name}" for name in OUTCOMES]
    return f"{stage.pipeline.title}, {stage.interval.told(stage.settings.business_zone)}: " + (", ".join(parts) + ".")


def _bars(
    rows: "pandas.DataFrame", named: str, colours: dict[str, str], title: str
) -> "plotly.graph_objects.Figure":  # fmt: skip
    import plotly.graph_objects as graph

    figure = graph.Figure()
    for outcome, colour in colours.items():
        figure.add_bar(name=outcome, orientation="h", y=rows[named], x=rows[outcome], marker_color=colour)
    return figure.update_layout(barmode="stack", xaxis_title=title, template="simple_white").update_yaxes(
        autorange="reversed"
    )


# Its name in notebooks that were copied out of a run of version 1.0.0.
rows_way = row_accounting
