"""The monitor's screen: the verdict, then what is wrong with what to type, then the rest; wrapped, never cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from miyabi_dw.cli.layout import hanging
from miyabi_dw.common.text import counted
from miyabi_dw.monitor.findings import SEVERITY, Finding, Level, headline, worst_level
from miyabi_dw.reports.formats import Clock

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

STYLES = {"ok": "green", "warning": "yellow", "critical": "bold red"}
MARKS = {"ok": "ok", "warning": "WARN", "critical": "CRIT"}
WIDEST_MARK = 4
TO_TYPE = f"{'':<{WIDEST_MARK}}  → "


@dataclass(frozen=True)
class Line:
    """A line of the screen; the first `marked` characters have the colour of the level."""

    text: str
    level: Level = "ok"
    marked: int = 0

    def styled(self) -> "Text":
        from rich.text import Text

        text = Text(self.text, no_wrap=True, overflow="ignore")
        text.stylize(STYLES[self.level], 0, self.marked)
        return text


@dataclass(frozen=True)
class Screen:
    """What was found at `as_of`; for `rich` as much of it as its options have room for."""

    findings: Sequence[Finding]
    as_of: datetime
    clock: Clock

    def __rich_console__(self, _: "Console", options: "ConsoleOptions") -> "RenderResult":
        for line in self.fitted(options.max_width, options.height or options.size.height):
            yield line.styled()

    def lines(self, width: int) -> list[Line]:
        """All of it."""
        rest = [line for finding in self._well for line in _block(finding, width)]
        blank = [Line("")]
        wrong = [line for finding in self._wrong for line in _block(finding, width)]
        return self._head(width) + (blank + wrong if wrong else []) + (blank + rest if rest else [])

    def fitted(self, width: int, height: int) -> list[Line]:
        """At most `height` lines: the verdict, the worst in full, how much more there is."""
        whole = self.lines(width)
        if len(whole) <= height:
            return whole
        shown = [*self._head(width), Line("")]
        left = self._wrong
        room = height - len(self._more(len(left), width))
        while left and len(shown) + len(block := _block(left[0], width)) <= room:
            shown += block
            left.pop(0)
        return (shown + self._more(len(left), width))[:height]

    def _head(self, width: int) -> list[Line]:
        level = worst_level(self.findings)
        verdict = Line(f"{level.upper()} at {self.clock.minute(self.as_of)}", level, len(level))
        return [verdict, *(Line(text) for text in hanging("", headline(self.findings), width))]

    @property
    def _wrong(self) -> list[Finding]:
        return sorted((each for each in self.findings if each.level != "ok"), key=lambda each: -SEVERITY[each.level])

    @property
    def _well(self) -> list[Finding]:
        return [each for each in self.findings if each.level == "ok"]

    def _more(self, left: int, width: int) -> list[Line]:
        told = [f"{left} more that need attention"] * bool(left) + [f"{counted(len(self._well), 'metric')} ok"]
        return [Line(text) for text in hanging("", f"{', '.join(told)}: miyabi-dw monitor", width)]


def _block(finding: Finding, width: int) -> list[Line]:
    """What was found, and what to type."""
    mark = MARKS[finding.level]
    told = hanging(f"{mark:<{WIDEST_MARK}}  ", finding.sentence, width)
    lines = [Line(text, finding.level, 0 if at else len(mark)) for at, text in enumerate(told)]
    return lines + [Line(text) for text in hanging(TO_TYPE, finding.remedy, width) if finding.remedy]
