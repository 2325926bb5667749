"""The one sentence that a run's page opens with, and what to do next."""

import shlex
from dataclasses import dataclass

from miyabi_dw.common.text import counted
from miyabi_dw.reports.formats import STATE_TONES, Clock, duration
from miyabi_dw.reports.run_report import Story, readable


@dataclass(frozen=True)
class Verdict:
    """`tone` is good, warn, bad, idle or busy."""

    tone: str
    state: str
    sentence: str
    commands: tuple[str, ...] = ()


def verdict(story: Story, clock: Clock) -> Verdict:
    state = story.run["state"]
    what = clock.interval(story.run["interval_start"], story.run["interval_end"]) or readable(story.run["pipeline"])
    if state == "succeeded":
        return _succeeded(story, what)
    sentences = {
        "failed": f"{what}: stopped{_where(story)}, {_what_stands(story)}.",
        "lost": f"{what}: the runner vanished{_where(story)}, {_what_stands(story)}.",
        "cancelled": f"{what}: cancelled{_where(story)}, {_what_stands(story)}.",
        "skipped": f"{what}: nothing ran{_because(story.run['reason'])}.",
    }
    return Verdict(STATE_TONES[state], state, sentences.get(state, f"{what}: still {state}."), _commands(story))


def _succeeded(story: Story, what: str) -> Verdict:
    unwell, held = len(story.warnings), len(story.checks) - len(story.warnings)
    parts = [_rows(story)] if story.row_counts else [f"done in {duration(story.length)}"]
    if story.checks:
        parts.append(
            f"{unwell} of {counted(unwell + held, 'check')} {'warns' if unwell == 1 else 'warn'}"
            if unwell
            else ("the one check holds" if held == 1 else f"all {held:,} checks hold")
        )
    worrying = unwell or story.totals["quarantined"]
    return Verdict("warn" if worrying else "good", "succeeded", f"{what}: {'; '.join(parts)}.")


def _rows(story: Story) -> str:
    totals = {name: value or 0 for name, value in story.totals.items()}
    if not totals["extracted"]:
        return "loaded, the source had no rows for it"
    aside = f", {totals['quarantined']:,} set aside" if totals["quarantined"] else ""
    return (
        f"loaded, {counted(totals['extracted'], 'row')} read, {totals['inserted']:,} new,"
        f" {totals['updated']:,} changed{aside}"
    )


def _where(story: Story) -> str:
    """In which stage it ended, told by the last attempt."""
    if not story.attempts:
        return " before its first stage"
    last = story.attempts[-1].row
    return f" {'after' if last['state'] == 'succeeded' else 'in'} the {readable(last['stage']).lower()} stage"


def _what_stands(story: Story) -> str:
    """What the warehouse holds afterwards: a load is one transaction, so it is there or it is not."""
    if story.fact_counts:
        return "after its rows were loaded"
    return "nothing was loaded" if story.row_counts or story.run["interval_start"] else "nothing was finished"


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _commands(story: Story) -> tuple[str, ...]:
    """What to type next, the likeliest first."""
    run_id = shlex.quote(story.run["run_id"])
    if story.run["state"] == "failed" and story.unwell:
        return (f"miyabi-dw gate results {run_id}", f"miyabi-dw resume {run_id}")
    if story.run["state"] in {"failed", "lost", "cancelled"}:
        return ("miyabi-dw doctor", f"miyabi-dw resume {run_id}")
    return ()
