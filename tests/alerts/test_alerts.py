"""Messages about incidents, sent to a real SMTP server and a real HTTP endpoint on loopback."""

from dataclasses import replace

import pytest

from alerts.kit import Inbox, Webhook, fail, record_run
from miyabi_dw import alerts
from miyabi_dw.alerts.message import LONGEST_PART, PARTS, DueMessage, compose
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.orchestration.runner.alarm import alert_cause
from miyabi_dw.registry import RunFailure


def test_one_message_per_incident_on_each_channel(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    first = fail(warehouse, told, "run-1")
    second = fail(warehouse, told, "run-2")
    assert first == second
    assert alerts.deliver(database, told) == {"delivered": 2, "failed": 0}
    assert alerts.deliver(database, told) == {"delivered": 0, "failed": 0}
    assert len(inbox[0].mails) == 1
    assert len(webhook.bodies) == 1
    assert "miyabi-dw resume run-2" in inbox[0].bodies[0]
    assert alerts.incidents(warehouse)[0].occurrences == 2


def test_one_root_cause_met_by_two_pipelines_is_one_incident(warehouse: Connection, told: Settings) -> None:
    assert fail(warehouse, told, "run-1", "daily") == fail(warehouse, told, "run-2", "hourly")
    assert fail(warehouse, told, "run-3", "daily", where="other:5432/miyabi") != fail(warehouse, told, "run-1")


def test_the_same_trouble_with_other_numbers_is_the_same_incident(warehouse: Connection, told: Settings) -> None:
    one = fail(warehouse, told, "run-1", type="gate-failed", what="check orphans failed for 17 rows of '2026-01-01'")
    assert one == fail(
        warehouse, told, "run-2", type="gate-failed", what="check orphans failed for 9 rows of '2026-01-02'"
    )


def test_recovery_is_told_once(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    fail(warehouse, told, "run-1")
    alerts.deliver(database, told)
    for run_id in ("run-2", "run-3"):
        record_run(warehouse, run_id, "daily")
        alerts.report_success(warehouse, told, run_id=run_id, pipeline="daily")
    warehouse.commit()
    alerts.deliver(database, told)
    assert [mail["Subject"].split(":")[0] for mail in inbox[0].mails] == ["[Miyabi DW] Failed", "[Miyabi DW] Recovered"]
    assert len(webhook.bodies) == 2
    # Over is over: the next failure is a new incident and a new message.
    fail(warehouse, told, "run-4")
    assert alerts.deliver(database, told)["delivered"] == 2


def test_success_of_another_pipeline_ends_nothing(warehouse: Connection, told: Settings) -> None:
    fail(warehouse, told, "run-1", "daily")
    record_run(warehouse, "run-2", "hourly")
    assert alerts.report_success(warehouse, told, run_id="run-2", pipeline="hourly") == 0


def test_a_paused_pipeline_is_quiet(warehouse: Connection, database: Database, told: Settings) -> None:
    query(warehouse, "INSERT INTO ops.pause (pipeline, paused_by, why) VALUES ('daily', 'me', 'repair')")
    fail(warehouse, told, "run-1")
    assert alerts.deliver(database, told) == {"delivered": 0, "failed": 0}
    assert alerts.incidents(warehouse, open_only=True)


@pytest.mark.parametrize("status", [500, 429, 302])
def test_a_webhook_that_refuses_is_retried_later_and_recorded(
    warehouse: Connection, database: Database, told: Settings, webhook: Webhook, status: int
) -> None:
    webhook.status = status
    fail(warehouse, told, "run-1")
    assert alerts.deliver(database, told) == {"delivered": 1, "failed": 1}
    message = next(m for m in alerts.incidents(warehouse)[0].messages if m["channel"] == "slack")
    assert message == {
        "kind": "opened",
        "channel": "slack",
        "state": "pending",
        "attempts": 1,
        "last_error": f"Slack webhook answered {status}",
    }
    wait = query(
        warehouse,
        "SELECT extract(EPOCH FROM next_attempt_at - clock_timestamp()) AS s FROM ops.alert_delivery"
        " WHERE channel = 'slack'",
    )[0]["s"]
    assert wait > (100 if status == 429 else 50)
    webhook.status = 200
    query(warehouse, "UPDATE ops.alert_delivery SET next_attempt_at = clock_timestamp() - interval '1 s'")
    warehouse.commit()
    assert alerts.deliver(database, told) == {"delivered": 1, "failed": 0}


def test_a_mail_server_that_is_down_never_raises(warehouse: Connection, database: Database, told: Settings) -> None:
    down = told.model_copy(update={"smtp_port": 1, "slack_webhook_url": None})
    fail(warehouse, down, "run-1")
    assert alerts.deliver(database, down) == {"delivered": 0, "failed": 1}
    error = alerts.incidents(warehouse)[0].messages[0]["last_error"]
    assert error.startswith("mail server 127.0.0.1:1: ")


def test_the_webhook_address_is_never_shown(told: Settings, webhook: Webhook) -> None:
    webhook.status = 500
    assert "s3cr3t" not in str(alerts.send_test(told))


def test_a_test_message_goes_to_every_channel(told: Settings, inbox: tuple[Inbox, int], webhook: Webhook) -> None:
    assert [each.error for each in alerts.send_test(told)] == [None, None]
    assert "This channel works." in inbox[0].bodies[0]
    assert "This channel works." in webhook.bodies[0]["text"]


def test_what_came_from_data_is_text_in_slack(
    warehouse: Connection, database: Database, told: Settings, webhook: Webhook
) -> None:
    fail(warehouse, told, "run-1", what="<!channel> ``` <script>alert(1)</script>")
    alerts.deliver(database, told)
    text = webhook.bodies[0]["text"]
    assert "<" not in text
    assert text.count("```") == 2


def test_a_message_is_bounded_in_size_and_hides_passwords(told: Settings) -> None:
    detail = {"what": "postgresql://me:hunter22@db/miyabi " + "y" * 9_000}
    due = DueMessage("opened", "slack", "x" * 9_000, detail=detail, last_run_id="run-1")
    message = compose(told, due)
    # Its parts, the title, when it was, and what to type.
    assert len(message.text) <= (len(PARTS) + 5) * LONGEST_PART
    assert len(message.subject) <= 150
    assert "hunter22" not in message.text + compose(told, replace(due, title="t")).text


def test_a_line_break_in_a_title_cannot_add_a_mail_header(
    told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    from miyabi_dw.alerts.mail import send_email

    send_email(told, compose(told, DueMessage("test", "email", "a\r\nBcc: thief@example.org")))
    assert inbox[0].mails[0]["Bcc"] is None


def test_b20_the_channel_of_the_declaration_says_whom_the_mail_goes_to(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    settings = told.model_copy(update={"alert_recipients": {"data-alerts": ("a@example.org", "b@example.org")}})
    fail(warehouse, settings, "run-1", alert_channel="data-alerts")
    fail(warehouse, settings, "run-2", "hourly", where="something else", alert_channel="nobody-knows-it")
    assert alerts.deliver(database, settings)["delivered"] == 4
    assert {mail["To"] for mail in inbox[0].mails} == {"a@example.org, b@example.org", "ops@example.org"}
    assert sorted("For: data-alerts" in body["text"] for body in webhook.bodies) == [False, True]


def test_a_run_that_fails_names_its_channel_and_is_told_apart_by_its_code(settings: Settings) -> None:
    failure = RunFailure("cell raised", "nothing answers", stage="01_extract")
    refused, full = (alert_cause("daily", replace(failure, code=code)) for code in ("login-refused", "disk-full"))
    assert alerts.fingerprint(refused) != alerts.fingerprint(full)
    assert alerts.fingerprint(refused) == alerts.fingerprint(
        alert_cause("hourly", replace(failure, code="login-refused"))
    )
    assert alert_cause("daily", failure, "data-alerts").as_json() == failure.as_json() | {
        "type": "error", "what": "nothing answers", "where": "01_extract", "pipeline": "daily",
        "alert_channel": "data-alerts",
    }  # fmt: skip
