"""One cause is one incident, whoever meets it in whatever words; it is over when what it hurt has been made good."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from alerts.kit import CAUSE, Inbox
from miyabi_dw import alerts
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.engine.guard import describe
from miyabi_dw.operations import connection_health
from miyabi_dw.orchestration.runner import recover_lost
from miyabi_dw.orchestration.runner.alarm import alert_cause
from miyabi_dw.orchestration.schedule.tick import tick
from miyabi_dw.registry import RunFailure
from miyabi_dw.registry.declarations import Declarations

DAY = timedelta(days=1)


def failure(act: Callable[[], object], stage: str) -> alerts.Cause:
    """The cause of what a cell of that stage raised, as the runner reports it."""
    with pytest.raises(MiyabiError) as caught:
        act()
    raised = describe(caught.value)
    recorded = RunFailure(
        "cell raised", raised.error_message, raised.code, stage=stage, error_message=raised.error_message,
        place=raised.place, remedy=raised.remedy,
    )  # fmt: skip
    return alert_cause(stage, recorded)


def met_by_both(settings: Settings, monkeypatch: pytest.MonkeyPatch, source_url: str) -> set[str]:
    """The fingerprints of a source that lets nobody in, met by an extract and by the check of every quarter hour."""
    database = Database(settings.model_copy(update={"source_url": SecretStr(source_url)}))
    monkeypatch.setenv("MIYABI_SOURCE_URL", source_url)
    extract = failure(lambda: database.connect("source").__enter__(), "01_extract")
    check = failure(lambda: connection_health.refuse_broken(connection_health.check_connections()), "connection_health")
    return {alerts.fingerprint(extract), alerts.fingerprint(check)}


@pytest.mark.usefixtures("environment")
def test_b09_a_dead_source_is_one_incident_for_the_check_and_for_the_hour(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(met_by_both(settings, monkeypatch, "postgresql://reader@127.0.0.1:1/miyabi")) == 1


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("broken", ["_gone?host=", "?hosts="], ids=["no database", "no URL"])
def test_b09_a_source_that_lets_nobody_in_is_one_incident_too(
    settings: Settings, source_url: str, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    assert len(met_by_both(settings, monkeypatch, source_url.replace("?host=", broken))) == 1


def test_b09_a_server_that_goes_away_is_one_incident_through_all_its_words() -> None:
    codes = ("connection-lost", "connection-refused", "server-not-ready", "connection-timed-out")
    causes = [alert_cause("p", RunFailure(reason=code, code=code, stage=code, place="db:5432/x")) for code in codes]
    assert len({alerts.fingerprint(cause) for cause in causes}) == 1
    elsewhere = alert_cause("p", RunFailure(reason="x", code=codes[0], place="other:5432/x"))
    assert alerts.fingerprint(elsewhere) != alerts.fingerprint(causes[0])


class Days:
    """Runs of a pipeline for days of January 2026, as the runner reports them."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.connection, self.settings, self.number = connection, settings, 0

    def failed(self, day: int | None, pipeline: str = "daily") -> None:
        alerts.report_failure(
            self.connection, self.settings, run_id=self.run(day, day, pipeline, "failed"), pipeline=pipeline,
            title=f"{pipeline} failed", cause=CAUSE,
        )  # fmt: skip
        self.connection.commit()

    def succeeded(self, first: int | None, last: int | None = None, pipeline: str = "daily") -> bool:
        """Whether the success ended the incident."""
        run_id = self.run(first, last or first, pipeline, "succeeded")
        over = alerts.report_success(self.connection, self.settings, run_id=run_id, pipeline=pipeline)
        self.connection.commit()
        return over > 0

    def hours_pass(self) -> None:
        execute(self.connection, "UPDATE ops.alert_delivery SET delivered_at = delivered_at - interval '2 hours',"
                                 " next_attempt_at = next_attempt_at - interval '2 hours'")  # fmt: skip
        self.connection.commit()

    def run(self, first: int | None, last: int | None, pipeline: str, state: str) -> str:
        self.number += 1
        start, end = (None, None) if first is None or last is None else (_day(first), _day(last) + DAY)
        query(
            self.connection,
            "INSERT INTO ops.run (run_id, pipeline, interval_start, interval_end, as_of, trigger, state, host, pid,"
            " finished_at) VALUES (%s, %s, %s, %s, now(), 'manual', %s, 'here', 1, clock_timestamp())",
            (f"run-{self.number}", pipeline, start, end, state),
        )
        return f"run-{self.number}"


