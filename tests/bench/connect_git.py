"""What reading a repository's history costs beside `git log --numstat` and `git log -p` themselves, a second read without news,
and memory.

The repository is made: merges of feature branches, a release every hundred commits, files of a few hundred lines of which
a few change. Run it alone: `PYTHONPATH=tests python tests/bench/connect_git.py [--quick]`; --quick makes a tenth.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from connect.histories import History, git
from connect.sinks import Collected
from miyabi_dw.connect.git import Git
from miyabi_dw.connect.git.churn import Churn
from miyabi_dw.connect.git.patches import patches
from miyabi_dw.connect.git.written import written_files
from miyabi_dw.connect.records import Record

COMMITS = 20_000
FILES, LINES = 400, 200
ROUNDS = 3
TIMES_GIT_BAR = 3.0
# What following the lines of the main line costs, in times of `git log -p`.
TIMES_PATCH_BAR = 5.0
# A second read without news, as a share of the first: a few short processes of git.
IDLE_BAR = 0.02


class Counting(Collected):
    """Keeps numbers only."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        self.numbers[record.table] += 1


def make(folder: Path, commits: int) -> Path:
    chance = random.Random(1)
    contents = {f"src/part{number % 20}/file{number}.py": ["line"] * LINES for number in range(FILES)}
    history = History(folder)
    history.commit("Begin", files={path: "\n".join(lines) for path, lines in contents.items()})
    while history.count < commits:
        branch, number = f"work-{history.count}", history.count
        history.start(branch, history.tips["main"])
        for _ in range(4):
            history.commit(
                f"Change of {number}\n\nCo-authored-by: Bo <bo@example.com>",
                branch=branch,
                files=change(contents, chance),
            )
        merged = history.merge(branch, f"Merge pull request #{number} from anna/{branch}\n\nFixes #{number}")
        if merged % 100 < 5:
            history.tag(f"v1.{merged}.0", merged)
    folder = history.write()
    git(folder, "gc", "-q")
    return folder


def change(contents: dict[str, list[str]], chance: random.Random) -> dict[str, str]:
    changed = chance.sample(sorted(contents), 4)
    for path in changed:
        for _ in range(5):
            contents[path][chance.randrange(LINES)] = f"value = {chance.random()}"
    return {path: "\n".join(contents[path]) for path in changed}


def seconds_of_git(folder: Path, what: str = "--numstat") -> float:
    started = time.perf_counter()
    subprocess.run(["git", "log", what], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def seconds_of_reading(folder: Path, sink: Counting) -> float:
    started = time.perf_counter()
    Git(name="bench", path=folder).read(sink.cursor, sink)
    return time.perf_counter() - started


def seconds_of_lines(folder: Path) -> float:
    started = time.perf_counter()
    for _ in Churn(written_files(folder, "HEAD")).follow(patches(folder, ["HEAD"])):
        pass
    return time.perf_counter() - started


def main() -> int:
    commits = COMMITS // 10 if "--quick" in sys.argv else COMMITS
    with tempfile.TemporaryDirectory() as place:
        small, folder = Path(place) / "small", Path(place) / "large"
        for made, size in ((small, commits // 10), (folder, commits)):
            # In a process of its own, whose memory is not the reader's.
            subprocess.run([sys.executable, __file__, "--make", str(made), str(size)], check=True)
        seconds_of_reading(small, Counting())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        by_git, read, sink = [], [], Counting()
        for _ in range(ROUNDS):
            by_git.append(seconds_of_git(folder))
            sink = Counting()
            read.append(seconds_of_reading(folder, sink))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        idle = statistics.median(seconds_of_reading(folder, sink) for _ in range(ROUNDS))
        lines = statistics.median(seconds_of_lines(folder) for _ in range(ROUNDS))
        by_patch = statistics.median(seconds_of_git(folder, "--patch") for _ in range(ROUNDS))
    times = (statistics.median(read) - lines) / statistics.median(by_git)
    told = {
        "commits": sink.numbers["commit"], "records": sum(sink.numbers.values()),
        "git log --numstat": round(statistics.median(by_git), 2), "read": round(statistics.median(read), 2),
        "times": round(times, 2), "git log -p": round(by_patch, 2), "of it the lines": round(lines, 2), "again": round(idle, 3), "memory of ten times the commits, KiB": grown,
    }  # fmt: skip
    print(json.dumps(told, indent=2))
    return int(times > TIMES_GIT_BAR or lines > TIMES_PATCH_BAR * by_patch or idle > IDLE_BAR * statistics.median(read))


if __name__ == "__main__":
    if "--make" in sys.argv:
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
