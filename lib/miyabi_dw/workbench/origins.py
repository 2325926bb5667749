"""Where a commit or an issue is seen at its origin, for repositories that a connection to GitHub reads."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.github.connection import PUBLIC, GitHub

if TYPE_CHECKING:
    import pandas

# GitHub's pages are elsewhere than its interface, those of GitHub Enterprise on the same host.
ENTERPRISE = "/api/v3"
PAGES = "https://github.com"


def pages(settings: Settings) -> dict[str, str]:
    """The address of each repository's pages, by its name in small letters; none for one that nobody connected."""
    found = [each for each in load_connections(settings).good.values() if isinstance(each, GitHub) and not each.export]
    return {each.repository.lower(): f"{_host(each.api_url)}/{each.repository}" for each in found}


def _host(api_url: str) -> str:
    return PAGES if api_url == PUBLIC else api_url.removesuffix(ENTERPRISE)


def linked(frame: "pandas.DataFrame", known: Mapping[str, str], column: str, place: str) -> "pandas.DataFrame":
    """The frame with a column `origin`, where known: the repository's pages, `place` and the row's value of `column`.

    The frame as it is when no row has one: an empty column would tell nothing.
    """
    found = list(_addresses(zip(frame["repository"], frame[column], strict=True), known, place))
    return frame.assign(origin=found) if any(found) else frame


def _addresses(rows: Iterable[tuple[object, object]], known: Mapping[str, str], place: str) -> Iterable[str]:
    for repository, value in rows:
        home = known.get(str(repository).lower())
        yield f"{home}/{place}/{_whole(value)}" if home and value is not None and value == value else ""


def _whole(value: object) -> str:
    """A number that a column with gaps has as a fraction, else the text as it is."""
    return str(int(value)) if isinstance(value, float) else str(value)
