"""What the message of a merge says: which branches it brought, into which one, for which pull request."""

import re
from dataclasses import dataclass

# Branches that live on: what they bring was brought into them before, and their name is no issue's.
_LONG_LIVED = re.compile(
    r"main|master|trunk|mainline|develop|development|dev|devel|next|staging|stage|stable|prod|production|releases?"
    r"|canary|beta|alpha|edge|current|default|HEAD|(?:releases?|stable|support|maint|maintenance)[-/_].+"
    r"|v?\d+(?:\.(?:\d+|x))+(?:-.+)?|v?\d+-x",
    re.IGNORECASE,
)
# Names that are given again and again: nobody's issue either.
_REPEATED = re.compile(r"(?:.+:)?patch-\d+|(?:changeset-release|release-please|pre-commit-ci|create-pull-request)\b.*")
# What a host writes is short; a text of a megabyte is not searched for it.
_LONGEST = 2_000
_NUMBER = r"#(?P<number>[1-9]\d{0,8})"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


_FORMS = (
    # GitHub
    _form(rf"Merge pull request {_NUMBER} from (?P<owner>[^\s/:]+)[/:](?P<branch>\S+)"),
    # Gitea and Forgejo
    _form(rf"Merge pull request '.*' \({_NUMBER}\) from (?P<branch>\S+) into (?P<into>\S+)"),
    # Bitbucket; its server writes the branches into the body
    _form(rf"Merged in (?P<branch>\S+) \(pull request {_NUMBER}\)"),
    _form(rf"Pull request {_NUMBER}: [\s\S]*?^Merge in \S+ from (?P<branch>\S+) to (?P<into>\S+)"),
    # Azure DevOps
    _form(r"Merged PR (?P<number>[1-9]\d{0,8}): "),
    # bors and homu
    _form(rf"(?:Auto merge of|Merge) {_NUMBER}(?: - (?P<owner>[^\s/:]+):(?P<branch>[^\s,]+))?(?=[\s,]|$)"),
    # People and scripts
    _form(r"[Mm]erge (?:branch )?(?:(?:origin|upstream)/)?(?P<branch>[\w./-]+) (?:in)?to (?P<into>[\w./-]+)$"),
)
_BY_GIT = _form(
    r"Merge (?P<what>(?:remote-tracking )?branch(?:es)?|tags?|commits?) (?P<names>['\"].+?['\"])"
    r"(?: of \S+)?(?: into (?P<into>\S+))?\s*$"
)
_GITLAB_NUMBER = _form(r"^See merge request \S*!([1-9]\d{0,8})\s*$")


@dataclass(frozen=True, slots=True)
class Merge:
    """`branches` in the order of the further parents; `owner` is the fork's where the message tells it."""

    branches: tuple[str, ...] = ()
    into: str | None = None
    number: int | None = None
    owner: str | None = None


def merge_of(message: str) -> Merge | None:
    """What the message says; None for one that is not written as a program writes a merge's."""
    by_git = _BY_GIT.match(message, 0, _LONGEST)
    if by_git:
        return _merge_by_git(by_git, _GITLAB_NUMBER.search(message))
    found = next((found for form in _FORMS if (found := form.match(message, 0, _LONGEST))), None)
    if found is None:
        return None
    told = found.groupdict()
    number = int(told["number"]) if told.get("number") else None
    return Merge((told["branch"],) if told.get("branch") else (), told.get("into"), number, told.get("owner"))


def is_long_lived(branch: str) -> bool:
    return _LONG_LIVED.fullmatch(branch) is not None


def is_repeated(branch: str) -> bool:
    """Whether other work will come under the same name."""
    return is_long_lived(branch) or _REPEATED.fullmatch(branch) is not None


def _merge_by_git(found: re.Match[str], gitlab: re.Match[str] | None) -> Merge:
    names = re.findall(r"['\"]([^'\"]+)['\"]", found["names"])
    if found["what"].startswith("remote"):
        names = [name.partition("/")[2] or name for name in names]
    is_branch = "branch" in found["what"]
    into = found["into"].strip("'\"") if found["into"] else None
    return Merge(tuple(names) if is_branch else (), into, int(gitlab[1]) if gitlab else None)
