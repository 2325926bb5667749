"""The one sentence that a run's page opens with, and what to do next."""

import shlex
from dataclasses import dataclass

from miyabi_dw.common.text import counted
from miyabi_dw.reports.formats import STATE_TONES, Clock, duration
from miyabi_dw.reports.run_report import RunReport, readable


@dataclass(frozen=True)
class Headline:
    """`tone` is good, warn, bad, idle or busy."""

    tone: str
    state: str
    sentence: str
    commands: tuple[str, ...] = ()


def headline(report: RunReport, clock: Clock) -> Headline:
    state = report.run["state"]
    what = clock.interval(report.run["interval_start"], report.run["interval_end"]) or readable(report.run["pipeline"])
    if state == "succeeded":
        return _succeeded(report, what)
    sentences = {
        "failed": f"{what}: stopped{_where(report)}, {_what_stands(report)}.",
        "lost": f"{what}: the runner vanished{_where(report)}, {_what_stands(report)}.",
        "cancelled": f"{what}: cancelled{_where(report)}, {_what_stands(report)}.",
        "skipped": f"{what}: nothing ran{_because(report.run['reason'])}.",
    }
    return Headline(STATE_TONES[state], state, sentences.get(state, f"{what}: still {state}."), _commands(report))


def _succeeded(report: RunReport, what: str) -> Headline:
    unwell, held = len(report.warnings), len(report.checks) - len(report.warnings)
    parts = [_rows(report)] if report.row_counts else [f"done in {duration(report.length)}"]
    if report.checks:
        parts.append(
            f"{unwell} of {counted(unwell + held, 'check')} {'warns' if unwell == 1 else 'warn'}"
            if unwell
            else ("the one check holds" if held == 1 else f"all {held:,} checks hold")
        )
    worrying = unwell or report.totals["quarantined"]
    return Headline("warn" if worrying else "good", "succeeded", f"{what}: {'; '.join(parts)}.")


def _rows(report: RunReport) -> str:
    totals = {name: value or 0 for name, value in report.totals.items()}
    if not totals["extracted"]:
        return "loaded, the source had no rows for it"
    aside = f", {totals['quarantined']:,} set aside" if totals["quarantined"] else ""
    return (
        f"loaded, {counted(totals['extracted'], 'row')} read, {totals['inserted']:,} new,"
        f" {totals['updated']:,} changed{aside}"
    )


def _where(report: RunReport) -> str:
    """In which stage it ended, told by the last attempt."""
    if not report.attempts:
        return " before its first stage"
    last = report.attempts[-1].row
    return f" {'after' if last['state'] == 'succeeded' else 'in'} the {readable(last['stage']).lower()} stage"


def _what_stands(report: RunReport) -> str:
    """What the warehouse holds afterwards: a load is one transaction, so it is there or it is not."""
    if report.fact_counts:
        return "after its rows were loaded"
    return "nothing was loaded" if report.row_counts or report.run["interval_start"] else "nothing was finished"


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _commands(report: RunReport) -> tuple[str, ...]:
    """What to type next, the likeliest first."""
    run_id = shlex.quote(report.run["run_id"])
    if report.run["state"] == "failed" and report.unwell:
        return (f"miyabi-dw gate results {run_id}", f"miyabi-dw resume {run_id}")
    if report.run["state"] in {"failed", "lost", "cancelled"}:
        return ("miyabi-dw doctor", f"miyabi-dw resume {run_id}")
    return ()
