"""What an examination finds: a metric with its level, a sentence and what to do; the two that need no warehouse."""

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.files import existing_parent
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database

Level = Literal["ok", "warning", "critical"]
LEVEL_OF_BAND: Mapping[str, Level] = {"normal": "ok", "warning": "warning", "alert": "critical"}
SEVERITY: Mapping[Level, int] = {"ok": 0, "warning": 1, "critical": 2}
SENTENCES: Mapping[Level, str] = {
    "ok": "All is well.",
    "warning": "Something needs attention today.",
    "critical": "Something is broken and needs you now.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the morning report; `value` is null when the metric is no number or could not be measured."""

    name: str
    level: Level
    sentence: str
    value: Decimal | None = None
    unit: str = ""
    remedy: str = ""
    # Of the error that it was, if any.
    code: str = ""
    place: str = ""

    @classmethod
    def of(cls, name: str, told: str, error: MiyabiError) -> "Finding":
        """A critical finding: `told` and the error in its own words."""
        sentence = f"{told}: {error.finding}."
        return cls(name, "critical", sentence, remedy=error.remedy, code=error.code, place=error.where)


def worst_level(findings: Iterable[Finding]) -> Level:
    """The worst level among them."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__, default="ok")


def headline(findings: Collection[Finding]) -> str:
    """The worst level in words, and how many findings are behind it."""
    level = worst_level(findings)
    found = Counter(finding.level for finding in findings)
    told = [f"{found['critical']} critical"] * bool(found["critical"])
    told += [counted(found["warning"], "warning")] * bool(found["warning"])
    return f"{SENTENCES[level]} {', '.join(told)}." if told else SENTENCES[level]


def source_reachable(database: Database) -> Finding:
    try:
        with database.connect("source", application_name="miyabi-dw:health", statement_timeout=10) as connection:
            statements.run(connection, "monitor/ping")
    except MiyabiError as error:
        return Finding.of("source", "The source cannot be read", error)
    return Finding("source", "ok", "The source answers.")


def disk(settings: Settings) -> Iterable[Finding]:
    """Use of the disk that holds the state, as df counts it: what is kept for root counts as used."""
    usage = shutil.disk_usage(existing_parent(settings.home))
    used = Decimal(round(1000 * usage.used / (usage.used + usage.free))) / 10
    level = LEVEL_OF_BAND[settings.bands["disk_used"].judge(used)]
    free = f"{usage.free / 1e9:,.1f} GB are free"
    remedy = "" if level == "ok" else "miyabi-dw runs prune, miyabi-dw cold run, or give it more room"
    yield Finding("disk_used", level, f"The disk is {used} % full, {free}.", used, "%", remedy)
