"""Versions: one place of truth, shown in seconds, and a warehouse of a newer one is refused before anything is done."""

import json
import re
import tomllib
from datetime import UTC, date, datetime

import pytest

import miyabi_dw
from etl.kit import DAILY
from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.paths import DOCUMENTS, PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.operations.versions import versions
from miyabi_dw.orchestration import api
from orchestration.conftest import command
from orchestration.kit import Command

__all__ = ["command"]
# What a later version leaves in a warehouse: a script that this one lacks, or another state of one that it has.
NEWER = {
    "a migration more": "INSERT INTO ops.schema_migration (name, checksum) VALUES ('9999_later', '-')",
    "a function of a later version": (
        "UPDATE ops.schema_migration SET code_version = '99.10.0', checksum = '-' WHERE name = 'functions/merge_rows'"
    ),
}


def test_the_changelog_and_the_package_tell_one_version() -> None:
    """Above the last released version only what is not yet released may stand."""
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in declared["project"]["dynamic"]
    assert declared["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "miyabi_dw.__version__"}
    headings = re.findall(r"^## (.+)$", (DOCUMENTS / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]
    assert released[0].split()[0] == miyabi_dw.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", miyabi_dw.__version__)
    assert "Unreleased" not in headings[1:]


def test_version_tells_program_schema_server_and_python(
    warehouse: Connection, environment: dict[str, str], command: Command
) -> None:
    status, said, _ = command("version", "--json")
    told = json.loads(said)
    assert (status, told["program"], told["schema"]) == (0, miyabi_dw.__version__, told["schema_of_program"])
    assert told["postgresql"].split(".")[0] == str(warehouse.server_version // 10_000)
    assert told["note"] == "up to date"
    status, said, _ = command("version")
    assert status == 0
    assert [line.split()[0] for line in said.splitlines()] == ["miyabi-dw", "schema", "PostgreSQL", "Python"]


@pytest.mark.parametrize(
    "url", [None, "postgresql://nobody@127.0.0.1:1/nothing"], ids=["embedded, not running", "refused"]
)
def test_version_tells_that_no_warehouse_is_reachable(settings: Settings, url: str | None) -> None:
    alone = Settings(home=settings.home / "none", warehouse_url=url, connect_timeout=300)
    found = versions(alone)
    assert found.note.startswith("no warehouse reachable: ")
    assert (found.schema, found.postgresql, found.program) == (None, None, miyabi_dw.__version__)
    assert not alone.home.exists()


@pytest.mark.parametrize("left", NEWER)
def test_a_home_of_a_newer_version_is_refused_before_anything_is_recorded(
    warehouse: Connection, settings: Settings, environment: dict[str, str], command: Command, left: str
) -> None:
    execute(warehouse, NEWER[left])
    warehouse.commit()
    version = "version 99.10.0" if "99.10" in NEWER[left] else "a newer version"
    sentence = f"the warehouse was migrated by {version} of the program, this is {miyabi_dw.__version__}"
    day = business_day(date(2026, 1, 13), settings.business_zone)
    with pytest.raises(SchemaError, match=sentence):
        api.run(DAILY, interval=day, as_of=datetime(2026, 1, 20, tzinfo=UTC), settings=settings)
    for words in (["schedule", "tick"], ["schema", "migrate"], ["schema", "status"]):
        status, out, told = command("--as-of", "2026-01-20", *words)
        assert (status, out, len(told.splitlines())) == (2, "", 1), (words, told)
        assert sentence in told
    assert query(
        warehouse, "SELECT (SELECT count(*) FROM ops.run) + (SELECT count(*) FROM ops.schedule_tick) AS n"
    ) == [{"n": 0}]
    assert sentence in versions(settings).note


def test_an_older_or_equal_version_is_no_hindrance(warehouse: Connection) -> None:
    for said in ("0.9.0", miyabi_dw.__version__, "of a fork"):
        execute(warehouse, "UPDATE ops.schema_migration SET code_version = %s", [said])
        migrations.refuse_newer(warehouse)
