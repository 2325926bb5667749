"""Commits as records, each with the issues that it is for."""

from collections.abc import Sequence

from miyabi_dw.connect.git.log import Logged, log
from miyabi_dw.connect.git.mainline import Brought, Mainline
from miyabi_dw.connect.git.messages import Told, told_by
from miyabi_dw.connect.git.repository import Repository
from miyabi_dw.connect.git.reverts import Reverts
from miyabi_dw.connect.git_command import GitFailed, answer
from miyabi_dw.connect.origin import Sink
from miyabi_dw.connect.privacy import without_addresses
from miyabi_dw.connect.records import Commit, CommitIssue

_TELL_EVERY = 500


class CommitReader:
    """Reads commits from the newest to the oldest in one pass of `git log`.

    A commit is for the issues that its trailers, closing keywords and subject name; one that names none is for what the
    merge that brought it is for. Bots' commits and merges are kept.
    """

    def __init__(self, repository: Repository, sink: Sink) -> None:
        self._repository = repository
        self._sink = sink

    def read(self, reached: Sequence[str], old: Sequence[str]) -> None:
        """All commits that `reached` reaches and `old` does not."""
        revisions = [*reached, *(f"^{sha}" for sha in old)]
        try:
            self._walk(revisions, with_lines=not self._repository.is_partial)
        except GitFailed as failure:
            if "unable to read" not in failure.words:
                raise
            self._walk(revisions, with_lines=False)
        for commit in self._reverts.found(reached):
            self._sink.add(commit)

    def _walk(self, revisions: Sequence[str], *, with_lines: bool) -> None:
        folder = self._repository.folder
        self._mainline = Mainline(self._repository.owner, self._repository.short_branch)
        self._reverts = Reverts(folder)
        total = int(answer(folder, "rev-list", "--count", "--stdin", lines=revisions))
        if total and not with_lines:
            self._sink.skip("contents are missing in this clone, so that no lines are counted", str(folder))
        for done, logged in enumerate(log(folder, revisions, with_lines=with_lines), 1):
            self._add(logged)
            if done % _TELL_EVERY == 0 or done == total:
                self._sink.progress(done, total, "commits")

    def _add(self, logged: Logged) -> None:
        told = told_by(logged.message, logged.author, self._repository.name)
        brought = self._mainline.visit(logged.sha, logged.parents, told.merge, tuple(key for key, _ in told.links))
        self._complain(logged)
        self._sink.add(self._reverts.noted(self._commit(logged, told, brought), told.reverts))
        for key, link in told.links or ((key, "merged branch") for key in brought.keys):
            self._sink.add(CommitIssue(self._repository.name, logged.sha, key, link))

    def _complain(self, logged: Logged) -> None:
        if logged.sha in self._repository.cut:
            self._sink.skip("the clone is shallow: what came before is missing", f"before {logged.sha[:12]}")
        if logged.committed_at is None:
            self._sink.skip("a commit's date that no calendar has", logged.sha[:12])

    def _commit(self, logged: Logged, told: Told, brought: Brought) -> Commit:
        # The whole tree counts as new where a clone was cut, and what was merged there cannot be seen.
        is_cut = logged.sha in self._repository.cut
        added, deleted = logged.lines if logged.lines and not is_cut else (None, None)
        return Commit(
            self._repository.name,
            logged.sha,
            author=without_addresses(logged.author).strip() or None,
            committed_at=logged.committed_at,
            is_merge=None if is_cut else len(logged.parents) > 1,
            lines_added=added,
            lines_deleted=deleted,
            pr_number=told.number or brought.number,
            branch=brought.branch,
            trailers=told.trailers,
        )
