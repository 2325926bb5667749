"""What the migrations say of one table: its definition, indexes and comments, word for word."""

import re

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db import scripts

# One statement up to its semicolon; those in texts, comments and function bodies end nothing.
STATEMENT = re.compile(r"(?:'(?:[^']|'')*'|--[^\n]*|\$(\w*)\$.*?\$\1\$|[^;'$]|\$)*;", re.DOTALL)
COMMENT_LINES = re.compile(r"^(?:\s*--[^\n]*\n|\s+)*")


def fact_names() -> list[str]:
    """The facts that the migrations make."""
    made = re.compile(r"CREATE TABLE (fact_\w+) \(")
    return sorted({found[1] for text in _statements() if (found := made.match(text))})


def definition(fact: str) -> list[str]:
    """The statements that make `fact`, in the order of the migrations; BadRequest when there is no such fact."""
    known = fact_names()
    if fact not in known:
        raise BadRequest(f"there is no fact {fact!r}", remedy=f"choose one of {', '.join(known)}")
    mentions = re.compile(
        rf"(CREATE TABLE|CREATE (UNIQUE )?INDEX (\w+ )?ON|ALTER TABLE|COMMENT ON (TABLE|COLUMN)) (public\.)?{fact}\b"
    )
    return [text for text in _statements() if mentions.match(text)]


def _statements() -> list[str]:
    return [
        COMMENT_LINES.sub("", found[0]).strip()
        for migration in scripts.migrations()
        if not migration.repeats
        for found in STATEMENT.finditer(migration.text)
    ]
