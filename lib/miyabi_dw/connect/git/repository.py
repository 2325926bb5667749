"""A folder's git repository as it is now: its name, the branch that is read, and what of its history is missing."""

import re
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.connect.git_command import GitFailed, answer, answer_or_none
from miyabi_dw.connect.repositories import remotes, repository_name

_USUAL = ("main", "master", "trunk")
# What git says, and what that means here; anything else is a damaged repository or a git that was stopped.
_REFUSALS = (
    ("dubious ownership", "the folder belongs to somebody else, so that git does not read it", "origin-forbidden",
     "run this as its owner, or once: git config --global --add safe.directory FOLDER"),
    ("safe.bareRepository", "git is set up not to read bare repositories", "origin-forbidden",
     "change safe.bareRepository, or name a clone with a working tree"),
    ("Permission denied", "the folder may not be read", "origin-forbidden", "have its owner let this user read it"),
    ("not a git repository", "the folder is in no git repository", "origin-missing", "name a clone, or run git init"),
    ("Not a directory", "that is a file and no folder", "origin-missing", "name the folder of a clone"),
    ("cannot change to", "there is no such folder", "origin-missing", "correct the path"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repository:
    """`branch` is the reference that is read and `head` its commit, both None while nothing is committed.

    `cut` holds the commits of a shallow clone whose parents are missing. Of a partial clone (`is_partial`) the files'
    contents are missing, and counting lines would fetch them one by one.
    """

    folder: Path
    name: str
    branch: str | None
    head: str | None
    cut: frozenset[str]
    is_partial: bool

    @property
    def owner(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def short_branch(self) -> str:
        """`main` of refs/remotes/origin/main, `feature/x` of refs/heads/feature/x, `HEAD` where no branch is out."""
        return re.sub(r"^refs/(?:heads|remotes/[^/]+)/", "", self.branch or "")


def open_repository(folder: Path, branch: str) -> Repository:
    """Looks at the repository around the folder; BadRequest where there is none, or no such branch."""
    facts = ("--path-format=absolute", "--git-common-dir", "--is-shallow-repository", "--is-bare-repository")
    try:
        common, is_shallow, is_bare = answer(folder, "rev-parse", *facts).splitlines()
    except GitFailed as failure:
        raise refusal(folder, failure) from failure
    known = remotes(folder)
    remote = next(iter(known), "origin")
    reference, head = (
        _declared(folder, remote, branch) if branch else _usual(folder, remote, is_bare=is_bare == "true")
    ) or (None, None)
    return Repository(
        folder,
        repository_name(common, known) or folder.name.lower(),
        reference,
        head,
        _cut(folder) if is_shallow == "true" else frozenset(),
        _is_partial(folder),
    )


def refusal(folder: Path, failure: GitFailed) -> MiyabiError:
    """git's complaint as an error of ours."""
    for words, what, code, remedy in _REFUSALS:
        if words in failure.words:
            return BadRequest(what, str(folder), remedy, code=code)
    last = failure.words.splitlines()[-1:] or ["it was stopped"]
    return MiyabiError(f"git failed: {last[0]}", str(folder), "see what 'git fsck' says there", code="git-failed")


def _declared(folder: Path, remote: str, branch: str) -> tuple[str, str]:
    """The branch as the team shares it, else the local one."""
    found = _first(folder, (branch, f"refs/remotes/{remote}/{branch}", f"refs/heads/{branch}"))
    if found is None:
        there = answer(folder, "for-each-ref", "--count=10", "--format=%(refname:short)", "refs/heads", "refs/remotes")
        raise BadRequest(
            f"there is no branch {branch!r}", str(folder), f"choose another: {', '.join(there.split())}",
            code="origin-missing",
        )  # fmt: skip
    return found


def _usual(folder: Path, remote: str, *, is_bare: bool) -> tuple[str, str] | None:
    """What the remote calls its default; main or master; else what is checked out. A bare repository's is its HEAD."""
    usual = [f"{place}/{name}" for place in (f"refs/remotes/{remote}", "refs/heads") for name in _USUAL]
    found = None if is_bare else _first(folder, (f"refs/remotes/{remote}/HEAD", *usual))
    return found or _checked_out(folder) or (_first(folder, usual) if is_bare else None)


def _first(folder: Path, references: tuple[str, ...] | list[str]) -> tuple[str, str] | None:
    """The first of the references that there is, and its commit; a symbolic one under the name that it stands for."""
    listed = answer(folder, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", *references).splitlines()
    there = {
        reference: (symbolic or reference, sha) for reference, sha, symbolic in (line.split(" ") for line in listed)
    }
    return next((there[reference] for reference in references if reference in there), None)


def _checked_out(folder: Path) -> tuple[str, str] | None:
    sha = answer_or_none(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return (answer_or_none(folder, "symbolic-ref", "--quiet", "HEAD") or "HEAD", sha) if sha else None


def _cut(folder: Path) -> frozenset[str]:
    path = answer(folder, "rev-parse", "--path-format=absolute", "--git-path", "shallow").rstrip("\n")
    return frozenset(Path(path).read_text(encoding="ascii").split())


def _is_partial(folder: Path) -> bool:
    promised = r"^remote\..*\.promisor$|^extensions\.partialclone$"
    return answer_or_none(folder, "config", "--get-regexp", promised) is not None
