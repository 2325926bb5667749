"""Mails as the standard wants them, and what is wrong with one channel or address, which holds no other."""

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import settings as chances
from hypothesis import strategies as st
from pydantic import SecretStr

from alerts.kit import Inbox, Webhook, fail, record_run
from miyabi_dw import alerts
from miyabi_dw.alerts.mail import _mail
from miyabi_dw.alerts.message import DueMessage, compose
from miyabi_dw.common.errors import SettingsError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.monitor.health import examine as monitor
from miyabi_dw.operations.doctor import examine as doctor

ADDRESSES = ("a@example.org", "b@example.org")
NOW = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["a@example.org, b@example.org", '["a@example.org","b@example.org"]'])
def test_b05_both_forms_of_a_list_of_addresses_are_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("MIYABI_SMTP_TO", text)
    assert load_settings().smtp_to == ADDRESSES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_TO", "a@example.org,hunter22"),
        ("SMTP_TO", "a@example.org;b@example.org"),
        ("SMTP_TO", '["a@example.org", "<>"]'),
        ("SMTP_TO", "a@example.org b@example.org"),
        ("SMTP_FROM", "nobody"),
        ("ALERT_RECIPIENTS", '{"data-alerts": "a@example.org, hunter22"}'),
    ],
)
def test_b05_what_is_no_address_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MIYABI_{name}", value)
    with pytest.raises(SettingsError, match=f"{name.lower()}.*is no mail address; write it like") as caught:
        load_settings()
    assert "hunter22" not in str(caught.value)


def test_b06_a_password_that_no_login_can_carry_is_told_and_the_others_go_out(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int], webhook: Webhook
) -> None:
    server = Controller(
        inbox[0], hostname="127.0.0.1", port=_free_port(), auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )  # fmt: skip
    server.start()
    update = {"smtp_port": server.port, "smtp_user": "ops", "smtp_password": SecretStr("pässwörd")}
    settings = told.model_copy(update=update)
    try:
        fail(warehouse, settings, "run-1")
        assert alerts.deliver(database, settings) == {"delivered": 1, "failed": 1}
    finally:
        server.stop()
    assert len(webhook.bodies) == 1
    (fault,) = alerts.faults(warehouse)
    assert fault.problem.startswith("smtp_user or smtp_password has characters beyond ASCII")
    assert "ä" not in fault.problem


@pytest.mark.parametrize(
    "broken",
    [
        {"slack_webhook_url": SecretStr("none")},
        {"slack_webhook_url": SecretStr("http://[::1/hook")},
        {"slack_webhook_url": SecretStr("http://.example/" + "x" * 70)},
        {"smtp_host": "x" * 70},
        {"smtp_host": "a\0b"},
        {"smtp_ca_file": Path("/nowhere/ca.pem")},
    ],
    ids=str,
)
def test_b06_whatever_a_setting_breaks_it_breaks_one_channel_only(
    warehouse: Connection, database: Database, told: Settings, broken: dict[str, object]
) -> None:
    settings = told.model_copy(update=broken)
    fail(warehouse, settings, "run-1")
    assert alerts.deliver(database, settings) == {"delivered": 1, "failed": 1}
    assert [fault.channel for fault in alerts.faults(warehouse)] == [
        "slack" if "slack_webhook_url" in broken else "email"
    ]


