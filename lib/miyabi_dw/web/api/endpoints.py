"""Every address under /api/v1: what it answers, by which parameters, and who may ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar, get_args

from miyabi_dw.metrics import records
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.reading import Asked, kept_values, split_names
from miyabi_dw.monitor.findings import headline, worst_level
from miyabi_dw.registry import RunState
from miyabi_dw.web.access import Scope
from miyabi_dw.web.api import shown
from miyabi_dw.web.api.answers import Found
from miyabi_dw.web.api.parameters import LARGEST_OFFSET, Given, Parameter
from miyabi_dw.web.api.problems import named
from miyabi_dw.web.api.schemas import (
    Dictionary,
    Figures,
    Health,
    MetricLine,
    MetricList,
    RowsBehind,
    RunList,
    RunReport,
    Shape,
)
from miyabi_dw.web.service import Service

Item = TypeVar("Item")
MOST_FIGURES, MOST_ROWS, MOST_RUNS = 10_000, 1_000, 200

NAME = Parameter("name", "text", "The metric.", "lead_time", in_path=True)
GRAIN = Parameter("grain", "text", "day, week, month, quarter, or rolling-28 for windows of 28 days.", "month", "month")
BY = Parameter("by", "text", "Dimensions to split by, with commas between them.", "repository")
WHERE = Parameter(
    "where", "texts", "Keep only this value of a dimension; again for another one.", "repository=acme/cli"
)
OFFSET = Parameter(
    "offset", "number", "How many to leave out; the header Link has the next page.", "0", "0", LARGEST_OFFSET
)


@dataclass(frozen=True)
class Endpoint:
    """One address. `ask` gets the service, the values, and what the path names."""

    path: str
    summary: str
    shape: type[Shape]
    ask: Callable[[Service, Given, str], Found]
    parameters: tuple[Parameter, ...] = ()
    scope: Scope = "read"

    @property
    def name(self) -> str:
        """As programs made from the description call it: list_metrics is metrics, the rows of one metrics_name_rows."""
        return self.path.strip("/").replace("{", "").replace("}", "").replace("/", "_")

    @property
    def query(self) -> tuple[Parameter, ...]:
        return tuple(each for each in self.parameters if not each.in_path)


def _limit(default: int, most: int) -> Parameter:
    return Parameter("limit", "number", "How many at most.", str(default), str(default), most)


def _metrics(service: Service, _: Given, __: str) -> Found:
    lines = [MetricLine.model_validate(records.listed(each)) for each in service.metrics()]
    rows = [
        {**line.model_dump(), "grains": ",".join(line.grains), "dimensions": ",".join(line.dimensions)}
        for line in lines
    ]  # fmt: skip
    return Found(MetricList(metrics=lines), rows)


def _figures(service: Service, given: Given, name: str) -> Found:
    metric = named(load, name)
    by, where = split_names(given.text("by")), kept_values(given.texts("where"))
    found = service.figures(metric, Asked(given.text("grain"), by, where, given.day("from"), given.day("to")))
    page, following = _page(found.figures, given)
    told = records.heading(found) | {
        "total": len(found.figures),
        "figures": [shown.figure(found.by, each) for each in page],
    }
    return Found(Figures.model_validate(told), [records.record(found.by, each) for each in page], following)


def _rows(service: Service, given: Given, name: str) -> Found:
    metric, limit, offset = named(load, name), given.number("limit"), given.number("offset")
    asked = Asked(given.text("grain"), (), kept_values(given.texts("where")))
    found = service.explained(metric, asked, given.text("period"), limit, offset)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    shape = RowsBehind(
        metric=metric.name, unit=metric.unit, figure=shown.figure((), found.figure),
        rows=[shown.plain(row) for row in rows], links=found.links,
    )  # fmt: skip
    following = {"offset": offset + limit} if found.figure.rows > offset + limit else {}
    return Found(shape, rows, following)


def _runs(service: Service, given: Given, _: str) -> Found:
    limit, after = given.number("limit"), given.text("after") or None
    wanted = given.text("pipeline") or None, given.text("state") or None, given.day("since")
    # One more tells whether there is another page.
    found = service.runs(*wanted, limit + 1, after)
    lines = [shown.run(each) for each in found[:limit]]
    following = {"after": lines[-1].run_id} if len(found) > limit and lines else {}
    return Found(RunList(runs=lines), [each.model_dump() for each in lines], following)


def _run(service: Service, _: Given, run_id: str) -> Found:
    return Found(shown.run_report(named(service.run, run_id)))


def _health(service: Service, _: Given, __: str) -> Found:
    findings = service.health()
    lines = [shown.finding(each) for each in findings]
    shape = Health(as_of=service.now, verdict=worst_level(findings), headline=headline(findings), findings=lines)
    return Found(shape, [line.model_dump() for line in lines])


def _dictionary(service: Service, given: Given, _: str) -> Found:
    found = service.dictionary(given.text("q"))
    page, following = _page(found, given)
    rows = [asdict(each) for each in page]
    return Found(Dictionary.model_validate({"total": len(found), "entries": rows}), rows, following)


def _page(items: Sequence[Item], given: Given) -> tuple[Sequence[Item], Mapping[str, object]]:
    """The items of the page that is asked for, and what the next one is asked by."""
    offset, limit = given.number("offset"), given.number("limit")
    following = {"offset": offset + limit} if len(items) > offset + limit else {}
    return items[offset : offset + limit], following


ENDPOINTS = (
    Endpoint("/metrics", "The metrics with what they mean.", MetricList, _metrics, scope="metrics"),
    Endpoint(
        "/metrics/{name}", "A metric by period and dimension. Without a range the last periods are shown.", Figures,
        _figures,
        (
            NAME, GRAIN, BY, WHERE,
            Parameter("from", "day", "First day; its whole period counts.", "2026-01-01"),
            Parameter("to", "day", "Last day; its whole period counts.", "2026-02-28"),
            _limit(1_000, MOST_FIGURES), OFFSET,
        ), "metrics",
    ),
    Endpoint(
        "/metrics/{name}/rows", "The rows behind one figure, the largest first.", RowsBehind, _rows,
        (
            NAME, GRAIN, WHERE,
            Parameter("period", "text", "2026-01, 2026-W05, 2026-Q1, or one of its days.", "2026-01", is_needed=True),
            _limit(50, MOST_ROWS), OFFSET,
        ), "metrics",
    ),
    Endpoint(
        "/runs", "Runs, youngest first.", RunList, _runs,
        (
            Parameter("pipeline", "text", "Only of this pipeline or job.", "daily_issue_processing_etl"),
            Parameter("state", "text", "Only in this state.", "failed", choices=get_args(RunState)),
            Parameter("since", "day", "Only those queued from this business day on.", "2026-01-01"),
            Parameter("after", "text", "Only those that follow this run in the list.", "20260131T020000Z-daily-0a1b2c"),
            _limit(50, MOST_RUNS),
        ),
    ),
    Endpoint(
        "/runs/{run_id}", "One run: why it failed and what to do, stages, rows, checks. JSON only.", RunReport, _run,
        (Parameter("run_id", "text", "Identifier, a part of one, or latest.", "latest", in_path=True),),
    ),
    Endpoint("/health", "What the monitor finds.", Health, _health),
    Endpoint(
        "/dictionary", "Tables, columns and metrics with what they mean.", Dictionary, _dictionary,
        (Parameter("q", "text", "Words that must be in name or meaning.", "lead time"), _limit(100, MOST_ROWS), OFFSET),
        "metrics",
    ),
)  # fmt: skip
