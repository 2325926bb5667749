"""Which issues a pull request works on and a commit names, by what is written in them; the writing is not kept."""

import re
from collections.abc import Iterable, Iterator, Mapping

from miyabi_dw.connect.github.answers import Item, text
from miyabi_dw.connect.keys import closing_keys, key_in_branch, keys_in_subject, local_key, trailer_keys
from miyabi_dw.connect.privacy import without_addresses
from miyabi_dw.connect.records import CommitIssue

# By key, how it was found.
Links = Mapping[str, str]

# What templates of pull requests hold for those who write them, and code that is quoted.
NOT_SAID = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)", re.DOTALL)
TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*):\s+(\S.*)")
# Of trailers three kinds are kept: who took part, ids, and keys of issues. What else has a colon may be text.
PEOPLE = re.compile(r"[a-z-]+-by", re.IGNORECASE)
BY_ID = re.compile(r"(?:[a-z]+-)+(?:id|session|checkpoint|trace|thread|model|agent|tool|assisted)", re.IGNORECASE)
IN_ANGLES = re.compile(r"<[^>]*>")
LONGEST_NAME, LONGEST_ID = 100, 200
# Machines paste the notes of other projects, whose keywords and numbers are not ours.
MACHINE = re.compile(r"\[bot\]$|^(?:dependabot|renovate)\b", re.IGNORECASE)
REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
# How a commit got the issue that its pull request has.
THROUGH_PULL = {"closing keyword": "closing keyword", "branch": "merged branch", "title": "subject"}


def of_pull(repository: str, number: int, pull: Item) -> Links:
    """Closing keywords in title and text, then what the branch and the title name; not the pull request itself."""
    title, branch = text(pull, "title") or "", text(pull, "head", "ref")
    body = "" if is_machine(text(pull, "user", "login")) else NOT_SAID.sub(" ", text(pull, "body") or "")
    return _links(repository, number, [
        ("closing keyword", closing_keys(title) + closing_keys(body)),
        ("branch", [key_in_branch(branch)] if branch else []),
        ("title", keys_in_subject(title)),
    ])  # fmt: skip


def of_commit(repository: str, number: int, sha: str, message: str, pull: Links) -> Iterator[CommitIssue]:
    """What its own message names (nothing where a machine wrote it), then what its pull request works on."""
    found = _links(repository, number, [
        ("trailer", trailer_keys(trailers(message))),
        ("closing keyword", closing_keys(message)),
        ("subject", keys_in_subject(message.partition("\n")[0])),
    ])  # fmt: skip
    through = {key: THROUGH_PULL[link] for key, link in pull.items()}
    for key, link in {**through, **found}.items():
        yield CommitIssue(repository, sha, key, link)


def _links(repository: str, number: int, found: Iterable[tuple[str, Iterable[str | None]]]) -> dict[str, str]:
    """By key, the first way in which it was found."""
    links: dict[str, str] = {}
    for link, keys in found:
        for key in keys:
            if key and (own := local_key(key, repository)) != f"#{number}":
                links.setdefault(own, link)
    return links


def is_machine(author: str | None) -> bool:
    return bool(author and MACHINE.search(author))


def trailers(message: str) -> tuple[str, ...]:
    """`Key: value` lines of the last paragraph, without addresses and without text."""
    paragraphs = re.split(r"\n\s*\n", message.strip())
    lines = paragraphs[-1].splitlines() if len(paragraphs) > 1 else []
    found = (TRAILER.fullmatch(line.strip()) for line in lines)
    return tuple(f"{one[1]}: {value}" for one in found if one and (value := _kept(one[1], one[2].strip())))


def _kept(key: str, value: str) -> str:
    if PEOPLE.fullmatch(key):
        return without_addresses(IN_ANGLES.sub("", value)).strip()[:LONGEST_NAME]
    if BY_ID.fullmatch(key):
        return value if len(value.split()) == 1 and len(value) <= LONGEST_ID and "@" not in value else ""
    return ", ".join(trailer_keys([f"{key}: {value}"]))


def reverted(message: str) -> str | None:
    """The sha that a revert's message names."""
    found = REVERTS.search(message)
    return found[1] if found else None
