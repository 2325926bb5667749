"""Runs that should have happened and did not: told by whatever still runs, each once until it is made good."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from miyabi_dw import alerts
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import value_as, value_or_none_as
from miyabi_dw.orchestration.schedule.due import covered, outstanding, trusted_until
from miyabi_dw.registry.declarations import Declarations, Pipeline
from miyabi_dw.registry.intervals import Due, due_between

# Two ticks of cron may be late or lost; a third is not chance.
GRACE = timedelta(minutes=30)
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True)
class Missed:
    """The due runs of one pipeline that never were, oldest first."""

    pipeline: Pipeline
    dues: tuple[Due, ...]

    @property
    def cause(self) -> alerts.Cause:
        return replace(cause_of(self.pipeline), remedy=self.remedy)

    @property
    def remedy(self) -> str:
        first = self.dues[0]
        if first.interval is None:
            return "see `miyabi-dw schedule status`"
        return f"see `miyabi-dw schedule status`, then `miyabi-dw backfill {self.pipeline.name}` for what is missing"

    def __str__(self) -> str:
        last = self.dues[-1].due_at.astimezone(self.pipeline.zone)
        count = f", and {len(self.dues) - 1} before it" if len(self.dues) > 1 else ""
        return f"{self.pipeline.name} should have run at {last:%Y-%m-%d %H:%M %Z} and did not{count}"


def cause_of(pipeline: Pipeline) -> alerts.Cause:
    what = f"{pipeline.name} did not run when it was due"
    return alerts.Cause(
        "missed run", what, pipeline.name, code="missed-run", alert_channel=pipeline.alert_channel
    )  # fmt: skip


def missed_runs(
    connection: Connection, settings: Settings, declared: Iterable[Pipeline], now: datetime
) -> list[Missed]:  # fmt: skip
    """Read-only. A schedule that never ticked is not in use and misses nothing."""
    found = (Missed(pipeline, _missed(connection, settings, pipeline, now)) for pipeline in declared)
    return [each for each in found if each.dues]


def _missed(connection: Connection, settings: Settings, pipeline: Pipeline, now: datetime) -> tuple[Due, ...]:
    values = {"pipeline": pipeline.name, "trusted_until": trusted_until(now)}
    first = value_or_none_as(datetime, connection, "orchestration/schedule/tick_first", values)
    if first is None:
        return ()
    since = max(first - timedelta(microseconds=1), now - LOOK_BACK)
    dues = due_between(pipeline, since, now - GRACE, settings.business_zone)
    if pipeline.interval is None:
        return tuple(due for due in dues[-1:] if not _ran_since(connection, pipeline, due))
    waiting = outstanding(connection, pipeline, dues, now)
    tried = covered(connection, "orchestration/schedule/intervals_tried", pipeline, waiting, now)
    return tuple(due for due in waiting if due.key not in tried)


def _ran_since(connection: Connection, pipeline: Pipeline, due: Due) -> bool:
    values = {"pipeline": pipeline.name, "since": due.due_at}
    return value_as(int, connection, "orchestration/schedule/runs_since", values) > 0


def report(
    connection: Connection, settings: Settings, declared: Iterable[Pipeline], now: datetime
) -> list[str]:  # fmt: skip
    """Opens an incident for each pipeline that missed a run and ends those that are made good; what is missed."""
    looked_at = list(declared)
    found = {each.pipeline.name: each for each in missed_runs(connection, settings, looked_at, now)}
    for pipeline in looked_at:
        if pipeline.name in found:
            _open(connection, settings, found[pipeline.name])
        else:
            alerts.report_recovery(connection, settings, cause_of(pipeline))
    return [str(each) for each in found.values()]


def report_refused(connection: Connection, settings: Settings, declared: Declarations) -> list[str]:
    """Opens an incident for each refused declaration and ends those of files that can be used again; what is wrong."""
    for name in declared:
        alerts.report_recovery(connection, settings, _cause_of_refusal(name))
    for refused in declared.refused:
        cause = replace(_cause_of_refusal(refused.name), reason=refused.reason, remedy=refused.error.remedy)
        title = refused.error.finding
        alerts.report_failure(connection, settings, run_id=None, pipeline=refused.name, title=title, cause=cause)
    return [refused.error.finding for refused in declared.refused]


def _cause_of_refusal(name: str) -> alerts.Cause:
    return alerts.Cause("declaration refused", f"the declaration of {name} is refused", name)


def _open(connection: Connection, settings: Settings, missed: Missed) -> None:
    alerts.report_failure(
        connection, settings, run_id=None, pipeline=missed.pipeline.name, title=str(missed), cause=missed.cause
    )  # fmt: skip
