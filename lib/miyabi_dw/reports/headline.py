"""The one sentence that a run's page opens with, and what to do next."""

import shlex
from dataclasses import dataclass

from miyabi_dw.common.text import counted
from miyabi_dw.reports.formats import STATE_TONES, Clock, duration
from miyabi_dw.reports.records import ReportedFinding
from miyabi_dw.reports.run_report import RunReport, readable

# How a job ended that did its work, by the worst of what it found.
FOUND = {"ok": "succeeded", "warning": "with warnings", "critical": "critical findings"}


@dataclass(frozen=True)
class Headline:
    """`tone` is good, warn, bad, idle or busy."""

    tone: str
    state: str
    sentence: str
    commands: tuple[str, ...] = ()


def headline(report: RunReport, clock: Clock) -> Headline:
    run = report.run
    what = clock.interval(run.interval_start, run.interval_end) or readable(run.pipeline)
    if run.state == "succeeded":
        return _job(report.outcome) if report.outcome else _succeeded(report, what)
    sentences = {
        "failed": f"{what}: stopped{_where(report)}, {_what_is_loaded(report)}.",
        "lost": f"{what}: the runner vanished{_where(report)}, {_what_is_loaded(report)}.",
        "cancelled": f"{what}: cancelled{_where(report)}, {_what_is_loaded(report)}.",
        "skipped": f"{what}: nothing ran{_because(run.reason)}.",
    }
    sentence = sentences.get(run.state, f"{what}: still {run.state}.")
    return Headline(STATE_TONES[run.state], run.state, sentence, _commands(report))


def _succeeded(report: RunReport, what: str) -> Headline:
    parts = [_rows(report)] if report.row_counts else [f"done in {duration(report.length)}"]
    parts += [_checks(report)] if report.checks else []
    parts += [report.run.reason] if report.run.reason else []
    tone = "warn" if report.warnings or report.totals["quarantined"] or report.run.reason else "good"
    return Headline(tone, "succeeded", f"{what}: {'; '.join(parts)}.")


def _job(outcome: ReportedFinding) -> Headline:
    """A job is as good as what it found."""
    return Headline(outcome.tone, FOUND[outcome.level], outcome.sentence)


def _checks(report: RunReport) -> str:
    checks, warnings = len(report.checks), len(report.warnings)
    if warnings:
        return f"{warnings} of {counted(checks, 'check')} {'warns' if warnings == 1 else 'warn'}"
    if report.not_passed:
        return f"{report.outcomes['passed']:,} of {counted(checks, 'check')} passed, the rest is for information"
    return "the one check passed" if checks == 1 else f"all {checks:,} checks passed"


def _rows(report: RunReport) -> str:
    totals = {name: value or 0 for name, value in report.totals.items()}
    if not totals["extracted"]:
        return "loaded, the source had no rows for it"
    quarantined = f", {totals['quarantined']:,} quarantined" if totals["quarantined"] else ""
    return (
        f"loaded, {counted(totals['extracted'], 'row')} read, {totals['inserted']:,} inserted,"
        f" {totals['updated']:,} updated{quarantined}"
    )


def _where(report: RunReport) -> str:
    """In which stage it ended, told by the last attempt."""
    if not report.attempts:
        return " before its first stage"
    last = report.attempts[-1].row
    return f" {'after' if last.state == 'succeeded' else 'in'} the {readable(last.stage).lower()} stage"


def _what_is_loaded(report: RunReport) -> str:
    """What the warehouse has afterwards: a load is one transaction, so it is there or it is not."""
    if report.fact_counts:
        return "after its rows were loaded"
    return "nothing was loaded" if report.row_counts or report.run.interval_start else "nothing was finished"


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _commands(report: RunReport) -> tuple[str, ...]:
    """What to type next, the likeliest first."""
    run_id = shlex.quote(report.run.run_id)
    if report.run.state == "failed" and report.not_passed:
        return (f"miyabi-dw gate results {run_id}", f"miyabi-dw resume {run_id}")
    if report.run.state in {"failed", "lost", "cancelled"}:
        return ("miyabi-dw doctor", f"miyabi-dw resume {run_id}")
    return ()
