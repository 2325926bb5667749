"""The worst day on the real history: a fact dropped, then the database gone; both come back, the facts identical."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations import backup
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery import recover_fact
from servers import TestServer


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """For each fact that is not as it was, how many rows went and came, and one of each."""
    return {
        fact: [
            (sum(rows.values()), list(rows)[:1]) for rows in (before[fact] - after[fact], after[fact] - before[fact])
        ]
        for fact in before
        if before[fact] != after[fact]
    }


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


@pytest.fixture
def starting_source(demo_source_template: str) -> str:
    return demo_source_template


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_worst_day(
    database: Database, settings: Settings, server: TestServer, make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.connect("source") as connection:
        first = statements.run(connection, "orchestration/runner/source_begins")[0]["begins_at"].replace(tzinfo=UTC)
        last = statements.run(connection, "operations/first_look/last_moment", {"now": datetime(2027, 1, 1)})[0][
            "last_moment"
        ].replace(tzinfo=UTC)
    zone = settings.business_zone
    as_of = last.replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=2)
    warehouse = Warehouse(settings)
    # Whatever happened up to the day before, also what belongs to no issue.
    warehouse.days(local_day(first, zone), local_day(as_of, zone) - timedelta(days=1))
    before = warehouse.facts()
    assert sum(before["fact_issue_processing"].values()) > 5_000
    done = backup.back_up(database, settings, as_of)

    warehouse.execute("DROP TABLE fact_issue_processing CASCADE")
    recovered = recover_fact(database, settings, "fact_issue_processing", "", "", as_of, make_run=make_run)
    assert all(line.is_equal for line in recovered.lines)
    assert changed(before, warehouse.facts()) == {}

    name = str(settings.warehouse_url.get_secret_value()).rsplit("/", 1)[1].split("?")[0]  # type: ignore[union-attr]
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    monkeypatch.setattr(recovery.api, "run", make_run)
    restored = recovery.recover_database(database, settings, "latest", as_of)
    assert restored.manifest.backup_id == done.manifest.backup_id
    assert changed(before, warehouse.facts()) == {}
    assert {finding.name: finding.level for finding in restored.findings}["warehouse"] == "ok"
    print(recovered.sentence, restored.sentence, datetime.now(UTC))
