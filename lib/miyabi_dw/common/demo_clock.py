"""The moment that a home with the demonstration takes for now: a file in it, so that every process knows the same."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from miyabi_dw.common.errors import SettingsError
from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.text import written_minute

FILE = "demo-clock.json"
REAL, SYNTHETIC = "real", "synthetic"


@dataclass(frozen=True, slots=True)
class DemoClock:
    """`moment` is aware of its zone; a `synthetic` demonstration shows made-up rows, a real one real history."""

    moment: datetime
    scenario: str = REAL

    @property
    def is_synthetic(self) -> bool:
        return self.scenario == SYNTHETIC

    def told(self, zone: ZoneInfo) -> str:
        """As every page and command says it: demonstration: it is 11 Feb 2026, 09:00 JST."""
        at = self.moment.astimezone(zone)
        kind = "synthetic demonstration, all data made up" if self.is_synthetic else "demonstration"
        return f"{kind}: it is {written_minute(at)}"


def read_clock(home: Path) -> DemoClock | None:
    """None where there is none; SettingsError for a file that cannot be read."""
    path = home / FILE
    try:
        told = json.loads(path.read_bytes())
        moment = datetime.fromisoformat(told["now"])
        if moment.tzinfo is None:
            raise ValueError(f"{told['now']} has no offset")
        return DemoClock(moment, told["scenario"])
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "remove the file, then miyabi-dw demo"
        raise SettingsError(f"the demonstration's clock cannot be read: {error}", str(path), remedy) from error


def write_clock(home: Path, clock: DemoClock) -> None:
    """Sets the home's clock, whole or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    told = {"now": clock.moment.isoformat(), "scenario": clock.scenario}
    write_atomically(home / FILE, json.dumps(told).encode() + b"\n")


def remove_clock(home: Path) -> None:
    """Time is that of the host again."""
    (home / FILE).unlink(missing_ok=True)
