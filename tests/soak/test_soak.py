"""A few days with a fault each; `make soak` plays thirty."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from servers import quick_place
from soak import checks
from soak.home import Home
from soak.play import FIRST, Play

FAULTS = ("the scheduler's process is killed", "the server's disk is full")
# One of each kind of wrong that a play looks for.
SPOILED = (
    "DELETE FROM fact_agent_execution WHERE execution_id = (SELECT min(execution_id) FROM fact_agent_execution)",
    "UPDATE ops.run SET state = 'running' WHERE run_number = (SELECT max(run_number) FROM ops.run)",
    "CREATE UNLOGGED TABLE public.new_fact (n integer)",
    "CREATE SCHEMA run_of_nobody",
)
SAID = (
    "fact_agent_execution is not that of a rebuild", "a run goes on for ever", "a day was never loaded",
    "a table of a load", "a batch that nobody resumes", "files are left over",
)  # fmt: skip


@pytest.fixture
def home() -> Iterator[Home]:
    with TemporaryDirectory(prefix="miyabi-soak-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder), pipelines=("etl/daily_issue_processing_etl.toml",))
        try:
            yield home
        finally:
            home.end()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_few_days_with_faults_end_as_they_must_and_what_does_not_is_found(home: Home) -> None:
    play = Play(home, seed=1, days=len(FAULTS) + 1, faults=FAULTS)
    assert play.go() == []
    for statement in SPOILED:
        home.miyabi.execute(statement)
    (home.temporary / "left").touch()
    found = "\n".join(checks.found(home, FIRST, play.last_day))
    assert [said for said in SAID if said not in found] == [], found
