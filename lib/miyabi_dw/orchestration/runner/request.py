"""What a run is asked to do, checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day, check_order, hour, parse_day, parse_moment
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.db.statements import value_or_none_as
from miyabi_dw.registry import Trigger
from miyabi_dw.registry.declarations import Pipeline
from miyabi_dw.registry.intervals import intervals_ending

INTERVAL_OPTIONS = "choose the interval with --date, --from and --to, or --hour"
# What every run has of its own and nobody can give it, with what to do instead.
RUN_PARAMETERS = {
    "pipeline": "name the pipeline after the command",
    "interval_start": INTERVAL_OPTIONS,
    "interval_end": INTERVAL_OPTIONS,
    "run_id": "leave it out, each run gets its own",
    "as_of": "set the clock with miyabi-dw --as-of",
}


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Stages from `first` up to `last`, counted from 0; `beside_others` lets runs of a backfill go side by side.

    BadRequest when `extra` would make it a run of another interval, moment or pipeline.
    """

    pipeline: Pipeline
    interval: Interval | None
    as_of: datetime
    trigger: Trigger = "manual"
    parent_run_id: str | None = None
    first: int = 0
    last: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    beside_others: bool = False
    requested_by: str | None = None

    def __post_init__(self) -> None:
        for name in self.extra:
            if name in RUN_PARAMETERS:
                raise BadRequest(f"the parameter {name!r} is the run's own", remedy=RUN_PARAMETERS[name])

    def parameters(self, run_id: str) -> dict[str, str]:
        """All that a notebook of this run may be given; each gets what its parameters cell declares."""
        span = self.interval
        return {
            "pipeline": self.pipeline.name,
            "interval_start": span.start.isoformat() if span else "",
            "interval_end": span.end.isoformat() if span else "",
            "run_id": run_id,
            "as_of": self.as_of.isoformat(),
            **self.extra,
        }


def latest_interval(pipeline: Pipeline, as_of: datetime, settings: Settings) -> Interval | None:
    """The last day or hour that was over at `as_of`; None for a job without intervals."""
    if pipeline.interval is None:
        return None
    return list(intervals_ending(pipeline.interval, as_of - timedelta(days=3), as_of, settings.business_zone))[-1]


def requested_interval(
    pipeline: Pipeline,
    as_of: datetime,
    settings: Settings,
    *,
    day: str | None = None,
    first: str | None = None,
    last: str | None = None,
    at_hour: str | None = None,
) -> Interval | None:
    """The interval that the words on a command line mean; without any, the latest that is over."""
    if not any((day, first, last, at_hour)):
        return latest_interval(pipeline, as_of, settings)
    if pipeline.interval is None:
        raise BadRequest(f"{pipeline.name} has no interval", remedy="leave the date out")
    if (bool(day) + bool(first or last) + bool(at_hour)) > 1:
        raise BadRequest("more than one interval was given", remedy="give --date, or --from and --to, or --hour")
    span = _hour(at_hour, settings) if at_hour else _days(day or first, day or last, as_of, settings)
    check_begun(span, as_of, settings)
    return span


def _days(first: str | None, last: str | None, as_of: datetime, settings: Settings) -> Interval:
    today = as_of.astimezone(settings.business_zone).date()
    begin = parse_day(_present(first or last), today)
    end = parse_day(_present(last or first), today)
    return day_range(begin, end, settings)


def day_range(first: date, last: date, settings: Settings) -> Interval:
    """Both days and all between, as one interval."""
    check_order(first, last)
    zone = settings.business_zone
    return Interval(business_day(first, zone).start, business_day(last, zone).end)


def _present(text: str | None) -> str:
    if not text:
        raise BadRequest("the day is empty", remedy="write it as yyyy-mm-dd")
    return text


def _hour(text: str, settings: Settings) -> Interval:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is no hour", remedy="write it like 2025-01-31T02, or with its offset") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=settings.business_zone)
    return hour(parse_moment(moment.isoformat()))


def check_begun(span: Interval, as_of: datetime, settings: Settings) -> None:
    if span.start >= as_of:
        now = as_of.astimezone(settings.business_zone)
        begins = span.start.astimezone(settings.business_zone)
        raise BadRequest(
            f"the interval from {begins:%Y-%m-%d %H:%M} lies in the future",
            f"now is {now:%Y-%m-%d %H:%M %Z}",
            "choose one that has begun",
        )


def data_begins(database: Database, settings: Settings) -> datetime | None:
    """The first event of the source; None when there is none, or when the source cannot say."""
    try:
        with database.connect("source") as connection:
            begins = value_or_none_as(datetime, connection, "orchestration/runner/source_begins")
    except (MiyabiError, DatabaseError):
        return None
    return begins and begins.replace(tzinfo=settings.source_zone)


def check_has_data(span: Interval, begins: datetime | None, settings: Settings) -> None:
    """Refuses an interval that ends before the source's first row."""
    if begins is not None and span.end <= begins.astimezone(UTC):
        first = begins.astimezone(settings.business_zone)
        raise BadRequest(
            f"the interval ends before the data begins, on {first:%Y-%m-%d}",
            span.told(settings.business_zone),
            "choose a later one",
        )