def test_b08_a_refused_address_is_a_finding_and_the_good_one_gets_it_once(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    settings = told.model_copy(update={"smtp_to": ADDRESSES, "slack_webhook_url": None})
    inbox[0].refuse = {"b@example.org": "550 no such user"}
    fail(warehouse, settings, "run-1")
    assert alerts.deliver(database, settings) == {"delivered": 1, "failed": 0}
    _make_due(warehouse)
    assert alerts.deliver(database, settings) == {"delivered": 0, "failed": 0}
    assert inbox[0].reached == [["a@example.org"]]
    said = "b@example.org was refused: 550 no such user"
    assert said in [each.evidence for each in doctor(database, settings, NOW) if each.name == "alerts"]
    assert [said in each.sentence for each in monitor(database, settings, NOW) if each.name == "alerts"] == [True]
    # The next mail that reaches everybody ends it.
    inbox[0].refuse = {}
    record_run(warehouse, "run-2", "daily")
    alerts.report_success(warehouse, settings, run_id="run-2", pipeline="daily")
    warehouse.commit()
    alerts.deliver(database, settings)
    assert [each for each in monitor(database, settings, NOW) if each.name == "alerts"] == []


def test_b08_an_address_refused_for_now_is_tried_again_alone(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    settings = told.model_copy(update={"smtp_to": ADDRESSES, "slack_webhook_url": None})
    inbox[0].refuse = {"b@example.org": "451 come back later"}
    fail(warehouse, settings, "run-1")
    assert alerts.deliver(database, settings) == {"delivered": 0, "failed": 1}
    _make_due(warehouse)
    assert alerts.deliver(database, settings) == {"delivered": 0, "failed": 1}
    inbox[0].refuse = {}
    _make_due(warehouse)
    assert alerts.deliver(database, settings) == {"delivered": 1, "failed": 0}
    assert inbox[0].reached == [["a@example.org"], ["b@example.org"]]
    assert inbox[0].mails[0]["Message-ID"] == inbox[0].mails[1]["Message-ID"]


def test_b08_an_address_in_other_letters_does_not_hold_the_good_one(told: Settings) -> None:
    """A server without SMTPUTF8 would have the whole mail refused."""
    box = Inbox()
    server = Controller(box, hostname="127.0.0.1", port=_free_port(), enable_SMTPUTF8=False)
    server.start()
    update = {"smtp_to": ("運用@example.org", "a@example.org"), "smtp_port": server.port, "slack_webhook_url": None}
    try:
        (outcome,) = alerts.send_test(told.model_copy(update=update))
    finally:
        server.stop()
    assert box.reached == [["a@example.org"]]
    assert outcome.error == "運用@example.org was refused: the server takes no such letters"


def test_b11_a_mail_has_a_date_and_an_identifier_and_a_recovery_answers_its_opening(
    warehouse: Connection, database: Database, told: Settings, inbox: tuple[Inbox, int]
) -> None:
    fail(warehouse, told, "run-1")
    record_run(warehouse, "run-2", "daily")
    alerts.report_success(warehouse, told, run_id="run-2", pipeline="daily")
    warehouse.commit()
    alerts.deliver(database, told)
    opened, recovered = inbox[0].mails
    assert abs(parsedate_to_datetime(opened["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert opened["Message-ID"].endswith("@example.org>")
    assert recovered["In-Reply-To"] == recovered["References"] == opened["Message-ID"] != recovered["Message-ID"]
    assert {mail["Auto-Submitted"] for mail in (opened, recovered)} == {"auto-generated"}
    assert socket.gethostname() not in str(opened)


@chances(deadline=None)  # the first one compiles the mail's template
@given(
    st.sampled_from(["日次の実行が失敗しました", "the warehouse cannot be used: nothing answers there", "x" * 90]),
    st.text(max_size=300),
    st.text(max_size=3_000),
    st.sampled_from(["a@例え.jp", "Ops <a@" + "x" * 70 + ">"]),
)
def test_b11_lines_are_as_long_as_mail_allows_whatever_is_told(begins: str, title: str, what: str, sender: str) -> None:
    settings = Settings(smtp_host="mail", smtp_from=sender, smtp_to=ADDRESSES)
    due = DueMessage("opened", "email", f"{begins} {title}", detail={"what": what}, opened_at=NOW)
    message = compose(settings, due)
    raw = _mail(settings, message, ADDRESSES).as_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\r\nSubject:\r\n" not in b"\r\n" + head or b"=?utf-8?" in head
    assert head.count(b"\nSubject:") + head.startswith(b"Subject:") == 1
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if b"=?utf-8?" in line)


TROUBLE = DueMessage(
    "opened", "email", "daily failed: <script>alert(1)</script> & co", last_run_id="run-1", opened_at=NOW,
    detail={"what": "<script>alert(1)</script> & co", "remedy": 'type "x" <or> y', "cell_name": "load"},
    archive_path="daily/2026/01/15/run-1",
)  # fmt: skip
MESSAGES = [
    TROUBLE,
    replace(TROUBLE, kind="recovered", recovered_at=NOW + timedelta(hours=1)),
    DueMessage("test", "email", "test message of Miyabi DW"),
]


class Seen(HTMLParser):
    """What a reader of the drawn part sees, each in its element, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden, self.said, self.links, self.elements = "", list[str](), list[str](), set[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag if tag in ("style", "title") else ""
        self.elements.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "action", "background")]

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.hidden:
            self.said.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.hidden = ""


@pytest.mark.parametrize("due", MESSAGES, ids=lambda due: due.kind)
@pytest.mark.parametrize("url", [None, "https://dw.example.org/reports/"], ids=["path", "url"])
def test_a_mail_says_the_same_as_text_and_drawn(due: DueMessage, url: str | None) -> None:
    settings = Settings(smtp_host="mail", smtp_from="dw@example.org", smtp_to=ADDRESSES, reports_url=url)
    raw = _mail(settings, compose(settings, due), ADDRESSES).as_bytes()
    mail = message_from_bytes(raw, policy=default)
    assert mail.get_content_type() == "multipart/alternative"
    # The last is what a program shows that knows both.
    plain, drawn = mail.iter_parts()
    assert (plain.get_content_type(), drawn.get_content_type()) == ("text/plain", "text/html")
    seen = Seen(drawn.get_content())
    assert seen.said[:2] == ["Miyabi DW", mail["Subject"].removeprefix("[Miyabi DW] ").partition(":")[0]]
    lines = [re.sub(r"^(\w[\w ]*): +", r"\1\n", line) for line in plain.get_content().splitlines() if line]
    assert seen.said[2:] == "\n".join(lines).splitlines()
    assert not seen.elements & {"script", "img", "link", "iframe", "form"}
    assert seen.links == ([f"{url}daily/2026/01/15/run-1/index.html"] if url and due is TROUBLE else [])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that its own key has signed, and that key."""
    folder = tmp_path_factory.mktemp("authority")
    certificate, key = folder / "ca.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


@pytest.fixture(params=["tls", "starttls"])
def private_server(request: pytest.FixtureRequest, authority: tuple[Path, Path]) -> Iterator[dict[str, object]]:
    """The settings that lead to a server with a certificate that no machine knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority)
    security, port = request.param, _free_port()
    if security == "tls":
        server = Controller(Inbox(), hostname="127.0.0.1", port=port, ssl_context=context)
    else:
        server = Controller(Inbox(), hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    server.start()
    yield {"smtp_port": port, "smtp_security": security, "slack_webhook_url": None}
    server.stop()


def test_b26_a_private_authority_is_trusted_when_it_is_named(
    told: Settings, private_server: dict[str, object], authority: tuple[Path, Path]
) -> None:
    unknown = told.model_copy(update=private_server)
    (refused,) = alerts.send_test(unknown)
    assert "certificate verify failed" in str(refused.error)
    (taken,) = alerts.send_test(unknown.model_copy(update={"smtp_ca_file": authority[0]}))
    assert taken.error is None


def test_b26_an_authority_that_is_not_there_is_known_to_the_doctor(database: Database, settings: Settings) -> None:
    missing = settings.model_copy(update={"smtp_ca_file": Path("/nowhere/ca.pem")})
    assert [each.evidence for each in doctor(database, missing, NOW) if each.name == "alerts"] == ["/nowhere/ca.pem"]


def test_b26_a_setting_that_is_a_file_is_no_file_that_holds_a_setting(
    monkeypatch: pytest.MonkeyPatch, authority: tuple[Path, Path], told: Settings
) -> None:
    monkeypatch.setenv("MIYABI_SMTP_CA_FILE", str(authority[0]))
    assert load_settings().smtp_ca_file == authority[0]
    empty = told.model_copy(update={"smtp_ca_file": authority[1], "smtp_security": "tls", "slack_webhook_url": None})
    assert f"smtp_ca_file {authority[1]} cannot be used" in str(alerts.send_test(empty)[0].error)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _make_due(warehouse: Connection) -> None:
    query(warehouse, "UPDATE ops.alert_delivery SET next_attempt_at = clock_timestamp() - interval '1 s'")
    warehouse.commit()
