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
HEADLINES = {"opened": "Failed", "recovered": "Recovered", "test": "Test"}


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to be sent on `channel`: `kind` is one of HEADLINES, `detail` what was recorded of the cause.

    `archive_path` is the folder of the last run's page, from that of all reports. A test message is of no incident.
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


@dataclass(frozen=True, slots=True)
class Message:
    """A subject of one line and a body of plain text; `channel` is the alert_channel of the declaration, if any."""

    subject: str
    text: str
    channel: str = ""


def compose(settings: Settings, due: DueMessage) -> Message:
    """The text of a message that is due; secrets are hidden and its size is bounded."""
    subject = f"[Miyabi DW] {HEADLINES[due.kind]}: {due.title}"
    lines = [due.title, "", *_facts(due), *_next_steps(settings, due)]
    hide = redactor(settings)
    return Message(
        cut(one_line(hide(subject)), LONGEST_SUBJECT),
        cut(hide("\n".join(lines)), LONGEST_TEXT),
        str(due.detail.get("alert_channel") or ""),
    )


def _facts(due: DueMessage) -> list[str]:
    detail = due.detail
    facts = [f"{heading}: {detail[key]}" for key, heading in PARTS if detail.get(key)]
    if due.kind == "opened":
        return facts
    if due.kind == "recovered":
        opened, over = (f"{at:%Y-%m-%d %H:%M %Z}" for at in (due.opened_at, due.recovered_at))
        return [f"Open from {opened} to {over}", *facts]
    return ["This channel works."]


def _next_steps(settings: Settings, due: DueMessage) -> list[str]:
    run_id = due.last_run_id
    if due.kind != "opened" or not run_id:
        return []
    steps = ["", f"Look:   miyabi-dw runs show {run_id}", f"Resume: miyabi-dw resume {run_id}"]
    return [*steps, f"Page:   {_page(settings, due)}"] if due.archive_path else steps


def _page(settings: Settings, due: DueMessage) -> str:
    base = settings.reports_url.rstrip("/") if settings.reports_url else settings.reports_dir.as_uri()
    return f"{base}/{due.archive_path}/index.html"
