"""Where a notebook failed: the cell, the error, our own frames, and what lay beneath."""

import re
from dataclasses import dataclass

from miyabi_dw.common.files import Json
from miyabi_dw.common.text import one_line
from miyabi_dw.reports.outputs import joined, plain

FRAME = re.compile(
    r"^(?:File (?P<path>.+?):(?P<line>\d+)(?:, in (?P<function>.*))?|Cell In ?\[\d*\], line \d+.*)$", re.MULTILINE
)
ERROR_LINE = re.compile(r"^[\w.]*[A-Z]\w*[a-z]\w*(?:: .*|$)", re.MULTILINE)
PART = re.compile(r"\n(?:The above exception was the direct cause.*|During handling of the above exception.*)\n")
OURS = re.compile(r"(?:^|/)((?:lib/)?miyabi_dw/.*)$")
FRAMES_SHOWN = 4


@dataclass(frozen=True)
class Frame:
    place: str
    code: str


@dataclass(frozen=True)
class Failure:
    """An error as a person needs it. `cause` is the error beneath, '' where there is none."""

    kind: str
    sentence: str
    cause: str
    frames: tuple[Frame, ...]
    trace: str


def failure(output: Json) -> Failure:
    """Reads a notebook's error output."""
    trace = plain("\n".join(joined(line) for line in output.get("traceback", [])))
    parts = PART.split(trace)
    cause = _last_line(parts[0]) if len(parts) > 1 else ""
    return Failure(output.get("ename", "Error"), plain(output.get("evalue", "")), cause, _our_frames(parts[-1]), trace)


def _last_line(part: str) -> str:
    """The error's own line: the last that begins at the margin with a class's name, and what follows it."""
    starts = list(ERROR_LINE.finditer(part))
    return one_line(part[starts[-1].start() :]) if starts else ""


def _our_frames(part: str) -> tuple[Frame, ...]:
    found = list(FRAME.finditer(part))
    ends = [*(later.start() for later in found[1:]), len(part)][: len(found)]
    frames = [_frame(match, part[match.end() : end]) for match, end in zip(found, ends, strict=True)]
    return tuple(frame for frame in frames if frame)[-FRAMES_SHOWN:]


def _frame(match: re.Match[str], body: str) -> Frame | None:
    """None for other people's code, and for the cell, whose source the page shows anyway."""
    code = "\n".join(line for line in body.strip("\n").split("\n\n", 1)[0].splitlines())
    ours = OURS.search(match["path"] or "")
    if not ours:
        return None
    function = re.sub(r"\(.*", "", match["function"] or "")
    return Frame(f"{ours[1]}, line {match['line']}" + (f", in {function}" if function else ""), code)
