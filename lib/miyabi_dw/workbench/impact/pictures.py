"""A repository before and after its first change with an agent: a picture beside what else changed, and no answer."""

from typing import TYPE_CHECKING

from miyabi_dw.common.text import written_day
from miyabi_dw.workbench import charts

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

DRAWN = {
    "lead_time_hours": "lead time of a change", "merge_hours": "time to merge", "size_lines": "size of a change",
    "changes": "changes", "people": "people who committed",
}  # fmt: skip
NO_AGENT = "No change here is known to be made with an agent, so there is no before and after."
NO_BEFORE = (
    "Its first month of this period has changes with an agent already: choose an earlier first day to see what was "
    "before."
)
NO_PROOF = (
    "This is a picture and proves nothing: team, product and habits change in the same months. "
    "What else changed is drawn beside it."
)


def busiest(means: "pandas.DataFrame") -> str:
    """The repository with most changes made with an agent; '' without one."""
    some = means[means["with_agent"] > 0]
    return "" if some.empty else str(some["repository"].iloc[0])


def relative(months: "pandas.DataFrame") -> "pandas.DataFrame":
    """Each column by its mean in the months before the first change with an agent; no rows where there is none."""
    first = months["first_with_agent"].iloc[0].date().replace(day=1)
    before = months[months["month"] < first]
    drawn = months[["month"]].copy()
    for column in DRAWN:
        drawn[column] = months[column].astype("float64") / before[column].astype("float64").mean()
    return drawn if len(before) else drawn.head(0)


def before_after(drawn: "pandas.DataFrame", first: "pandas.Timestamp", repository: str) -> "Figure":
    """Lines against the mean of the months before, and where the first change with an agent was merged."""
    told = {column: name for column, name in DRAWN.items() if drawn[column].notna().any()}
    title = f"{charts.plain(repository)} against the mean of its months before"
    figure = charts.lines(drawn, "month", told, title, "times the mean before")
    day = first.date()
    figure.add_shape(type="line", x0=day, x1=day, y0=0, y1=1, yref="paper", line={"dash": "dot", "width": 1})
    figure.add_annotation(
        x=day, y=1, yref="paper", yanchor="bottom", showarrow=False, font={"size": 11},
        text=f"first change with an agent, {written_day(day)}",
    )  # fmt: skip
    return figure
