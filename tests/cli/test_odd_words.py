"""The whole command line is given what nobody should: it ends with 0, 1 or 2, in one line, and has recorded nothing."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from cli.driving import Said, call, leaves, recorded, stop_at_beginnings
from miyabi_dw.cli import cli
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database

ODD = (
    "", " ", "0", "-1", "1e20", "9" * 30, "NaN", "0001-01-01", "1900-01-01", "9999-12-31", "2026-02-30", "2026-01-31T02:00",
    "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-W05-6", "２０２６-01-31", "nope", "x" * 5000, "y" * 600, "a b " * 1000,
    "nul\0", "\x1b[31m", "\ud800", "😀", "%s", "{}", "'; DROP TABLE ops.run; --", "../../nowhere/file", "/etc", "-", "a=b",
    "a/b", "latest", "https://[::1", "postgresql://u:hunter2@127.0.0.1:1/x",
)  # fmt: skip
FITTING = {
    "pipeline": ("daily_issue_processing_etl", "hourly", "weekly"), "stage": ("01_extract",), "fact": ("fact_deployment",),
    "name": ("fact_deployment", "cost_analysis"), "month": ("2025-01",), "source_table": ("commits",), "column": ("commits.author",),
    "check": ("commits.sha-known",), "quarantine_id": ("1",), "ids": ("1",), "limit": ("5",), "repository": ("acme/cli",),
}  # fmt: skip
DAYS = ("1970-01-01", "2099-12-31", "2026-01-31", "2026-02-01", "yesterday", "2026-01-31T02:00:00+09:00")
COMMANDS = sorted(leaves(cli), key=lambda found: found[0])
CLASS_NAME = re.compile(r"\b[A-Za-z.]*(Error|Exception|OutOfRange|Violation|Undefined[A-Z]\w+)\b|psycopg2|Traceback")


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """One command with values for its arguments and options, of which some fit."""
    path, command = draw(st.sampled_from(COMMANDS))
    words: list[str] = []
    takes_values = False
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            words += draw(st.sampled_from([[], [parameter.opts[0]]])) if "help" not in (parameter.name or "") else []
            continue
        takes_values = True
        if parameter.required or draw(st.booleans()):
            words += _given(draw, parameter)
    if not takes_values or draw(st.integers(0, 9)) == 0:
        # What takes no values would begin at once.
        words.append(draw(st.sampled_from(["nope", "--nope", "x" * 5000, "😀", "--limit=-1"])))
    as_of = draw(st.sampled_from([[], [], ["--as-of", draw(st.sampled_from((*ODD, *DAYS)))]]))
    return [*as_of, *path, *words]


def _given(draw: st.DrawFn, parameter: click.Parameter) -> list[str]:
    fitting = FITTING.get(parameter.name or "", DAYS)
    fits = draw(st.integers(0, 9)) < 7
    value = draw(st.sampled_from(fitting) if fits else st.sampled_from(ODD) | st.text(max_size=9))
    if isinstance(parameter, click.Argument):
        return [value]
    option = parameter.opts[0]
    joined = [f"{option}={value}"] if option.startswith("--") else [option, value]
    return draw(st.sampled_from([joined, [option, value]]))


@pytest.fixture
def driven(
    settings: Settings, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    stop_at_beginnings(monkeypatch)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path))
    yield


class Recorded:
    """What there was after the last command that may have changed it."""

    def __init__(self, look: Callable[[], tuple[object, ...]]) -> None:
        self.look = look
        self.last = look()

    def is_as_before(self, said: Said) -> bool:
        before, now = self.last, self.look()
        self.last = now
        return said.status not in (1, 2) or now == before


@pytest.fixture
def kept(settings: Settings, environment: dict[str, str], database: Database) -> Recorded:
    return Recorded(recorded(settings, database))


def complaints(said: Said) -> list[str]:
    """What is wrong with how a command ended."""
    wrong = []
    if said.status not in (0, 1, 2, None):
        wrong.append(f"exit status {said.status}")
    lines = [line for line in said.err.splitlines() if line]
    if len([line for line in lines if line.startswith("error: ")]) > 1:
        wrong.append("several errors")
    if said.status == 2 and not said.out and not (len(lines) == 1 and lines[0].startswith("error: ")):
        wrong.append("not one line")
    if len(said.err) > 2000:
        wrong.append(f"{len(said.err)} characters")
    if found := CLASS_NAME.search(said.err):
        wrong.append(f"names {found[0]}")
    if "unforeseen" in said.err:
        wrong.append("nobody thought of it")
    return wrong


@pytest.mark.slow
@hypothesis(
    max_examples=120, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(words=command_lines())
def test_b32_any_command_with_any_words_ends_in_order_and_records_nothing(
    words: list[str], driven: None, kept: Recorded
) -> None:
    said = call(*words)
    assert complaints(said) == [], said.err[:600]
    assert kept.is_as_before(said)
    if said.status == 2 and "--json" in words and said.out.startswith('{\n  "error"'):
        assert json.loads(said.out)["error"]["what"]
