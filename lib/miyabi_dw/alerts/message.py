"""What a message says: the subject, the failing cell's error, what to type next, and the link to the run's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
class Message:
    """A subject of one line and a body of plain text; `channel` is the alert_channel of the declaration, if any."""

    subject: str
    text: str
    channel: str = ""


def compose(settings: Settings, incident: Mapping[str, Any]) -> Message:
    """The message about an incident row; secrets are hidden and its size is bounded."""
    subject = f"[Miyabi DW] {HEADLINES[incident['kind']]}: {incident['title']}"
    lines = [incident["title"], "", *_facts(incident), *_next_steps(settings, incident)]
    hide = redactor(settings)
    return Message(
        cut(one_line(hide(subject)), LONGEST_SUBJECT),
        cut(hide("\n".join(lines)), LONGEST_TEXT),
        str(incident["detail"].get("alert_channel") or ""),
    )


def _facts(incident: Mapping[str, Any]) -> list[str]:
    detail = incident["detail"]
    facts = [f"{heading}: {detail[key]}" for key, heading in PARTS if detail.get(key)]
    if incident["kind"] == "opened":
        return facts
    if incident["kind"] == "recovered":
        opened, over = (f"{incident[name]:%Y-%m-%d %H:%M %Z}" for name in ("opened_at", "recovered_at"))
        return [f"Open from {opened} to {over}", *facts]
    return ["This channel works."]


def _next_steps(settings: Settings, incident: Mapping[str, Any]) -> list[str]:
    run_id = incident.get("last_run_id")
    if incident["kind"] != "opened" or not run_id:
        return []
    steps = ["", f"Look:   miyabi-dw runs show {run_id}", f"Resume: miyabi-dw resume {run_id}"]
    return [*steps, f"Page:   {_page(settings, incident)}"] if incident.get("archive_path") else steps


def _page(settings: Settings, incident: Mapping[str, Any]) -> str:
    base = settings.reports_url.rstrip("/") if settings.reports_url else settings.reports_dir.as_uri()
    return f"{base}/{incident['archive_path']}/index.html"
