"""What the morning report found, handed to the top page: who writes it needs to know nothing of pages."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from miyabi_dw.common.display import Tone
from miyabi_dw.common.files import Json, write_atomically
from miyabi_dw.common.settings import Settings

FILE = "morning.json"


@dataclass(frozen=True)
class Line:
    """One thing to know; `href` leads to more, as seen from the reports folder."""

    tone: Tone
    text: str
    href: str = ""


@dataclass(frozen=True)
class Morning:
    """`run_id` is the run of the morning report; the top page links to it and shows its sign-off."""

    run_id: str
    tone: Tone
    sentence: str
    at: datetime
    lines: tuple[Line, ...] = ()


def write_morning(settings: Settings, morning: Morning) -> None:
    """Leaves the findings for the top page, which shows them when it is next written."""
    told = asdict(morning) | {"at": morning.at.isoformat()}
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    write_atomically(settings.reports_dir / FILE, json.dumps(told, ensure_ascii=False, indent=1).encode())


def read_morning(settings: Settings) -> Morning | None:
    """The last one left; None when there is none that can be read."""
    try:
        told = json.loads((settings.reports_dir / FILE).read_text(encoding="utf-8"))
        return _morning(told)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _morning(told: Json) -> Morning:
    lines = tuple(Line(line["tone"], line["text"], _inside(line.get("href", ""))) for line in told.get("lines", ()))
    return Morning(told["run_id"], told["tone"], told["sentence"], datetime.fromisoformat(told["at"]), lines)


def _inside(href: str) -> str:
    """Links of the top page stay within the reports."""
    return "" if ":" in href or href.startswith(("/", "\\")) else href
