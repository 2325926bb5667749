"""What a commit's message tells; the message itself goes no further than this module.

Of the lines `Key: value` only those are kept that name people (`Co-authored-by`, without the address), an issue, or
something by an id (`Change-Id`, `Session-Id`): any other line of that form may be text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from miyabi_dw.connect.git.merges import Merge, merge_of
from miyabi_dw.connect.keys import (
    closing_keys,
    keys_in_subject,
    local_key,
    may_name,
    quoted_number,
    squashed_number,
    trailer_keys,
)
from miyabi_dw.connect.privacy import without_addresses

_TRAILER = re.compile(
    r"^[ \t]*(?P<key>[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*):[ \t]+(?P<value>\S[^\n]*)$", re.MULTILINE
)
_PEOPLE = re.compile(r"[a-z-]+-by", re.IGNORECASE)
_BY_ID = re.compile(r"(?:[a-z]+-)+(?:id|session|checkpoint|trace|thread|model|agent|tool|assisted)", re.IGNORECASE)
_ID = re.compile(r"\S{1,200}")
# Agents write it below their text, on a line of its own.
_GENERATED = re.compile(
    r"^[^\w\n>|]*Generated with \[?(Claude Code|Codex|Copilot|Cursor|Devin|Gemini CLI)\b", re.MULTILINE
)
_IN_ANGLES = re.compile(r"<[^>]*>")
_LONGEST_VALUE, _LONGEST_NAME = 300, 100
_REVERTED_COMMIT = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
_REVERTED_NUMBER = re.compile(
    r"^(?:Reverts|This reverts|This reverts merge request) (?:[\w.-]+/[\w./-]+)?[#!]([1-9]\d{0,8})\b", re.MULTILINE
)
_REVERT_SUBJECT = re.compile(r"Revert (?:PR |pull request )?#([1-9]\d{0,8})\b", re.IGNORECASE)
# Machines paste the notes of other projects, whose numbers and keywords are not ours.
_MACHINE = re.compile(r"\[bot\]$|^(?:dependabot|renovate)\b", re.IGNORECASE)


class Told(NamedTuple):
    """What a message tells. `links` has each key with how it is named, `reverts` a sha or a pull request's number."""

    links: tuple[tuple[str, str], ...]
    merge: Merge | None
    number: int | None
    reverts: str | int | None
    trailers: tuple[str, ...]


def told_by(message: str, author: str, repository: str) -> Told:
    """Keys of the own repository are short; of several ways to name a key the surest counts."""
    subject, _, body = message.partition("\n\n")
    subject = " ".join(subject.split())
    merge = merge_of(message) if subject.startswith(("Merge", "merge", "Pull request #", "Auto merge")) else None
    number = merge.number if merge else squashed_number(subject)
    trailers = tuple(_trailers(body)) if ":" in body else ()
    reverts = _reverted(subject, body)
    if not (may_name(message) or any(map(may_name, trailers))):
        # Most commits name nothing, and are told as quickly as they can be.
        return Told((), merge, number, reverts, trailers)
    links: dict[str, str] = {}
    if not _is_machine(author):
        links = dict.fromkeys(closing_keys(message), "closing keyword")
        links |= dict.fromkeys(trailer_keys(trailers), "trailer")
    named = [] if merge else keys_in_subject(subject)
    # The number that a squash appends is the pull request's; it is the issue only where nothing else is named.
    if not (links and named == [f"#{number}"]):
        links = dict.fromkeys(named, "subject") | links
    short = tuple((local_key(key, repository), how) for key, how in links.items())
    return Told(short, merge, number, reverts, trailers)


@lru_cache(maxsize=10_000)
def _is_machine(author: str) -> bool:
    return _MACHINE.search(author) is not None


def _trailers(body: str) -> Iterator[str]:
    for found in _TRAILER.finditer(body):
        value = _kept(found["key"], found["value"][:_LONGEST_VALUE].strip())
        if value:
            yield f"{found['key']}: {value}"
    generated = _GENERATED.search(body) if "Generated with" in body else None
    if generated:
        yield f"Generated-with: {generated[1]}"


def _kept(key: str, value: str) -> str:
    if _PEOPLE.fullmatch(key):
        return without_addresses(_IN_ANGLES.sub("", value)).strip()[:_LONGEST_NAME]
    if _BY_ID.fullmatch(key):
        return value if _ID.fullmatch(value) and "@" not in value else ""
    return ", ".join(trailer_keys([f"{key}: {value}"]))


def _reverted(subject: str, body: str) -> str | int | None:
    if "evert" not in subject and "everts " not in body:
        return None
    commit = _REVERTED_COMMIT.search(body)
    if commit:
        return commit[1]
    number = _REVERTED_NUMBER.search(body) or _REVERT_SUBJECT.match(subject)
    if number:
        return int(number[1])
    return quoted_number(subject) if subject.startswith("Revert ") else None
