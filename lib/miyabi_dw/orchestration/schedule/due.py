"""What the scheduler still has to do for a pipeline: due, not done, allowed by its catch-up policy."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as, run_count, value_or_none_as, values_as
from miyabi_dw.registry.cron import fire_before
from miyabi_dw.registry.declarations import Pipeline
from miyabi_dw.registry.intervals import Due, due_between

# Clocks are set back by seconds every day. What lies further ahead was written by a clock that was wrong.
TRUSTED_AHEAD = timedelta(hours=1)
# A run that starts later than this was missed and is made up for, if the policy says so.
FRESH = timedelta(minutes=30)


@dataclass(frozen=True)
class DueRuns:
    """`to_do` is oldest first; `passed_over` is due too, but too much or too old for the pipeline's policy."""

    to_do: tuple[Due, ...] = ()
    passed_over: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True)
class UnfinishedTick:
    """A due run that was started and came to nothing, so that it is due again."""

    interval_start: datetime
    due_at: datetime


def trusted_until(now: datetime) -> datetime:
    """The latest moment that can have been written by a right clock, also where `now` is a day of the past."""
    return max(now, datetime.now(UTC)) + TRUSTED_AHEAD


def due_runs(connection: Connection, pipeline: Pipeline, now: datetime, business_zone: ZoneInfo) -> DueRuns:
    """Read-only: what is to be done now and what is not going to be."""
    waiting = outstanding(connection, pipeline, _due(connection, pipeline, now, business_zone), now)
    if not waiting:
        return DueRuns()
    passed_over = len(waiting) - _how_many(pipeline, waiting, now)
    return DueRuns(tuple(waiting[passed_over:]), tuple(waiting[:passed_over]))


def _due(connection: Connection, pipeline: Pipeline, now: datetime, business_zone: ZoneInfo) -> list[Due]:
    values = {"pipeline": pipeline.name, "trusted_until": trusted_until(now), "retries": pipeline.retries}
    last = value_or_none_as(datetime, connection, "orchestration/schedule/tick_last", values)
    fresh = due_between(pipeline, last or _first_time(pipeline, now), now, business_zone)
    unfinished = rows_as(UnfinishedTick, connection, "orchestration/schedule/tick_again", values)
    again = [_due_again(pipeline, tick, business_zone) for tick in unfinished]
    known = {due.key for due in fresh}
    return [due for due in again if due.key not in known and due.due_at <= now] + fresh


def _first_time(pipeline: Pipeline, now: datetime) -> datetime:
    """A schedule that never ticked begins with the latest interval, and a job with its next time."""
    if pipeline.interval is None:
        return now - FRESH
    latest = fire_before(pipeline.schedule, pipeline.zone, now)
    return latest - timedelta(microseconds=1) if latest else now


def begin(connection: Connection, pipeline: Pipeline, now: datetime) -> None:
    """Records from when on the scheduler sees to the pipeline, unless that is known already."""
    if pipeline.schedule:
        values = {"pipeline": pipeline.name, "since": _first_time(pipeline, now), "now": now}
        run_count(connection, "orchestration/schedule/tick_begin", {**values, "trusted_until": trusted_until(now)})


def _due_again(pipeline: Pipeline, tick: UnfinishedTick, business_zone: ZoneInfo) -> Due:
    if pipeline.interval is None:
        return Due(tick.due_at, None)
    candidates = due_between(pipeline, tick.due_at - timedelta(microseconds=1), tick.due_at, business_zone)
    same = [due for due in candidates if due.key == tick.interval_start]
    # A schedule that was changed meanwhile may fire at another time; its interval is still the one that was due.
    length = timedelta(hours=1) if pipeline.interval == "hour" else timedelta(days=1)
    start = tick.interval_start
    return same[0] if same else Due(tick.due_at, Interval(start, start + length))


def outstanding(connection: Connection, pipeline: Pipeline, dues: list[Due], now: datetime) -> list[Due]:
    """Those whose interval no run has loaded yet; a job without intervals is done once it has been started."""
    done = covered(connection, "orchestration/schedule/intervals_done", pipeline, dues, now)
    return [due for due in dues if due.key not in done]


def covered(connection: Connection, name: str, pipeline: Pipeline, dues: list[Due], now: datetime) -> set[datetime]:
    """The starts of those intervals that the statement `name` finds runs for."""
    intervals = [due.interval for due in dues if due.interval is not None]
    if not intervals:
        return set()
    values = {
        "pipeline": pipeline.name,
        "starts": [interval.start for interval in intervals],
        "ends": [interval.end for interval in intervals],
        "trusted_until": trusted_until(now),
    }
    return set(values_as(datetime, connection, name, values))


def _how_many(pipeline: Pipeline, waiting: list[Due], now: datetime) -> int:
    """How many of the youngest are made up for."""
    if pipeline.catch_up == "all":
        return min(len(waiting), max(pipeline.catch_up_limit, 1))
    if pipeline.catch_up == "latest":
        return 1
    return sum(1 for due in waiting if due.due_at >= now - FRESH)


def pass_over(connection: Connection, pipeline: Pipeline, dues: tuple[Due, ...], now: datetime) -> None:
    """Records what is not made up for, so that it is not due again."""
    if dues and pipeline.interval:
        values = {"keys": [due.key for due in dues], "due_ats": [due.due_at for due in dues]}
        run_count(
            connection, "orchestration/schedule/tick_pass_over", {"pipeline": pipeline.name, "now": now, **values}
        )


def claim(connection: Connection, pipeline: Pipeline, due: Due, now: datetime) -> None:
    values = {"pipeline": pipeline.name, "key": due.key, "due_at": due.due_at, "now": now}
    run_count(connection, "orchestration/schedule/tick_claim", values)


def close(connection: Connection, pipeline: Pipeline, due: Due, outcome: str, run_id: str | None) -> None:
    values = {"pipeline": pipeline.name, "key": due.key, "outcome": outcome, "run_id": run_id}
    run_count(connection, "orchestration/schedule/tick_close", values)
