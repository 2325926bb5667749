"""The weekly notebook, run as the schedule runs it."""

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.etl.catalogue import extend_calendar, load_catalogues
from miyabi_dw.orchestration import api


@pytest.mark.slow
def test_weekly_maintenance_runs_and_leaves_a_page(
    warehouse: Connection, source: Connection, database: Database, settings: Settings, environment: dict[str, str]
) -> None:
    with database.connect("etl") as connection:
        load_catalogues(connection)
        extend_calendar(connection)
    result = api.run("weekly_maintenance", settings=settings)
    assert result.is_good, result.sentence
    assert result.page is not None
    assert "gaps and overlaps" in "".join(
        page.read_text(encoding="utf-8") for page in result.page.parent.rglob("*.html")
    )
