"""Where pages are in the reports folder; a run's are in reports/<pipeline>/<yyyy>/<mm>/<dd>/<run_id>/."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path, PurePosixPath

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, local_day

# Where the pages of the tables are, as seen from the reports folder.
TABLES = PurePosixPath("tables")
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")


def run_folder(settings: Settings, pipeline: str, moment: Interval | datetime, run_id: str) -> Path:
    """The run's folder; its day is the business day that the interval begins on, or that of `moment` without one."""
    return settings.reports_dir / relative_folder(settings, pipeline, moment, run_id)


def relative_folder(settings: Settings, pipeline: str, moment: Interval | datetime, run_id: str) -> PurePosixPath:
    """`run_folder` as seen from the reports folder, the way the ledger writes it down."""
    began = moment.start if isinstance(moment, Interval) else moment
    day = local_day(began, settings.business_zone)
    return month_folder(pipeline, day) / f"{day:%d}" / _safe(run_id)


def month_folder(pipeline: str, day: date) -> PurePosixPath:
    """Where the page of a pipeline's month is, as seen from the reports folder."""
    return PurePosixPath(_safe(pipeline), f"{day:%Y}", f"{day:%m}")


def midnight(settings: Settings, day: date) -> datetime:
    """The moment at which that business day begins."""
    return datetime.combine(day, time(), tzinfo=settings.business_zone).astimezone(UTC)


def _safe(name: str) -> str:
    """Names become folders, so nothing that could lead out of the reports folder passes."""
    if not SAFE_NAME.fullmatch(name):
        raise BadRequest(f"{name!r} cannot name a folder", remedy="use letters, digits, '_', '-' and '.' only")
    return name
