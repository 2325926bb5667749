"""What a message says: the subject, the failing cell's error, what to type next, and the link to the run's page."""

from dataclasses import dataclass, field
from datetime import datetime

from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import cut, one_line

LONGEST_SUBJECT = 150
LONGEST_TEXT = 4_000
# Which part of an incident's detail is said under which heading, in this order.
PARTS = (
    ("what", "What"), ("where", "Where"), ("stage", "Stage"), ("cell", "Cell"), ("code", "Code"), ("remedy", "Remedy"),
    ("alert_channel", "For"),
)  # fmt: skip
# What is over needs no remedy, and the cell that failed once is no news.
OF_THE_PAST = ("what", "where", "alert_channel")
HEADLINES = {"opened": "Failed", "again": "Failed again", "recovered": "Recovered", "test": "Test"}
TELLS_OF_TROUBLE = ("opened", "again")


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to be sent on `channel`: `kind` is one of HEADLINES, `detail` what was recorded of the cause.

    `archive_path` is the folder of the last run's page, from that of all reports. `fingerprint` and `opened_at` name
    the incident, wherever it is kept; a test message is of none. `refused` did not get it with the others.
    """

    kind: str
    channel: str
    title: str
    delivery_id: int = 0
    incident_id: int = 0
    detail: Json = field(default_factory=dict)
    last_run_id: str | None = None
    opened_at: datetime | None = None
    recovered_at: datetime | None = None
    archive_path: str | None = None
    fingerprint: str = ""
    refused: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A subject of one line and a body of plain text; `channel` is the alert_channel of the declaration, if any.

    `own_id` is the same when the message is sent once more, `answers` that of the message which it follows up;
    `only_to` are the addresses that still lack it.
    """

    subject: str
    text: str
    channel: str = ""
    own_id: str = ""
    answers: str = ""
    only_to: tuple[str, ...] = ()


def compose(settings: Settings, due: DueMessage) -> Message:
    """The text of a message that is due; secrets are hidden and its size is bounded."""
    subject = f"[Miyabi DW] {HEADLINES[due.kind]}: {due.title}"
    lines = [due.title, "", *_facts(due), *_next_steps(settings, due)]
    hide = redactor(settings)
    return Message(
        cut(one_line(hide(subject)), LONGEST_SUBJECT),
        cut(hide("\n".join(lines)), LONGEST_TEXT),
        str(due.detail.get("alert_channel") or ""),
        _identifier(due, due.kind),
        "" if due.kind in ("opened", "test") else _identifier(due, "opened"),
        tuple(due.refused or ()),
    )


def _identifier(due: DueMessage, kind: str) -> str:
    """Made of what is known wherever the incident is kept, so that a message sent twice can be seen to be one."""
    if due.opened_at is None:
        return ""
    run = f".{due.last_run_id}" if kind == "again" else ""
    return f"{due.fingerprint}.{due.opened_at.timestamp():.6f}.{kind}{run}"


def _facts(due: DueMessage) -> list[str]:
    detail = due.detail
    shown = OF_THE_PAST if due.kind == "recovered" else dict(PARTS)
    facts = [f"{heading}: {detail[key]}" for key, heading in PARTS if key in shown and detail.get(key)]
    if due.kind in TELLS_OF_TROUBLE:
        return facts
    if due.kind == "recovered":
        opened, over = (f"{at:%Y-%m-%d %H:%M %Z}" for at in (due.opened_at, due.recovered_at))
        return [f"Open from {opened} to {over}", *facts]
    return ["This channel works."]


def _next_steps(settings: Settings, due: DueMessage) -> list[str]:
    run_id = due.last_run_id
    if due.kind not in TELLS_OF_TROUBLE or not run_id:
        return []
    steps = ["", f"Look:   miyabi-dw runs show {run_id}", f"Resume: miyabi-dw resume {run_id}"]
    return [*steps, f"Page:   {_page(settings, due)}"] if due.archive_path else steps


def _page(settings: Settings, due: DueMessage) -> str:
    base = settings.reports_url.rstrip("/") if settings.reports_url else settings.reports_dir.as_uri()
    return f"{base}/{due.archive_path}/index.html"
