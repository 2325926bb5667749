"""What GitHub tells, landed in a source of our own: the same twice changes nothing, and nothing private is in it."""

from collections.abc import Iterator

import pytest

from connect.github_server import Fault, GitHubServer, Repository, add_pull, serving, small
from miyabi_dw.common.errors import OriginFailed
from miyabi_dw.connect.github import GitHub
from miyabi_dw.connect.landing import Landing, begin_sync, cursor_of
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.connect.records import RECORDS
from miyabi_dw.db.connection import Connection, Database, query


@pytest.fixture
def landed(database: Database) -> Iterator[Connection]:
    prepare_source(database)
    with database.connect("source_owner") as connection:
        yield connection


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    known = Repository()
    small(known)
    with serving(known) as answering:
        yield answering


def sync(connection: Connection, github: GitHubServer) -> dict[str, tuple[int, int]]:
    """What was inserted and updated, by table."""
    origin = GitHub(name="cli", repository="acme/cli", api_url=github.url)
    landing = Landing(connection, origin, begin_sync(connection))
    try:
        origin.read(cursor_of(connection, origin), landing)
    finally:
        connection.rollback()
    return {table: (counts.inserted, counts.updated) for table, counts in landing.counts.items()}


def everything(connection: Connection) -> dict[str, list[str]]:
    """Every row that landed, without the number of the sync that wrote it."""
    tables = (record.table for record in RECORDS)
    return {
        table: sorted(
            str({name: value for name, value in row.items() if name != "changed_by"})
            for row in query(connection, f"SELECT * FROM landing.{table}")
        )
        for table in tables
    }


def test_a_repository_lands_and_the_same_again_changes_nothing(landed: Connection, github: GitHubServer) -> None:
    assert sync(landed, github) == {
        "issue": (2, 0), "label": (3, 0), "pull_request": (2, 0), "pull_request_issue": (2, 0),
        "pull_request_commit": (4, 0), "commit": (4, 0), "commit_issue": (5, 0), "review": (2, 0), "deployment": (2, 0),
        "deployment_commit": (2, 0),
    }  # fmt: skip
    before = everything(landed)
    assert set(sync(landed, github).values()) <= {(0, 0)}
    landed.rollback()
    with landed.cursor() as cursor:
        cursor.execute("DELETE FROM landing.cursor")
    landed.commit()
    assert set(sync(landed, github).values()) == {(0, 0)}
    assert everything(landed) == before
    told = str(before) + str(query(landed, "SELECT * FROM landing.cursor"))
    assert "PLANTED" not in told
    assert "@" not in told


def test_syncs_that_break_off_come_to_the_same_as_one_that_does_not(landed: Connection, github: GitHubServer) -> None:
    """Each takes up where the one before came to, and gets twelve answers."""
    for number in range(10, 22):
        add_pull(github.repository, number, number + 60)
    sync(landed, github)
    whole = everything(landed)
    with landed.cursor() as cursor:
        cursor.execute("DELETE FROM landing.cursor")
        for record in RECORDS:
            cursor.execute(f"DELETE FROM landing.{record.table}")
    landed.commit()
    broken = 0
    while broken < 20:
        github.faults = [Fault("", 401, after=12)]
        try:
            sync(landed, github)
            break
        except OriginFailed:
            broken += 1
    assert 3 <= broken < 20
    assert everything(landed) == whole
