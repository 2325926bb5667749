"""What became of the code lines of the main line, read again as far back as a new commit can have changed it."""

from collections.abc import Sequence

from miyabi_dw.connect.git.churn import SECONDS, Churn
from miyabi_dw.connect.git.patches import patches
from miyabi_dw.connect.git.repository import Repository
from miyabi_dw.connect.git.written import written_files
from miyabi_dw.connect.git_command import GitFailed, answer
from miyabi_dw.connect.origin import Sink
from miyabi_dw.connect.records import CommitLines

_TELL_EVERY = 500


def read_code_lines(repository: Repository, old: Sequence[str], sink: Sink) -> None:
    """All commits of the main line, or with `old`, which was read before, those of the 14 days before the new ones.

    Nothing where contents are missing: a shallow or a partial clone would have to fetch them.
    """
    if repository.head is None or repository.cut or repository.is_partial:
        return
    line = _main_line(repository, repository.head)
    begin = _begin(line, old)
    revisions = [repository.head, *([f"^{line[begin][0]}"] if begin < len(line) else [])]
    if not begin:
        return
    try:
        _follow(repository, repository.head, revisions, begin, sink)
    except GitFailed as failure:
        if "unable to read" not in failure.words:
            raise
        sink.skip("contents are lost in this clone, so that code lines are not followed to the end", repository.name)
        return
    if begin == len(line):
        sink.list_all(CommitLines, repository.name)


def _follow(repository: Repository, head: str, revisions: Sequence[str], begin: int, sink: Sink) -> None:
    churn = Churn(written_files(repository.folder, head))
    for done, lines in enumerate(churn.follow(patches(repository.folder, revisions)), 1):
        sink.add(CommitLines(repository.name, lines.sha, lines.added, lines.churned))
        if done % _TELL_EVERY == 0:
            sink.progress(done, begin, "commits of the main line")


def _main_line(repository: Repository, head: str) -> list[tuple[str, int]]:
    """Each commit along the first parents and the second of its time, the latest first."""
    told = answer(repository.folder, "rev-list", "--first-parent", "--timestamp", head)
    return [(sha, int(seconds)) for seconds, sha in (line.split() for line in told.splitlines())]


def _begin(line: Sequence[tuple[str, int]], old: Sequence[str]) -> int:
    """How many of the line's commits are read, from the latest on: all where none of them was read before."""
    known = set(old)
    new = next((place for place, (sha, _) in enumerate(line) if sha in known), None)
    if not new:
        return len(line) if new is None else 0
    since = min(seconds for _, seconds in line[:new]) - SECONDS
    # Clocks are not in order: one commit of before is no border, all that follow must be.
    return max((place for place, (_, seconds) in enumerate(line, 1) if seconds >= since), default=new)
