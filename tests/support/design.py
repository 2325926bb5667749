"""The page that shows every element of the design, made of the same macros and the same stylesheet as all others."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from miyabi_dw.alerts.mail_page import mail_page
from miyabi_dw.alerts.message import DueMessage, compose
from miyabi_dw.common.settings import Settings
from miyabi_dw.reports import assets
from miyabi_dw.reports.inline_svg import bars, line
from miyabi_dw.reports.render import environment, shared
from miyabi_dw.reports.tables import simple
from miyabi_dw.reports.tiles import Tile

TEMPLATE = Path(__file__).with_name("design.html")
PAGE, MAIL = PurePosixPath("design.html"), PurePosixPath("mail.html")
COLOURS = [
    "paper",
    "card",
    "sunk",
    "ink",
    "muted",
    "line",
    "accent",
    "good",
    "good-soft",
    "warn",
    "warn-soft",
    "bad",
    "bad-soft",
    "busy",
    "busy-soft",
    "idle",
    "idle-soft",
    "inserted",
    "updated",
    "unchanged",
    "quarantined",
    "series-1",
    "series-2",
    "series-3",
    "series-4",
    "series-5",
    "series-6",
    "series-7",
    "series-8",
    "limit",
    "limit-alert",
]


def write_design(settings: Settings) -> Path:
    """Puts design.html among the reports."""
    assets.ensure(settings.reports_dir)
    template = environment(settings).from_string(TEMPLATE.read_text(encoding="utf-8"))
    path = settings.reports_dir / PAGE
    context = {"colours": COLOURS, "tile": tile(), "bars": bars([3, 5, None, 2, 8], "Rows by day: 3, 5, —, 2, 8")}
    context |= {"table": simple(["agent", "cost"], [["claude-code", "478.43"], ["codex", "12.10"]])}
    context |= {"mail": write_mail(settings)}
    path.write_text(template.render(**shared(settings, PAGE), **context), encoding="utf-8")
    return path


def write_mail(settings: Settings) -> str:
    """Puts mail.html beside it, and gives what it holds."""
    what = "3 of 44 rows of fact_deployment failed fact_deployment.grain"
    detail = {"what": what, "stage": "04_load", "code": "gate-failed", "remedy": "look at the rows, then resume"}
    due = DueMessage(
        "opened", "email", f"daily failed: {what}", detail=detail, last_run_id="20260210T170400Z-daily-a1b2c3",
        opened_at=datetime(2026, 2, 10, 17, 4, tzinfo=UTC), archive_path="daily/2026/02/10/20260210T170400Z-daily-a1b2c3",
    )  # fmt: skip
    told = mail_page(compose(settings.model_copy(update={"reports_url": "https://dw.example.org/reports"}), due))
    (settings.reports_dir / MAIL).write_text(told, encoding="utf-8")
    return told


def tile() -> Tile:
    drawn = line([31, 28, None, 40, 44.1], "Lead time, the last 5 weeks in hours: 31, 28, —, 40, 44.1")
    notes = ("week of 2–8 Feb 2026", "partly loaded")
    return Tile("lead_time", "Lead time for changes", "Hours.", "44.1", "hours", "high", notes, Markup(drawn))
