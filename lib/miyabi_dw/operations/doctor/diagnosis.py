"""What the doctor says about one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.reports.formats import Clock

State = Literal["ok", "warning", "critical"]
STATES: tuple[State, ...] = ("ok", "warning", "critical")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`evidence` is what was seen, `cause` what it means, `remedy` what to do; `code` is that of an error."""

    name: str
    state: State
    cause: str
    evidence: str = ""
    remedy: str = ""
    code: str = ""

    @classmethod
    def of(cls, name: str, error: MiyabiError) -> "Diagnosis":
        """A critical diagnosis in the error's own words."""
        return cls(name, "critical", error.what, error.where, error.remedy, error.code)


@dataclass(frozen=True, slots=True)
class Installation:
    """What every check needs; connections are null where there is none to be had."""

    database: Database
    settings: Settings
    as_of: datetime
    warehouse: Connection | None
    source: Connection | None

    @property
    def clock(self) -> Clock:
        """Writes moments and intervals on the clocks of the business."""
        return Clock(self.settings.business_zone)


def worst(found: Iterable[Diagnosis]) -> State:
    return max((diagnosis.state for diagnosis in found), key=STATES.index, default="ok")
