"""What the tools take, each with the words that an assistant reads."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miyabi_dw.registry import RunState
from miyabi_dw.web.assistant.sql import LONGEST_STATEMENT, MOST_ROWS

# No character that a database cannot hold.
Text = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Metric = Annotated[Text, Field(description="Name of a metric, as list_metrics has it.")]
Grain = Annotated[Text, Field(description="day, week, month, quarter, or rolling-28 for windows of 28 days.")]
Where = Annotated[
    Mapping[Text, Text | list[Text]],
    Field(description='Values of dimensions to keep, as {"repository": "acme/cli"}; a list for several.'),
]
Reason = Annotated[
    str, StringConstraints(min_length=10, max_length=500, pattern=r"^[^\x00]*$"),
    Field(description="Why, in a sentence; it is kept with what was done."),
]  # fmt: skip
Run = Annotated[Text, Field(description="Identifier of a run, a part of one, or latest.")]
Pipeline = Annotated[Text, Field(description="Name of a pipeline or job.")]


class Arguments(BaseModel):
    """Nothing is passed over in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Arguments):
    pass


class QueryMetric(Arguments):
    metric: Metric
    grain: Grain = "month"
    by: Annotated[Sequence[Text], Field(description="Dimensions to split by.")] = ()
    where: Where = Field(default_factory=dict)
    first_day: Annotated[date | None, Field(description="Its whole period counts; by default some periods back.")] = (
        None
    )
    last_day: Annotated[date | None, Field(description="Its whole period counts; by default the last loaded.")] = None
    limit: Annotated[int, Field(ge=1, le=2_000, description="How many figures at most.")] = 200


class ExplainMetric(Arguments):
    metric: Metric
    period: Annotated[Text, Field(description="2026-01, 2026-W05, 2026-Q1, or a day of the period.")]
    grain: Grain = "month"
    where: Where = Field(default_factory=dict)
    limit: Annotated[int, Field(ge=1, le=200, description="How many rows, the largest first.")] = 20


class ListRuns(Arguments):
    pipeline: Annotated[Text | None, Field(description="Only of this pipeline or job.")] = None
    state: Annotated[RunState | None, Field(description="Only in this state.")] = None
    since: Annotated[date | None, Field(description="Only those queued from this business day on.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 20


class RunReport(Arguments):
    run: Run = "latest"


class SearchDictionary(Arguments):
    words: Annotated[Text, Field(description="Words that must all be in name or meaning.")]
    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 40


class RunSql(Arguments):
    sql: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_STATEMENT, pattern=r"^[^\x00]*$"),
        Field(description="One statement of PostgreSQL that returns rows; give each column a name of its own."),
    ]  # fmt: skip
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows at most.")] = 200


class RunPipeline(Arguments):
    pipeline: Pipeline
    day: Annotated[date | None, Field(description="Business day; by default the latest that is over.")] = None
    reason: Reason


class ResumeRun(Arguments):
    run: Run
    reason: Reason


class PausePipeline(Arguments):
    pipeline: Pipeline
    until: Annotated[date | None, Field(description="The first day on which it runs again; by default for good.")] = (
        None
    )
    reason: Reason
