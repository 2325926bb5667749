"""What a message says: the subject, what happened since when, what to type next, and where the run's page is."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import UNKNOWN, cut, one_line, written_minute

LONGEST_SUBJECT, LONGEST_PART = 150, 400
# Which part of an incident's detail is said under which heading, in this order.
PARTS = (
    ("what", "What"), ("where", "Where"), ("stage", "Stage"), ("cell_name", "Cell"), ("code", "Code"),
    ("remedy", "What to do"), ("alert_channel", "For"),
)  # fmt: skip
# What is over needs no remedy, and the cell that failed once is no news.
OF_THE_PAST = ("what", "where", "alert_channel")
HEADLINES = {
    "opened": "Failed", "again": "Failed again", "worse": "Worse", "recovered": "Recovered", "test": "Test",
}  # fmt: skip
# A cause may have a headline of its own: money that is spent has not failed.
OWN_HEADLINES = {"budget": "Budget"}
TELLS_OF_TROUBLE = ("opened", "again", "worse")


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
    severity: str = "critical"


@dataclass(frozen=True, slots=True)
class Message:
    """A subject of one line and what is told below it; `channel` is the alert_channel of the declaration, if any.

    `headline` is a word, `tone` its colour's name among the pages' states, `when` a sentence. `facts` and `commands`
    are pairs of what it is called and what it is; `page` is the address of the run's page or ''.
    `own_id` is the same when the message is sent once more, `answers` that of the message which it follows up;
    `only_to` are the addresses that still lack it.
    """

    subject: str
    headline: str
    tone: str
    title: str
    when: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    page: str = ""
    channel: str = ""
    own_id: str = ""
    answers: str = ""
    only_to: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it but the subject, as plain text."""
        steps = [*self.commands, *([("Page", self.page)] if self.page else [])]
        told = [self.title, "", self.when, *(f"{name}: {value}" for name, value in self.facts)]
        return "\n".join([*told, *([""] if steps else []), *(f"{name + ':':<7} {value}" for name, value in steps)])


def compose(settings: Settings, due: DueMessage) -> Message:
    """What a message that is due says; secrets are hidden and its size is bounded."""
    hide, headline = redactor(settings), _headline(due)

    def said(text: object, longest: int = LONGEST_PART) -> str:
        return cut(one_line(hide(str(text))), longest)

    return Message(
        said(f"[Miyabi DW] {headline}: {due.title}", LONGEST_SUBJECT),
        headline,
        _tone(due),
        # What happened has its own line.
        said(due.title.removesuffix(f": {due.detail.get('what')}")),
        _when(settings, due),
        tuple((name, said(value)) for name, value in _facts(due)),
        tuple((name, said(command)) for name, command in _commands(due)),
        _page(settings, due),
        str(due.detail.get("alert_channel") or ""),
        _identifier(due, due.kind),
        "" if due.kind in ("opened", "test") else _identifier(due, "opened"),
        tuple(due.refused or ()),
    )


def _headline(due: DueMessage) -> str:
    own = OWN_HEADLINES.get(str(due.detail.get("type")))
    return own if own and due.kind in TELLS_OF_TROUBLE else HEADLINES[due.kind]


def _identifier(due: DueMessage, kind: str) -> str:
    """Made of what is known wherever the incident is kept, so that a message sent twice can be seen to be one."""
    if due.opened_at is None:
        return ""
    run = {"again": f".{due.last_run_id}", "worse": f".{due.detail.get('rank')}"}.get(kind, "")
    return f"{due.fingerprint}.{due.opened_at.timestamp():.6f}.{kind}{run}"


def _tone(due: DueMessage) -> str:
    if due.kind in TELLS_OF_TROUBLE:
        return "bad" if due.severity == "critical" else "warn"
    return "good" if due.kind == "recovered" else "idle"


def _when(settings: Settings, due: DueMessage) -> str:
    if due.kind == "test":
        return "This channel works."
    opened, over = (_minute(at, settings.business_zone) for at in (due.opened_at, due.recovered_at))
    return f"Open from {opened} to {over}" if due.kind == "recovered" else f"Since {opened}"


def _minute(at: datetime | None, zone: ZoneInfo) -> str:
    return UNKNOWN if at is None else written_minute(at.astimezone(zone))


def _facts(due: DueMessage) -> list[tuple[str, object]]:
    shown = OF_THE_PAST if due.kind == "recovered" else dict(PARTS)
    return [(name, due.detail[key]) for key, name in PARTS if key in shown and due.detail.get(key)]


def _commands(due: DueMessage) -> list[tuple[str, str]]:
    run_id = due.last_run_id
    if due.kind not in TELLS_OF_TROUBLE or not run_id:
        return []
    return [("Look", f"miyabi-dw runs show {run_id}"), ("Resume", f"miyabi-dw resume {run_id}")]


def _page(settings: Settings, due: DueMessage) -> str:
    if not (due.archive_path and _commands(due)):
        return ""
    base = settings.reports_url.rstrip("/") if settings.reports_url else settings.reports_dir.as_uri()
    return f"{base}/{due.archive_path}/index.html"
