"""What an origin tells lands by key, with its cursor, and nothing that must not be kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miyabi_dw.connect.landing import Landing, begin_sync, cursor_of
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink
from miyabi_dw.connect.own_source import NotOurs, prepare_source
from miyabi_dw.connect.privacy import pseudonyms
from miyabi_dw.connect.records import Commit, Issue, Label
from miyabi_dw.db.connection import Connection, Database, query

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Told(Origin):
    """An origin that tells nothing by itself."""

    kind = "told"

    def discover(self) -> Discovery:
        return Discovery("nothing", {})

    def read(self, cursor: Cursor, sink: Sink) -> None:
        sink.checkpoint(cursor)


@pytest.fixture
def landed(database: Database) -> Iterator[Connection]:
    prepare_source(database)
    with database.connect("source_owner") as connection:
        yield connection


def landing(connection: Connection, **options: object) -> Landing:
    return Landing(connection, Told(name="told"), begin_sync(connection), **options)  # type: ignore[arg-type]


def rows(connection: Connection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in query(connection, sql)]


def test_the_same_twice_changes_nothing_and_the_last_of_a_key_counts(landed: Connection) -> None:
    for expected in ((2, 2, 0, 0), (2, 0, 0, 2)):
        sink = landing(landed)
        for title in ("first", "last"):
            sink.add(Issue("acme/cli", "#1", 1, title, created_at=NOON))
        sink.add(Issue("acme/cli", "#2", 2, None))
        sink.checkpoint({"seen": 2})
        counts = sink.counts["issue"]
        assert (counts.read, counts.inserted, counts.updated, counts.unchanged) == (3, *expected[1:])
    assert rows(landed, "SELECT key, title FROM connect.issue ORDER BY key") == [("#1", "last"), ("#2", None)]
    assert cursor_of(landed, Told(name="told")) == {"seen": 2}


def test_what_a_full_listing_lacks_is_gone_and_comes_back(landed: Connection) -> None:
    sink = landing(landed)
    for repository in ("acme/cli", "acme/web"):
        sink.add(Label(repository, "#1", "bug", NOON))
    sink.checkpoint({})
    sink.list_all(Label, "acme/cli")
    sink.checkpoint({})
    assert sink.counts["label"].deleted == 1
    gone = "SELECT repository, gone_at IS NOT NULL FROM connect.label ORDER BY repository"
    assert rows(landed, gone) == [("acme/cli", True), ("acme/web", False)]
    sink.add(Label("acme/cli", "#1", "bug", NOON))
    sink.checkpoint({})
    assert rows(landed, gone) == [("acme/cli", False), ("acme/web", False)]


def test_what_came_after_the_last_checkpoint_is_forgotten(landed: Connection) -> None:
    sink = landing(landed)
    sink.add(Issue("acme/cli", "#1"))
    sink.checkpoint({"page": 1})
    sink.add(Issue("acme/cli", "#2"))
    landed.rollback()
    assert rows(landed, "SELECT key FROM connect.issue") == [("#1",)]
    assert cursor_of(landed, Told(name="told")) == {"page": 1}


def test_no_address_no_name_and_no_character_that_a_database_cannot_hold_is_kept(
    landed: Connection, tmp_path: Path
) -> None:
    sink = landing(landed, conceal=pseudonyms(tmp_path))
    trailers = (
        "Co-authored-by: Claude <noreply@anthropic.com>",
        "Co-authored-by: Ada <ada@example.com>",
        'X: "a", {b}\\',
    )
    sink.add(Commit("acme/cli", "a1", "Ada Byron", NOON, trailers=trailers))
    sink.add(Issue("acme/cli", "#1", title="mail bob@example.com\x00 \ud800 now", author="ada byron"))
    sink.quarantine("issue #7", "mail of eve@example.com", "no number")
    sink.checkpoint({})
    [(commit_author, kept)] = rows(landed, "SELECT author, trailers FROM connect.commit")
    [(title, issue_author)] = rows(landed, "SELECT title, author FROM connect.issue")
    assert commit_author == issue_author and str(commit_author).startswith("person-")
    assert (
        kept[0] == "Co-authored-by: Claude" and kept[1].startswith("Co-authored-by: person-") and kept[2] == trailers[2]
    )  # type: ignore[index]
    assert title == "mail ? now" and not any(
        "@" in str(row) for row in rows(landed, "SELECT * FROM connect.quarantine")
    )


def test_a_source_with_tables_of_others_is_refused(database: Database) -> None:
    with database.connect("source_owner") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE issues (id int)")
    with pytest.raises(NotOurs, match="no connection made: issues"):
        prepare_source(database)


def test_the_demonstration_is_never_mixed_with_own_data(database: Database) -> None:
    with database.connect("source_owner") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE issues (id int); COMMENT ON TABLE issues IS 'Demonstration data of Miyabi DW'")
    with pytest.raises(NotOurs, match="demo remove"):
        prepare_source(database)
