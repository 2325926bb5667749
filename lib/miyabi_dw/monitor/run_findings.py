"""What the monitor finds in the runs: late, failed, slow, or none at all."""

from collections.abc import Iterable

from miyabi_dw.monitor.findings import Finding
from miyabi_dw.monitor.rows import Duration, LastRun, SuccessRate
from miyabi_dw.monitor.view import Check, View
from miyabi_dw.registry.declarations import Pipeline

# A pipeline is late when its last success is older than one interval and this much on top.
GRACE_HOURS = 2
INTERVAL_HOURS = {"day": 24, "hour": 1}
# How a sentence says it.
ENDED = {"failed": "failed", "lost": "was lost", "cancelled": "was cancelled"}


def _runs(view: View) -> Iterable[Finding]:
    for row in view.ask(LastRun, "last_runs", pipelines=view.etl):
        yield _last_run(view.pipelines[row.pipeline], row)


def _last_run(pipeline: Pipeline, row: LastRun) -> Finding:
    name, hours = pipeline.name, row.hours_since_success
    allowed = INTERVAL_HOURS[pipeline.interval or "day"] + GRACE_HOURS
    if row.is_paused:
        return Finding(name, "warning", f"{name} is paused: {row.paused_why}.", hours, "h", f"miyabi-dw unpause {name}")
    if row.state in ("failed", "lost", "cancelled"):
        remedy = f"miyabi-dw resume {row.run_id}"
        return Finding(name, "critical", f"The last run of {name} {ENDED[row.state]}: {row.reason}", hours, "h", remedy)
    if hours is None:
        return Finding(name, "critical", f"{name} has never succeeded.", remedy=f"miyabi-dw run {name}")
    if hours > allowed:
        remedy = "miyabi-dw doctor, then miyabi-dw schedule install if it is not scheduled"
        return Finding(name, "critical", f"{name} last succeeded {hours} hours ago.", hours, "h", remedy)
    return Finding(name, "ok", f"{name} succeeded {hours} hours ago.", hours, "h")


def _jobs(view: View) -> Iterable[Finding]:
    """Those that are scheduled and went wrong: the top page shows them red, and no headline says less."""
    jobs = [name for name, pipeline in view.pipelines.items() if pipeline.kind == "job" and pipeline.schedule]
    for row in view.ask(LastRun, "last_runs", pipelines=jobs):
        if row.state in ("failed", "lost"):
            sentence = f"The last run of {row.pipeline} {ENDED[row.state]}: {row.reason}"
            yield Finding(row.pipeline, "critical", sentence, remedy=f"miyabi-dw resume {row.run_id}")


def _success_rate(view: View) -> Iterable[Finding]:
    row = view.ask(SuccessRate, "success_rate", pipelines=view.etl)[0]
    if row.value is None:
        yield Finding("success_rate", "warning", "No run ended in the last 24 hours.", remedy="miyabi-dw doctor")
        return
    level = view.level("success_rate", row.value)
    sentence = f"{row.runs - row.failed} of {row.runs} runs succeeded in the last 24 hours."
    remedy = "" if level == "ok" else f"miyabi-dw runs show {row.example}"
    yield Finding("success_rate", level, sentence, row.value, "%", remedy)


def _durations(view: View) -> Iterable[Finding]:
    for name in view.etl:
        metric = "daily_duration" if view.pipelines[name].interval == "day" else "hourly_duration"
        for row in view.ask(Duration, "duration", pipeline=name):
            level = view.level(metric, row.value)
            sentence = f"The last run of {name} took {row.value} minutes."
            remedy = "" if level == "ok" else f"miyabi-dw runs show {row.example}, then notebook query_tuning"
            yield Finding(metric, level, sentence, row.value, "min", remedy)


RUN_CHECKS: tuple[Check, ...] = (_runs, _jobs, _success_rate, _durations)
