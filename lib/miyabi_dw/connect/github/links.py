"""Which issues a pull request works on and a commit names, by what is written in them; the writing is not kept."""

import re
from collections.abc import Iterable, Iterator, Mapping

from miyabi_dw.connect.github.answers import Item, text
from miyabi_dw.connect.keys import closing_keys, key_in_branch, keys_in_subject, local_key, trailer_keys
from miyabi_dw.connect.records import CommitIssue

# By key, how it was found.
Links = Mapping[str, str]

# What templates of pull requests hold for those who write them, and code that is quoted.
NOT_SAID = re.compile(r"<!--.*?(?:-->|\Z)|```.*?(?:```|\Z)", re.DOTALL)
TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,40}): *(\S.*)")
# A last paragraph of prose may hold a colon, too; these names are trailers.
TRAILERS = re.compile(
    r"[a-z]+(?:-[a-z]+)*-by|fix(?:es)?|closes?|resolves?|refs?|references?|see-also|related|relate[sd]-to|part-of|issues?"
    r"|issue-(?:id|key|number)|tickets?|tasks?|work-items?|jira|linear|bugs?|bug-id|github-issue|change-id|reverts",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\s*<[^>]*>|\S+@\S+")
REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
# How a commit got the issue that its pull request has.
THROUGH_PULL = {"closing keyword": "closing keyword", "branch": "merged branch", "title": "subject"}


def of_pull(repository: str, number: int, pull: Item) -> Links:
    """Closing keywords in title and text, then what the branch and the title name; not the pull request itself."""
    title, body = text(pull, "title") or "", NOT_SAID.sub(" ", text(pull, "body") or "")
    branch = text(pull, "head", "ref")
    return _links(repository, number, [
        ("closing keyword", closing_keys(title) + closing_keys(body)),
        ("branch", [key_in_branch(branch)] if branch else []),
        ("title", keys_in_subject(title)),
    ])  # fmt: skip


def of_commit(repository: str, number: int | None, sha: str, message: str, pull: Links) -> Iterator[CommitIssue]:
    """What its own message names, then what its pull request works on."""
    found = _links(repository, number, [
        ("trailer", trailer_keys(trailers(message))),
        ("closing keyword", closing_keys(message)),
        ("subject", keys_in_subject(message.partition("\n")[0])),
    ])  # fmt: skip
    through = {key: THROUGH_PULL[link] for key, link in pull.items()}
    for key, link in {**through, **found}.items():
        yield CommitIssue(repository, sha, key, link)


def _links(repository: str, number: int | None, found: Iterable[tuple[str, Iterable[str | None]]]) -> dict[str, str]:
    """By key, the first way in which it was found."""
    links: dict[str, str] = {}
    for link, keys in found:
        for key in keys:
            if key and (own := local_key(key, repository)) != f"#{number}":
                links.setdefault(own, link)
    return links


def trailers(message: str) -> tuple[str, ...]:
    """`Key: value` lines of the last paragraph that are trailers, without addresses."""
    paragraphs = re.split(r"\n\s*\n", message.strip())
    lines = paragraphs[-1].splitlines() if len(paragraphs) > 1 else []
    found = (TRAILER.fullmatch(line.strip()) for line in lines)
    return tuple(
        f"{match[1]}: {value}"
        for match in found
        if match and TRAILERS.fullmatch(match[1]) and (value := ADDRESS.sub("", match[2]).strip())
    )


def reverted(message: str) -> str | None:
    """The sha that a revert's message names."""
    found = REVERTS.search(message)
    return found[1] if found else None
