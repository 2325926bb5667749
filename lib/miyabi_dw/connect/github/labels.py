"""An issue's labels: from when until when each stood on it, and what they say of its type and priority."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from miyabi_dw.connect.github.answers import Item, items, moment, text
from miyabi_dw.connect.records import Label

PRIORITY = re.compile(r"(?:prio(?:rity)?\s*[:/ _-]?\s*)?(p[0-4])", re.IGNORECASE)
# Other labels of such a prefix are no types that the warehouse knows; they stay labels.
TYPE = re.compile(
    r"(?:(?:type|kind|category)\s*[:/ _-]\s*|[tc]-)?"
    r"(bug|incident|hotfix|feature|enhancement|refactor(?:ing)?|docs|documentation|chore|test|performance|security|task)",
    re.IGNORECASE,
)
SPELLINGS = {"documentation": "docs", "refactoring": "refactor"}


def names_of(issue: Item) -> list[str]:
    """The labels that stand on the issue now; GitHub writes them as objects, in old answers as plain texts."""
    found = issue.get("labels")
    plain = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
    return plain + [name for one in items(found) if (name := text(one, "name"))]


def type_of(issue: Item) -> str | None:
    """The issue's own type, or else the first label that names one."""
    own = text(issue, "type", "name")
    found = (TYPE.fullmatch(name) for name in names_of(issue))
    told = own or next((match[1] for match in found if match), None)
    return SPELLINGS.get(told.lower(), told.lower()) if told else None


def priority_of(issue: Item) -> str | None:
    found = (PRIORITY.fullmatch(name) for name in names_of(issue))
    return next((match[1].upper() for match in found if match), None)


def history(repository: str, key: str, issue: Item, events: Iterable[Item]) -> Iterator[Label]:
    """Its labels with their times, of its `labeled` and `unlabeled` events in any order.

    The issue itself says which labels stand on it now. One that no event tells of (it came with an import) counts from
    the issue's creation; one that stands no longer with no event (it was renamed or deleted in the repository) counts
    until the issue's last change.
    """
    standing = set(names_of(issue))
    since: dict[str, datetime] = {}
    for at, is_applied, name in sorted(_changes(events)):
        if is_applied:
            since.setdefault(name, at)
        elif name in since:
            yield Label(repository, key, name, since.pop(name), at)
    until = moment(issue, "updated_at")
    for name, at in since.items():
        yield Label(repository, key, name, at, None if name in standing else until)
    created = moment(issue, "created_at")
    if created:
        yield from (Label(repository, key, name, created) for name in sorted(standing - since.keys()))


def _changes(events: Iterable[Item]) -> Iterator[tuple[datetime, bool, str]]:
    for event in events:
        kind, name, at = text(event, "event"), text(event, "label", "name"), moment(event, "created_at")
        if kind in ("labeled", "unlabeled") and name and at:
            yield at, kind == "labeled", name
