"""Alerts without a warehouse: told once from the spool, and ended once when it is back."""

import multiprocessing
import os
import resource
import shutil
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.kit import CAUSE, Inbox, Webhook, record_run
from miyabi_dw import alerts
from miyabi_dw.alerts import spool
from miyabi_dw.common.errors import ConnectionFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, DatabaseError, query
from miyabi_dw.operations.doctor import examine as doctor
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.alarm import report_end
from miyabi_dw.orchestration.schedule.tick import tick
from miyabi_dw.registry import RunFailure
from miyabi_dw.registry.declarations import Declarations, Pipeline
from orchestration.kit import declare, wait_for

NOW = datetime(2026, 1, 15, tzinfo=UTC)
NOTHING = Declarations({})


@pytest.fixture
def down(told: Settings) -> Settings:
    """The same settings while nothing answers where the warehouse was."""
    return told.model_copy(update={"warehouse_url": SecretStr("postgresql://me:hunter22@127.0.0.1:1/dw")})


def look(settings: Settings, error: type[Exception] | None = None) -> None:
    """One tick."""
    if error is None:
        tick(settings, NOTHING, "", NOW)
        return
    with pytest.raises(error):
        tick(settings, NOTHING, "", NOW)


def subjects(inbox: tuple[Inbox, int]) -> list[str]:
    return [mail["Subject"] for mail in inbox[0].mails]


DOWN = "[Miyabi DW] Failed: the warehouse cannot be used: nothing answers there"
UP = DOWN.replace("Failed", "Recovered")


def test_b07_a_warehouse_that_is_down_is_told_once_and_its_recovery_once(
    warehouse: Connection, told: Settings, down: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    for _ in range(3):
        look(down, ConnectionFailed)
    assert subjects(inbox) == [DOWN]
    assert len(webhook.bodies) == 1
    (waits,) = [each for each in doctor(Database(down), down, NOW) if each.name == "alerts"]
    assert (waits.cause, waits.evidence) == (f"not in the warehouse yet: {DOWN[20:]}", "email: told, slack: told")
    for _ in range(2):
        look(told)
    assert subjects(inbox) == [DOWN, UP]
    assert inbox[0].mails[1]["In-Reply-To"] == inbox[0].mails[0]["Message-ID"]
    assert len(webhook.bodies) == 2
    (incident,) = alerts.incidents(warehouse)
    assert incident.recovered_at and incident.opened_at < incident.recovered_at
    assert alerts.waiting(told.home) == []
    # What is down again is told again.
    look(down, ConnectionFailed)
    assert subjects(inbox) == [DOWN, UP, DOWN]


def test_b07_a_run_that_cannot_begin_tells_by_itself_and_the_next_one_that_succeeds_ends_it(
    tmp_path: Path, warehouse: Connection, told: Settings, down: Settings, inbox: tuple[Inbox, int],
    environment: dict[str, str],
) -> None:  # fmt: skip
    declared = declare(tmp_path / "declared", "small", {"small_only": ["1"]})
    for _ in range(2):
        with pytest.raises(ConnectionFailed):
            api.run("small", as_of=NOW, settings=down, declared=declared)
    look(down, ConnectionFailed)
    assert subjects(inbox) == [DOWN]
    assert api.run("small", as_of=NOW, settings=told, declared=declared).state == "succeeded"
    assert subjects(inbox) == [DOWN, UP]


@pytest.mark.parametrize(
    "damage", ["DROP SCHEMA ops CASCADE", "ALTER TABLE ops.incident RENAME TO elsewhere"], ids=["schema", "table"]
)
def test_b07_a_warehouse_that_answers_and_records_nothing_is_told_too(
    warehouse: Connection, told: Settings, inbox: tuple[Inbox, int], damage: str
) -> None:
    query(warehouse, damage)
    warehouse.commit()
    report = Declarations({"small": declared_small(told)}) if "incident" in damage else NOTHING
    with pytest.raises(DatabaseError):
        tick(told, report, "", NOW)
    with pytest.raises(DatabaseError):
        tick(told, report, "", NOW)
    assert len(subjects(inbox)) == 1
    assert "does not exist" in subjects(inbox)[0]


def declared_small(settings: Settings) -> Pipeline:
    return declare(settings.home.parent / "declared", "small", {"small_only": ["1"]})["small"]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow, as on a disk that is full; new ones can be made."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_b07_a_full_disk_under_the_spool_too_is_told_once(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    with full_disk():
        for _ in range(3):
            alerts.tell(told, alerts.Cause("disk-full", "no space left on device", "db"), "the disk is full")
    assert subjects(inbox) == ["[Miyabi DW] Failed: the disk is full"]
    assert len(webhook.bodies) == 1
    alerts.deliver(database, told)
    assert [subject.partition(":")[0] for subject in subjects(inbox)[1:]] == ["[Miyabi DW] Recovered"]


def test_b07_many_at_once_tell_it_once(down: Settings, inbox: tuple[Inbox, int], webhook: Webhook) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: alerts.tell(down, CAUSE, "the warehouse is away"), range(8)))
    assert (len(inbox[0].mails), len(webhook.bodies)) == (1, 1)


def test_b07_killed_while_it_tells_it_tells_at_most_twice_and_never_not_at_all(
    told: Settings, webhook: Webhook, inbox: tuple[Inbox, int]
) -> None:
    webhook.answers.clear()
    teller = multiprocessing.get_context("fork").Process(target=alerts.tell, args=(told, CAUSE, "away"))
    teller.start()
    wait_for(lambda: webhook.bodies, 20)
    os.kill(teller.pid or 0, signal.SIGKILL)
    teller.join()
    webhook.answers.set()
    for _ in range(3):
        alerts.tell(told, CAUSE, "away")
    assert (len(inbox[0].mails), len(webhook.bodies)) == (1, 2)


