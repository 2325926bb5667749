"""What reading transcripts costs: against a bare `json.loads` of every line, by size, and a second time without news.

Run it alone: `PYTHONPATH=tests python tests/bench/connect_transcripts.py`. The speed is that of the sample, which has no
texts; memory and the time of a gigabyte are those of made transcripts, whose lines are as long as real ones.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connect.sampled import claude_code_sample
from connect.transcripts import ClaudeTranscript
from miyabi_dw.connect.agents.claude_code import ClaudeCode
from miyabi_dw.connect.origin import Cursor
from miyabi_dw.connect.records import Record

SPEED_BAR, AGAIN_BAR, MEMORY_BAR = 1.2, 0.1, 1.2
ROUNDS = 9
MIB = 2**20
SMALL, LARGE = 10 * MIB, 1024 * MIB
# Of a real transcript: what a tool answered is most of it.
RESULT = "x = compute(y)  # and so on\n" * 150


class Counting:
    """A sink that forgets what it is given."""

    def __init__(self) -> None:
        self.records = 0
        self.cursor: Cursor = {}

    def add(self, record: Record) -> None:
        self.records += 1

    def list_all(self, record_type: type[Record], repository: str) -> None: ...
    def quarantine(self, what: str, where: str, reason: str) -> None: ...
    def skip(self, reason: str, where: str) -> None: ...
    def progress(self, done: int, total: int, unit: str) -> None: ...

    def checkpoint(self, cursor: Cursor) -> None:
        self.cursor = cursor


def read(folder: Path, cursor: Cursor | None = None) -> Counting:
    sink = Counting()
    ClaudeCode(name="bench", path=str(folder)).read(cursor or {}, sink)
    return sink


def bare(folder: Path) -> None:
    for path in folder.rglob("*.jsonl"):
        with path.open("rb") as file:
            for line in file:
                json.loads(line)


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def result(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": value <= bar, "detail": detail}


def speed(folder: Path) -> list[dict[str, Any]]:
    """The best of some rounds in turn: other work on the machine only ever adds."""
    cursor = read(folder).cursor
    works = (lambda: bare(folder), lambda: read(folder), lambda: read(folder, cursor))
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    least, first, again = (min(times) for times in zip(*rounds, strict=True))
    return [
        result(
            "sample to records / json.loads of every line", first / least, SPEED_BAR, f"{first:.3f} s, {least:.3f} s"
        ),
        result("again without news / the first time", again / first, AGAIN_BAR, f"{again:.4f} s"),
    ]


def make(folder: Path, size: int) -> Path:
    """Sessions of 4 MB, one of them of a quarter of the whole."""
    number = made = 0
    while made < size:
        transcript = ClaudeTranscript(folder / "projects" / "-home-dev" / f"s-{number}.jsonl")
        limit = size // 4 if number == 0 else 4 * MIB
        once = transcript.path
        for turn in range(50):
            transcript.prompt(RESULT)
            for step in range(8):
                transcript.answer(f"{number}-{turn}-{step}", 1).answer(f"{number}-{turn}-{step}", 9).prompt(
                    [{"type": "tool_result", "content": RESULT}]
                )
        content = once.read_bytes()
        with once.open("ab") as file:
            for copy in range(limit // len(content)):
                file.write(content.replace(b"msg_", f"msg_{copy}_".encode()))
        made += once.stat().st_size
        number += 1
    return folder


def measured(folder: Path, answer: Any) -> None:
    started = time.perf_counter()
    records = read(folder).records
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.put((records, time.perf_counter() - started, peak))


def in_a_process(folder: Path) -> tuple[int, float, float]:
    """Records, seconds and the most memory in MB of a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=measured, args=(folder, answer))
    process.start()
    found: tuple[int, float, float] = answer.get()
    process.join()
    return found


def memory() -> list[dict[str, Any]]:
    figures = []
    for size in (SMALL, LARGE):
        with tempfile.TemporaryDirectory() as folder:
            figures.append(in_a_process(make(Path(folder), size)))
    (_, _, small), (records, duration, large) = figures
    detail = (
        f"{small:.0f} MB, {large:.0f} MB; {records:,} answers in {duration:.1f} s, {LARGE / MIB / duration:.0f} MB/s"
    )
    return [result("memory for 1 GB / for 10 MB", large / small, MEMORY_BAR, detail)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = speed(claude_code_sample(Path(folder)))
    for line in lines + memory():
        print(json.dumps(line))


if __name__ == "__main__":
    main()
