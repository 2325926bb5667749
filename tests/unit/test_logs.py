"""The log: quiet until asked for, on stderr, as text or JSON lines, and without secrets."""

import json
import logging
import re
from collections.abc import Iterator

import pytest

from miyabi_dw.common import logs
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings

OURS, THEIRS = logging.getLogger("miyabi_dw.somewhere"), logging.getLogger("somebody.else")


@pytest.fixture(autouse=True)
def known_secret() -> Iterator[None]:
    before = logs.hiding.redact
    logs.hiding.redact = redactor(Settings(smtp_password="hunter22"))
    yield
    logs.hiding.redact = before


def told(level: int, form: logs.Format, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with logs.shown(level, form):
        for name, logger in (("ours", OURS), ("theirs", THEIRS)):
            for each in (logging.DEBUG, logging.INFO, logging.WARNING):
                logger.log(each, "%s at %s", name, each)
    OURS.warning("after the end")
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        (logging.WARNING, ["ours at 30", "theirs at 30"]),
        (logging.INFO, ["ours at 20", "ours at 30", "theirs at 30"]),
        (logging.DEBUG, ["ours at 10", "ours at 20", "ours at 30", "theirs at 10", "theirs at 20", "theirs at 30"]),
    ],
)
def test_others_are_quiet_below_warnings_unless_everything_is_asked_for(
    level: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [line.rpartition(": ")[2] for line in told(level, "text", capsys)] == lines


def test_text_and_json_say_when_who_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    [text, _] = told(logging.WARNING, "text", capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING miyabi_dw\.somewhere: ours at 30", text)
    [first, _] = map(json.loads, told(logging.WARNING, "json", capsys))
    assert (first["level"], first["logger"], first["message"]) == ("WARNING", "miyabi_dw.somewhere", "ours at 30")
    assert first["time"].endswith("Z")


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_record_passes_the_redactor(form: logs.Format, capsys: pytest.CaptureFixture[str]) -> None:
    with logs.shown(logging.INFO, form):
        OURS.info("tried %s at postgresql://u:s3cret@db/x", {"password": "hunter22"})
        THEIRS.warning("PGPASSWORD=s3cret hunter22")
        try:
            raise ValueError("hunter22 is wrong, password=s3cret")
        except ValueError:
            OURS.exception("it failed")
    said = capsys.readouterr().err
    assert "hunter22" not in said and "s3cret" not in said
    assert "ValueError: *** is wrong" in said
