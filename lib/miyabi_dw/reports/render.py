"""Fills the templates. Everything from data is escaped here, without exception."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemBytecodeCache
from markupsafe import Markup

from miyabi_dw.common import templates
from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.reports import assets, formats
from miyabi_dw.reports.formats import Clock
from miyabi_dw.reports.records import ReportedRun
from miyabi_dw.reports.run_report import Attempt
from miyabi_dw.reports.small_charts import drawn
from miyabi_dw.reports.tables import records

BAR = Markup(
    '<svg class="bar" viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    '<rect class="{tone}" x="{start}" width="{width}" height="1"/></svg>'
)


@cache
def _environment(compiled: Path) -> Environment:
    """Compiled templates are kept in that folder: compiling takes longer than filling them."""
    environment = templates.environment(_kept(compiled))
    environment.filters |= {
        "count": formats.count,
        "counted": counted,
        "duration": lambda length: formats.duration(length).replace(" ", "\N{NO-BREAK SPACE}"),
        "shown": formats.shown,
        "prose": formats.prose,
        "records": records,
        "timeline": timeline,
        "drawn": drawn,
    }
    environment.globals |= {"lasted": formats.lasted, "tones": formats.STATE_TONES}
    return environment


def _kept(folder: Path) -> FileSystemBytecodeCache | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


def render(template: str, settings: Settings, page: PurePosixPath, context: Mapping[str, object]) -> bytes:
    """The page at `page` (as seen from the reports folder), ready to be written."""
    return environment(settings).get_template(template).render(**shared(settings, page), **context).encode()


def environment(settings: Settings) -> Environment:
    """Where all templates are, with what they may call."""
    return _environment(settings.home / "cache" / "templates")


def shared(settings: Settings, page: PurePosixPath) -> dict[str, object]:
    """What every page at its place needs."""
    clock = settings.demo_clock
    return {
        "demonstration": clock and clock.told(settings.business_zone),
        "clock": Clock(settings.business_zone, names_zone=False),
        "to_asset": lambda name: assets.relative(page, getattr(assets, name)()),
        "to_top": "../" * len(page.parent.parts),
    }


def publish(settings: Settings, page: PurePosixPath, template: str, context: Mapping[str, object]) -> None:
    """Puts the page in its place under the reports folder, whole, with the files that it needs."""
    assets.ensure(settings.reports_dir)
    path = settings.reports_dir / page
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, render(template, settings, page, context))


def timeline(attempt: Attempt, run: ReportedRun) -> Markup:
    """When an attempt ran within its run, as a bar."""
    whole, length = formats.lasted(run), formats.lasted(attempt.row)
    if not whole or length is None or run.started_at is None:
        return Markup("")
    scale = 1000 / whole.total_seconds()
    start = max(0.0, (attempt.row.started_at - run.started_at).total_seconds() * scale)
    width = min(max(length.total_seconds() * scale, 6), 1000)
    tone = formats.STATE_TONES[attempt.row.state]
    return BAR.format(tone=tone, start=round(min(start, 994)), width=round(width))
