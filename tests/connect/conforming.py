"""Records put into the landing tables and made into the source's, and what the source then says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.conform import Account, conform
from miyabi_dw.connect.landing import Landing, begin_sync
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink
from miyabi_dw.connect.records import Answer, Commit, CommitIssue, Deployment, DeploymentCommit, Record
from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.db.statements import run_count

CLI = "acme/cli"


class Told(Origin):
    """An origin whose records the test writes."""

    kind = "told"

    def discover(self) -> Discovery:
        return Discovery("nothing", {})

    def read(self, cursor: Cursor, sink: Sink) -> None:
        sink.checkpoint(cursor)


def at(text: str) -> datetime:
    """`05 12:30`: that day of January 2026, UTC."""
    day, time = text.split(" ")
    return datetime.fromisoformat(f"2026-01-{day}T{time}+00:00").astimezone(UTC)


def sha(number: int) -> str:
    return f"{number:040x}"


@dataclass
class Source:
    """A source of our own under test."""

    connection: Connection
    settings: Settings
    accounts: dict[str, Account] = field(default_factory=dict)

    def land(self, *records: Record, name: str = "git", listed: tuple[type[Record], ...] = ()) -> dict[str, Account]:
        """Lands the records in a sync of their own and conforms it; of types `listed` they are all there is of CLI."""
        number = begin_sync(self.connection)
        sink = Landing(self.connection, Told(name=name), number)
        for kind in listed:
            sink.list_all(kind, CLI)
        for record in records:
            sink.add(record)
        sink.checkpoint({})
        return self.conform(number)

    def conform(self, number: int) -> dict[str, Account]:
        accounts = conform(self.connection, self.settings, number)
        run_count(self.connection, "connect/landing/end_sync", {"number": number})
        self.connection.commit()
        self.accounts = {account.table: account for account in accounts}
        return self.accounts

    def again(self) -> int:
        """Conforms all that ever landed once more; how many rows that changed."""
        execute(self.connection, "UPDATE connect.sync SET conformed_at = NULL")
        self.conform(begin_sync(self.connection))
        return sum(each.inserted + each.updated + each.deleted for each in self.accounts.values())

    def rows(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in query(self.connection, text, values or None)]

    def row(self, text: str, *values: Any) -> tuple[Any, ...]:
        [only] = self.rows(text, *values)
        return only

    def execute(self, text: str, *values: Any) -> None:
        execute(self.connection, text, values or None)
        self.connection.commit()


def commit(number: int, when: str, *keys: str, link: str = "subject", **more: Any) -> Iterator[Record]:
    """A commit of CLI, and the issues that it names."""
    repository = more.pop("repository", CLI)
    yield Commit(repository, sha(number), author="ada", committed_at=at(when), is_merge=False, **more)
    for key in keys:
        yield CommitIssue(repository, sha(number), key, link)


def release(name: str, when: str, *carried: int, status: str = "success", **more: Any) -> Iterator[Record]:
    """A deployment of CLI to production, and the commits that it carries."""
    values = {"created_at": at(when), "deployed_at": at(when)} | more
    yield Deployment(CLI, "production", name, status, **values)
    for number in carried:
        yield DeploymentCommit(CLI, "production", name, sha(number))


def answer(number: int, when: str, **more: Any) -> Answer:
    """An answer of the execution `s1/1`, prompted at `when`."""
    values: dict[str, Any] = {
        "execution_id": "s1/1", "session_id": "s1", "session_at": at("01 00:00"), "prompt_at": at(when),
        "answered_at": at(when), "agent_id": "claude-code", "model": "claude-opus-4-5", "provider": "anthropic",
        "tokens_input": 100, "tokens_output": 10, "repository": CLI,
    }  # fmt: skip
    return Answer(f"a{number}", **(values | more))
