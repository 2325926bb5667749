"""The log of what happens inside, for whoever asks: quiet by default, on stderr as text or as JSON lines.

Modules write with logging.getLogger(__name__). Whatever they write goes through one filter that hides secrets.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from miyabi_dw.common.redaction import Redactor, redacted

PACKAGE = "miyabi_dw"
Format = Literal["text", "json"]


class Hiding(logging.Filter):
    """Hides secrets in each record; it knows those of the settings as soon as `redact` is set to theirs."""

    redact: Redactor = staticmethod(redacted)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        return True


class Text(logging.Formatter):
    """2026-01-31T02:00:00Z INFO miyabi_dw.db.connection: what happened"""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")


class JsonLines(Text):
    """One object a line: time, level, logger, message, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        shown = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(shown | ({"traceback": record.exc_text} if record.exc_text else {}), ensure_ascii=False)


hiding = Hiding()


@contextmanager
def shown(level: int, form: Format = "text") -> Iterator[None]:
    """While inside, records of `level` and above go to stderr; of other libraries only warnings, unless at DEBUG."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Text())
    handler.addFilter(hiding)
    root, ours = logging.getLogger(), logging.getLogger(PACKAGE)
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(level if level <= logging.DEBUG else logging.WARNING)
    ours.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