def test_b07_killed_while_the_warehouse_takes_over_it_is_taken_over_once(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    alerts.tell(told, CAUSE, "away")
    kept = told.home.parent / "kept"
    shutil.copytree(spool.folder_of(told.home), kept)
    for _ in range(2):
        alerts.deliver(database, told)
        # As it was after the commit and before the file was removed.
        shutil.copytree(kept, spool.folder_of(told.home), dirs_exist_ok=True)
    alerts.deliver(database, told)
    assert len(alerts.incidents(warehouse)) == 1
    assert subjects(inbox) == ["[Miyabi DW] Failed: away", "[Miyabi DW] Recovered: away"]


def test_b07_a_channel_that_is_down_is_tried_again_from_the_warehouse(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    webhook.status = 500
    alerts.tell(told, CAUSE, "away")
    alerts.tell(told, CAUSE, "away")
    assert len(webhook.bodies) == 1, "not before its pause is over"
    webhook.status = 200
    alerts.adopt(database, told)
    query(warehouse, "UPDATE ops.alert_delivery SET next_attempt_at = now() - interval '1 s'")
    warehouse.commit()
    assert alerts.deliver(database, told)["delivered"] == 3
    assert [body["text"].partition(":")[0] for body in webhook.bodies[1:]] == [
        "*[Miyabi DW] Failed", "*[Miyabi DW] Recovered",
    ]  # fmt: skip


def test_b07_a_failure_that_no_warehouse_could_record_is_over_with_its_interval(
    warehouse: Connection, told: Settings, down: Settings, inbox: tuple[Inbox, int], tmp_path: Path
) -> None:
    (small,) = declare(tmp_path / "declared", "small", {"small_only": ["1"]}).values()
    record_run(warehouse, "run-1", "small")
    warehouse.commit()
    gate = RunFailure("cell raised", "check orphans failed", "gate-failed", stage="03_gate")
    with pytest.raises(ConnectionFailed):
        report_end(down, Database(down), small, "run-1", "failed", gate)
    assert sorted(subjects(inbox)) == ["[Miyabi DW] Failed: small failed: check orphans failed", DOWN]
    look(told)
    assert [each.title for each in alerts.incidents(warehouse, open_only=True)] == [
        "small failed: check orphans failed"
    ]
    record_run(warehouse, "run-2", "small")
    warehouse.commit()
    report_end(told, Database(told), small, "run-2", "succeeded", RunFailure())
    assert alerts.incidents(warehouse, open_only=True) == []


@pytest.mark.parametrize("place", ["", "127.0.0.1:1/dw"])
def test_b07_a_run_that_lost_the_warehouse_is_no_second_incident(
    down: Settings, inbox: tuple[Inbox, int], tmp_path: Path, place: str
) -> None:
    (small,) = declare(tmp_path / "declared", "small", {"small_only": ["1"]}).values()
    lost = RunFailure("cell raised", "the server closed the connection", "connection-lost", place=place)
    with pytest.raises(ConnectionFailed):
        report_end(down, Database(down), small, "run-1", "failed", lost)
    look(down, ConnectionFailed)
    assert subjects(inbox) == [DOWN]


def test_b07_the_spool_has_no_secret_and_nobody_else_reads_it(told: Settings, down: Settings) -> None:
    cause = alerts.Cause("error", "postgresql://me:hunter22@127.0.0.1:1/dw", remedy="password=hunter22")
    alerts.tell(down, cause, "hunter22 does not let us in")
    folder = spool.folder_of(told.home)
    (file,) = folder.glob("*.json")
    assert "hunter22" not in file.read_text()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)


def test_b07_the_spool_is_bounded_and_forgets_what_is_old(settings: Settings) -> None:
    for at in range(spool.MOST_FILES + 5):
        alerts.tell(settings, alerts.Cause("error", "x", f"place {'abcdefghij'[at % 10]} {'x' * at}"), "full")
    with spool.opened(settings.home) as kept:
        assert len(kept.all()) == spool.MOST_FILES
    for file in spool.folder_of(settings.home).glob("*.json"):
        os.utime(file, (0, 0))
    alerts.tell(settings, CAUSE, "new")
    assert [each.title for each in alerts.waiting(settings.home)] == ["new"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"fingerprint": 1}'])
def test_b07_a_damaged_file_is_told_and_taken_over(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], content: bytes
) -> None:
    with spool.opened(told.home) as kept:
        (kept.folder / "0123456789abcdef.json").write_bytes(content)
    alerts.tell(told, CAUSE, "away")
    assert len(inbox[0].mails) == 2
    alerts.deliver(database, told)
    assert len(alerts.incidents(warehouse)) == 2
    assert alerts.waiting(told.home) == []


def test_b07_an_error_that_quotes_what_nothing_can_keep_is_told_and_kept(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    for odd in ("a\0b", "a\ud800b"):
        cause = alerts.Cause("error", odd, odd, failure={"cell_source": odd})
        alerts.tell(told, cause, f"{odd} without")
        alerts.report_failure(warehouse, told, run_id=None, pipeline=odd[0], title=f"{odd} with", cause=cause)
        warehouse.commit()
        alerts.deliver(database, told)
    assert {each.title for each in alerts.incidents(warehouse)} == {"a?b with"}
    assert alerts.waiting(told.home) == []


def test_b07_a_home_that_cannot_be_written_is_told_all_the_same(
    told: Settings, inbox: tuple[Inbox, int], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    alerts.tell(told.model_copy(update={"home": tmp_path / "file"}), CAUSE, "away")
    assert len(inbox[0].mails) == 1
