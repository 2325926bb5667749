"""A read that writes nothing: what a sync would bring, and what of it nothing could link."""

import logging
from collections import defaultdict

from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.landing import Progress, Seen, cursor_of
from miyabi_dw.connect.listing import has_landed
from miyabi_dw.connect.origin import Cursor, Origin
from miyabi_dw.connect.records import Answer, Commit, CommitIssue, Deployment, DeploymentCommit, Record
from miyabi_dw.db.connection import Database

logger = logging.getLogger(__name__)

Key = tuple[object, ...]


class Preview:
    """A sink that counts; see origin.Sink. Its memory is that of the rows between two checkpoints."""

    def __init__(self, tell: Progress = lambda *_: None) -> None:
        self.records: dict[str, Seen] = defaultdict(Seen)
        self.unlinked: dict[str, Seen] = defaultdict(Seen)
        self.quarantined: dict[str, Seen] = defaultdict(Seen)
        self.skipped: dict[str, Seen] = defaultdict(Seen)
        self._tell = tell
        self._open: dict[type[Record], set[Key]] = defaultdict(set)

    def add(self, record: Record) -> None:
        self.records[record.table].add(_name(record))
        if isinstance(record, Answer):
            self._answer(record)
        elif isinstance(record, Commit | CommitIssue):
            self._open[type(record)].add((record.repository, record.sha))
        elif isinstance(record, Deployment | DeploymentCommit):
            self._open[type(record)].add((record.repository, record.environment, record.release_id))

    def list_all(self, record_type: type[Record], repository: str) -> None:
        """A full listing removes nothing here."""

    def quarantine(self, what: str, where: str, reason: str) -> None:
        self.quarantined[reason].add(f"{what} ({where})")

    def skip(self, reason: str, where: str) -> None:
        self.skipped[reason].add(where)

    def checkpoint(self, cursor: Cursor) -> None:  # noqa: ARG002 - where the reading came to is nobody's here
        for kind, by, reason in (
            (Commit, CommitIssue, "commits that name no issue themselves"),
            (Deployment, DeploymentCommit, "deployments whose commits are taken by their time"),
        ):
            for key in self._open[kind] - self._open[by]:
                self.unlinked[reason].add(" ".join(map(str, key)))
        self._open.clear()

    def progress(self, done: int, total: int, unit: str) -> None:
        self._tell(done, total, unit)

    def _answer(self, answer: Answer) -> None:
        if answer.repository is None:
            self.unlinked["answers in no repository that is known"].add(answer.folder or f"session {answer.session_id}")
        if answer.issue_key is None and answer.branch_key is None:
            where = f"branch {answer.branch}" if answer.branch else f"session {answer.session_id}"
            self.unlinked["answers that only commits made meanwhile can link to an issue"].add(where)


def preview(settings: Settings, name: str, *, everything: bool = False, tell: Progress = lambda *_: None) -> Preview:
    """Reads what the next sync of the connection would read, or with `everything` what a first one would."""
    origin = load_connections(settings).find(name)
    sink = Preview(tell)
    origin.read({} if everything else _cursor(settings, origin), sink)
    logger.debug("preview of %s: %s", name, {table: seen.rows for table, seen in sink.records.items()})
    return sink


def _cursor(settings: Settings, origin: Origin) -> Cursor:
    with Database(settings).connect("source_owner", application_name="miyabi-dw:connect") as connection:
        return cursor_of(connection, origin) if has_landed(connection) else {}


def _name(record: Record) -> str:
    return " ".join(str(getattr(record, key)) for key in record.keys)
