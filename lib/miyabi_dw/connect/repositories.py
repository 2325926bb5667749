"""What a repository is called, the same whichever origin tells of it: `owner/name` in lower case."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from miyabi_dw.connect.git_command import answer_or_none

# Folders where agents and people keep worktrees inside their repository, and remove them with the branch.
_WORKTREES = {"worktrees", ".worktrees"}
# `host:path`, as ssh and scp write it; a single letter before the colon is a disk.
_BY_SSH = re.compile(r"(?:[^@/\s]+@)?(?P<host>[\w.-]{2,}):(?!//)(?P<path>.+)")
_BY_URL = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://(?:[^@/]*@)?[^/]+/(?P<path>.+)", re.IGNORECASE)
_REMOTE = re.compile(r"^(?P<name>\S+)\t(?P<url>.*) \(fetch\)", re.MULTILINE)
# Parts of an address that are not the repository's: Azure DevOps, Bitbucket Server.
_NO_NAME = {"_git", "scm", "v3"}


def repository_of_remote(url: str) -> str:
    """`acme/cli` of any spelling of its remote's address: the path at its host, or the last folder of a local path."""
    found = _BY_URL.fullmatch(url.strip()) or _BY_SSH.fullmatch(url.strip())
    parts = _parts(found["path"] if found else url.strip())
    return "/".join(parts if found else parts[-1:])


def repository_of_folder(path: str) -> str | None:
    """The repository that a folder belongs to, by its remote, or else by its own name; None where there is none.

    The folder may be gone when it was a worktree inside of its repository. The answer is kept for as long as the
    process lives.
    """
    return _of_folder(_without_worktree(path))


def _parts(path: str) -> list[str]:
    parts = [part for part in re.split(r"[/\\]+", unquote(path).lower()) if part not in {"", ".git", *_NO_NAME}]
    return [*parts[:-1], parts[-1].removesuffix(".git")] if parts else []


def _without_worktree(path: str) -> str:
    parts = Path(path).expanduser().parts
    if Path(*parts).is_dir() or _WORKTREES.isdisjoint(parts):
        return str(Path(*parts))
    return str(Path(*parts[: next(number for number, part in enumerate(parts) if part in _WORKTREES)]))


@lru_cache(maxsize=10_000)
def _of_folder(path: str) -> str | None:
    folder = Path(path)
    common = common_folder(folder) if folder.is_dir() else None
    return repository_name(common, remotes(folder)) if common else None


def common_folder(folder: Path) -> str | None:
    """Where the repository of a folder keeps its history, the same for all its worktrees."""
    return answer_or_none(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")


def remotes(folder: Path) -> Mapping[str, str]:
    """The address of each remote, as git would fetch from it; `origin` first."""
    found: dict[str, str] = {}
    for remote in _REMOTE.finditer(answer_or_none(folder, "remote", "--verbose") or ""):
        found.setdefault(remote["name"], remote["url"])
    return dict(sorted(found.items(), key=lambda each: each[0] != "origin"))


def repository_name(common: str, of: Mapping[str, str]) -> str | None:
    """By the first remote, or else by the name of the folder that holds the repository."""
    return repository_of_remote(next(iter(of.values()), "")) or repository_of_remote(common) or None
