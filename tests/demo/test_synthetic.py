"""The made-up history: all that the real one lacks, in a home of its own, marked as made up wherever time is told."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, query
from miyabi_dw.demo.first_run import prepare
from miyabi_dw.demo.remove import held
from miyabi_dw.reports.index import write_index
from servers import quick_place

pytestmark = pytest.mark.slow
ALL_OF_IT = """SELECT
    (SELECT count(*) FROM review_results WHERE review_score IS NOT NULL) AS reviews,
    (SELECT count(*) FROM deployment_pipelines WHERE deployment_duration_seconds IS NOT NULL) AS durations,
    (SELECT count(*) FROM deployment_pipelines WHERE infrastructure_cost_usd IS NOT NULL) AS costs,
    (SELECT count(*) FROM deployment_pipelines WHERE lower(deployment_status) LIKE 'fail%') AS failures,
    (SELECT count(*) FROM pull_requests WHERE first_human_review_at < merged_at) AS reviewed_pull_requests,
    (SELECT count(*) FROM pull_requests WHERE ready_at > created_at) AS drafts,
    (SELECT count(*) FROM commits WHERE code_lines_churned > 0) AS churned,
    (SELECT count(*) FROM commits WHERE reverted_at > committed_at) AS reverted,
    (SELECT count(*) FROM agent_execution_logs WHERE memory_usage_mb IS NOT NULL) AS memory,
    (SELECT count(*) FROM agent_execution_logs WHERE completed_at::date = '2026-02-10') AS last_day"""


@pytest.fixture(scope="module")
def home() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="miyabi-synthetic-", dir=quick_place()) as folder:
        settings = Settings(home=Path(folder) / "home", reports_dir=Path(folder) / "reports", server_durable=False)
        try:
            prepare(Database(settings), settings, lambda *_: None, "synthetic")
            yield settings
        finally:
            embedded.stop(settings)


def test_d4_a_made_up_history_has_what_the_real_one_lacks(home: Settings) -> None:
    with Database(home).connect("source") as connection:
        found = query(connection, ALL_OF_IT)[0]
    assert min(found.values()) > 20, found
    assert held(home).rows > 20_000


def test_d4_every_page_of_it_is_marked(home: Settings) -> None:
    write_index(home, Database(home))
    page = (home.reports_dir / "index.html").read_text(encoding="utf-8")
    assert page.count("synthetic demonstration, all data made up: it is 11 Feb 2026, 09:00 JST") == 1


def test_a_second_call_keeps_what_is_there(home: Settings) -> None:
    database = Database(home)
    before = held(home).rows
    prepare(database, home, lambda *_: None, "synthetic")
    assert held(home).rows == before