def _day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


@pytest.fixture
def days(warehouse: Connection, told: Settings) -> Days:
    return Days(warehouse, told)


def test_b10_it_is_over_when_that_day_succeeds_and_the_old_remedy_is_not_told_again(
    days: Days, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    days.failed(26)
    assert not days.succeeded(25)
    assert not days.succeeded(27)
    assert days.succeeded(26)
    alerts.deliver(database, told)
    opened, recovered = inbox[0].bodies
    assert "What to do: start the server" in opened
    assert "What to do" not in recovered
    assert "start the server" not in recovered


def test_b10_every_day_that_met_it_has_to_succeed_and_a_wide_run_does_for_all(days: Days) -> None:
    for day in (25, 26, 27):
        days.failed(day)
    assert not days.succeeded(26)
    assert days.succeeded(25, 27)


def test_b10_a_job_is_over_with_its_next_success_and_beside_a_day_both_have_to(
    days: Days, warehouse: Connection
) -> None:
    days.failed(None, "health")
    days.failed(None, "health")
    waiting = query(warehouse, "SELECT waiting_runs FROM ops.incident")[0]["waiting_runs"]
    assert waiting == ["run-2"], "of a job that fails all night one run is enough"
    days.failed(26, "hourly")
    assert not days.succeeded(None, pipeline="health")
    assert days.succeeded(26, pipeline="hourly")


def test_b10_runs_that_are_no_longer_on_record_hold_no_incident_open(days: Days, warehouse: Connection) -> None:
    days.failed(26)
    query(warehouse, "DELETE FROM ops.run")
    assert days.succeeded(27)


def test_b10_what_comes_back_before_it_is_over_is_told_again_at_most_once_an_hour(
    days: Days, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    def told_of() -> list[str]:
        alerts.deliver(database, told)
        return [mail["Subject"].split(":")[0].removeprefix("[Miyabi DW] ") for mail in inbox[0].mails]

    days.failed(26)
    days.failed(27)
    assert told_of() == ["Failed"]
    days.hours_pass()
    days.failed(28)
    assert told_of() == ["Failed"], "it was there all the time"
    days.succeeded(29)
    days.failed(30)
    assert told_of() == ["Failed", "Failed again"]
    days.succeeded(31)
    days.failed(30)
    assert told_of() == ["Failed", "Failed again"], "not twice in an hour"
    days.hours_pass()
    days.succeeded(31)
    days.failed(30)
    assert told_of() == ["Failed", "Failed again", "Failed again"]
    assert days.succeeded(26, 31)
    assert told_of()[3:] == ["Recovered"]
    identifiers = [mail["Message-ID"] for mail in inbox[0].mails]
    assert len(set(identifiers)) == 4
    assert {mail["In-Reply-To"] for mail in inbox[0].mails[1:]} == {identifiers[0]}


def test_b10_a_run_whose_process_vanished_is_told_and_over_with_its_day(
    days: Days, database: Database, told: Settings, warehouse: Connection, inbox: tuple[Inbox, int]
) -> None:
    days.run(26, 26, "daily", "running")
    warehouse.commit()
    # Whoever looks first notices it; the tick tells of it.
    recover_lost.mark_lost(warehouse, database)
    warehouse.commit()
    for _ in range(2):
        tick(told, Declarations({}), "", datetime.now(UTC))
    (mail,) = inbox[0].mails
    assert mail["Subject"].startswith("[Miyabi DW] Failed: daily was lost: ")
    assert not days.succeeded(27)
    assert days.succeeded(26)
