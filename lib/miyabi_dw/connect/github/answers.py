"""Reads what GitHub answers, of which nothing is sure: a key may be missing, null or of another type."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

Item = Mapping[str, object]
NOTHING: Item = {}


class Unusable(ValueError):
    """An item lacks what makes it one; the sentence says what, without its content."""


def item(value: object) -> Item:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def items(value: object) -> Iterator[Item]:
    """The objects of a list; whatever else stands in it is passed over."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield one


def at(found: Item, *path: str) -> object:
    """What stands at the end of the path, or None."""
    value: object = found
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(found: Item, *path: str) -> str | None:
    """As a database can keep it: without zero bytes and halves of surrogate pairs; None when empty."""
    value = at(found, *path)
    if not isinstance(value, str):
        return None
    if not value.isascii() or "\x00" in value:
        value = value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return value.strip() or None


def number(found: Item, *path: str) -> int | None:
    value = at(found, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(found: Item, *path: str) -> datetime | None:
    """With its zone; UTC where none is written. None for what is no moment."""
    try:
        read = datetime.fromisoformat(text(found, *path) or "")
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def needed_number(found: Item, *path: str) -> int:
    value = number(found, *path)
    if value is None or value < 1:
        raise Unusable(f"it has no {'.'.join(path)}")
    return value


def needed_moment(found: Item, *path: str) -> datetime:
    value = moment(found, *path)
    if value is None:
        raise Unusable(f"it has no {'.'.join(path)}")
    return value


def needed_text(found: Item, *path: str) -> str:
    value = text(found, *path)
    if value is None:
        raise Unusable(f"it has no {'.'.join(path)}")
    return value


def person(found: Item, *paths: tuple[str, ...]) -> str | None:
    """The first name or login that is there; what looks like an e-mail address is none."""
    names = (text(found, *path) for path in paths)
    return next((name for name in names if name and "@" not in name), None)
