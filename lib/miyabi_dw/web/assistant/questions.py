"""The tools that answer questions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from miyabi_dw.common.error_codes import CODES
from miyabi_dw.metrics import records
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.reading import Asked
from miyabi_dw.monitor.findings import headline, worst_level
from miyabi_dw.web.api import shown
from miyabi_dw.web.assistant import arguments
from miyabi_dw.web.assistant.sql import read_rows
from miyabi_dw.web.assistant.told import Told, told
from miyabi_dw.web.service import Service

# Of a run, its failure and its checks: what may quote others.
QUOTING = ("reason", "error_message")


def list_metrics(service: Service, _: arguments.Nothing) -> Told:
    lines = [records.listed(each) for each in service.metrics()]
    return Told({"metrics": lines}, len(lines))


def query_metric(service: Service, asked: arguments.QueryMetric) -> Told:
    metric = load(asked.metric)
    question = Asked(asked.grain, asked.by, _kept(asked.where), asked.first_day, asked.last_day)
    found = service.figures(metric, question)
    page = found.figures[: asked.limit]
    heading = records.heading(found) | {"total": len(found.figures), "shown": len(page)}
    figures = [shown.figure(found.by, each).model_dump(mode="json", by_alias=True) for each in page]
    return told(heading, {"figures": figures}, len(page))


def explain_metric(service: Service, asked: arguments.ExplainMetric) -> Told:
    metric = load(asked.metric)
    found = service.explained(metric, Asked(asked.grain, (), _kept(asked.where)), asked.period, asked.limit)
    rows = [shown.plain(dict(zip(found.columns, row, strict=True))) for row in found.rows]
    figure = shown.figure((), found.figure).model_dump(mode="json", by_alias=True)
    ours = {"metric": metric.name, "label": metric.label, "unit": metric.unit, "figure": figure, "shown": len(rows)}
    return told(ours, {"rows": rows, "links": list(found.links)}, len(rows))


def list_runs(service: Service, asked: arguments.ListRuns) -> Told:
    found = service.runs(asked.pipeline, asked.state, asked.since, asked.limit)
    lines = [shown.run(each).model_dump(mode="json") for each in found]
    reasons = {line["run_id"]: line.pop("reason") for line in lines}
    return told({"runs": lines}, {"reasons": {run_id: why for run_id, why in reasons.items() if why}}, len(lines))


def run_report(service: Service, asked: arguments.RunReport) -> Told:
    report = shown.run_report(service.run(asked.run)).model_dump(mode="json")
    run, failure = report["run"], report["failure"] or {}
    outside = {"reason": run.pop("reason")} | {name: failure.pop(name) for name in QUOTING if name in failure}
    if failure:
        known = CODES.get(failure["code"])
        failure["cause"] = known.meaning if known else failure["cause"]
    checks = [each for each in report["checks"] if each["outcome"] != "passed"]
    ours = {"run": run, "failure": failure or None, "stages": report["stages"], "rows": report["rows"],
            "facts": report["facts"], "checks_that_did_not_pass": checks}  # fmt: skip
    return told(ours, {name: text for name, text in outside.items() if text}, len(report["stages"]))


def health(service: Service, _: arguments.Nothing) -> Told:
    findings = service.health()
    lines = [shown.finding(each).model_dump(mode="json") for each in findings]
    sentences = {line["name"]: line.pop("sentence") for line in lines}
    ours = {"as_of": service.now.isoformat(), "verdict": worst_level(findings), "headline": headline(findings)}
    return told(ours | {"findings": lines}, {"sentences": sentences}, len(lines))


def search_dictionary(service: Service, asked: arguments.SearchDictionary) -> Told:
    found = service.dictionary(asked.words)
    entries = [asdict(each) for each in found[: asked.limit]]
    return Told({"total": len(found), "entries": entries}, len(entries))


def run_sql(service: Service, asked: arguments.RunSql) -> Told:
    found = read_rows(service, asked.sql, asked.limit)
    return told({"is_cut": found.is_cut, "shown": len(found.rows)}, {"rows": list(found.rows)}, len(found.rows))


def _kept(where: Mapping[str, str | list[str]]) -> Mapping[str, Sequence[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in where.items()}
