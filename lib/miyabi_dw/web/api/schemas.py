"""The shapes of the answers; each answer is made through its shape, so that what is described is what is sent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

Number = int | float | None


class Shape(BaseModel):
    """Takes its values from rows as well as from mappings."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class MetricLine(Shape):
    """A metric as it is listed."""

    metric: str
    label: str
    description: str
    unit: str
    better: str
    grains: Sequence[str]
    dimensions: Sequence[str]


class MetricList(Shape):
    metrics: Sequence[MetricLine]


class FigureShape(Shape):
    """The number of one period; each dimension of `by` is a further member. A ratio is 0 to 1; null is not known."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    period: str
    starts: date
    ends: date
    value: Number
    numerator: Number
    denominator: Number
    rows: int
    state: str
    dora_class: str | None = Field(alias="class")
    is_trusted: bool


class Figures(Shape):
    """What a number means, then its figures; `total` is how many there are on all pages."""

    metric: str
    label: str
    description: str
    unit: str
    better: str
    grain: str
    by: Sequence[str]
    total: int
    figures: Sequence[FigureShape]


class RowsBehind(Shape):
    """One figure, and of the rows that it is made of those of this page; `links` has an address for each, or ''."""

    metric: str
    unit: str
    figure: FigureShape
    rows: Sequence[Mapping[str, object]]
    links: Sequence[str]


class RunLine(Shape):
    """A run; times are in UTC. `reason` may quote what the source says."""

    run_id: str
    pipeline: str
    interval_start: datetime | None
    interval_end: datetime | None
    as_of: datetime
    trigger: str
    parent_run_id: str | None
    state: str
    reason: str | None
    requested_by: str | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: Number
    page: str | None = Field(description="Address of its report on this server.")


class RunList(Shape):
    runs: Sequence[RunLine]


class Failure(Shape):
    """Why a run failed, and what to do."""

    code: str
    cause: str
    reason: str
    remedy: str
    stage: str
    error_class: str
    error_message: str


class Stage(Shape):
    """One attempt at a stage."""

    stage: str
    attempt: int
    state: str
    started_at: datetime
    finished_at: datetime | None
    cells_total: int | None
    cells_completed: int | None
    seconds: Number


class TableRows(Shape):
    """The row accounting of a source table."""

    source_table: str
    extracted: int
    inserted: int | None
    updated: int | None
    unchanged: int | None
    quarantined: int | None


class TargetRows(Shape):
    """What the run wrote to a target."""

    target_table: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int


class Check(Shape):
    """A check as the run found it."""

    suite: str
    check_id: str
    layer: str
    table_name: str
    severity: str
    outcome: str
    rows_failed: int | None
    note: str


class RunReport(Shape):
    """A run with what came of it."""

    run: RunLine
    failure: Failure | None
    stages: Sequence[Stage]
    rows: Sequence[TableRows]
    facts: Sequence[TargetRows]
    checks: Sequence[Check]


class FindingShape(Shape):
    """One line of the monitor."""

    name: str
    level: str
    sentence: str
    value: Number
    unit: str
    remedy: str
    code: str


class Health(Shape):
    """How the installation is, as `miyabi-dw monitor` says."""

    as_of: datetime
    verdict: str
    headline: str
    findings: Sequence[FindingShape]


class EntryShape(Shape):
    """A table, view, column or metric with its meaning."""

    kind: str
    name: str
    type: str
    meaning: str


class Dictionary(Shape):
    """`total` is how many there are on all pages."""

    total: int
    entries: Sequence[EntryShape]


class Problem(Shape):
    """RFC 9457. `code` is stable, `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    remedy: str
