"""Which issues a text names: `#12` of the own repository, `owner/name#12` of another one, `ABC-123` of a tracker.

Only the keys leave these functions, never the text. A key is spelt as the tracker spells it: `#12` without leading
zeros, `ABC-123` in capitals, a repository in lower case. A key that is named several times is told once, where it
stands first.
"""

import re
from collections.abc import Iterable

# Looks like a tracker's key and is none: standards, weaknesses, algorithms, models.
_STANDARDS = (
    "AES|ANSI|ARM|BASE|CP|COVID|CVE|CWE|ECMA|EIP|ERC|ES|GH|GHSA|GPT|HTTP|IEEE|IPV|ISO|JEP|JSR|KEP|LATIN|MD|MIT|PEP|PKCS"
    "|RC|RFC|RSA|RUSTSEC|SHA|SOC|SSL|TLS|UCS|UTC|UTF|WCAG|WINDOWS"
)
# A project's key has no number in it (`PTH202-205` counts rules), but may have a digit (`K8S-12`).
_TRACKER = rf"(?!(?:{_STANDARDS})-)(?!\w*[0-9][0-9])[A-Z][A-Z0-9_]{{1,9}}-[1-9][0-9]{{0,6}}"
_NUMBER = r"[1-9][0-9]{0,8}"
_REFERENCE = re.compile(
    r"https?://[^\s/]+/(?P<place>[\w.-]+/[\w.-]+)/(?:-/)?(?:issues|work_items)/(?P<linked>[1-9][0-9]{0,8})\b"
    r"|(?<![\w./-])(?P<repository>[\w.-]+/[\w.-]+)#(?P<foreign>[1-9][0-9]{0,8})(?!\w)"
    r"|(?<![\w/&#?=])(?:#|(?i:gh)-)(?P<own>[1-9][0-9]{0,8})(?!\w|-[0-9])"
    rf"|(?<![\w#/.&-])(?P<tracker>{_TRACKER})(?!\w|[-.][0-9])",
)
_DASHED = re.compile(r"-[1-9]")
# What a squash merge writes at the end of its subject.
_SQUASHED = re.compile(rf"\(#({_NUMBER})\)\s*$")
_QUOTED_SQUASH = re.compile(rf"\(#({_NUMBER})\)[\"'”]")
_CLOSING = re.compile(
    r"\b(?:clos(?:e|es|ed|ing)|fix(?:es|ed|ing)?|resolv(?:e|es|ed|ing)|implement(?:s|ed|ing)?)\b:?\s+", re.IGNORECASE
)
_AND = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|&\s*)(?:issues?\s+)?", re.IGNORECASE)
# A branch of these is a version's or a machine's, and its numbers are no issues.
_NO_WORK = re.compile(
    r"^(?:dependabot|renovate|releases?|stable|support|maint|versions?|changeset-release|patch)[-/_]", re.IGNORECASE
)
_BRANCH_NUMBER = re.compile(
    r"(?:^|/)#?([1-9][0-9]{0,6})(?=$|[-_](?![0-9]))"
    r"|(?:^|[/_-])(?:issues?|gh|bug|bugfix|fix|fixes|feat|feature|hotfix|ticket|task|story)"
    r"[-_/]?#?([1-9][0-9]{0,6})(?![\w.]|-[0-9]{1,5}\b)",
    re.IGNORECASE,
)
_BRANCH_TRACKER = re.compile(rf"(?:^|[/_-])({_TRACKER})(?![A-Za-z0-9]|[.][0-9])")
_NAMING = re.compile(
    r"(?:issues?|issue-(?:id|key|number)|refs?|references?|related|relate[sd]-to|part-of|tickets?|tasks?"
    r"|work-items?|jira|linear|bugs?|bug-id|github-issue|closes?|fix(?:es)?|resolves?|implements?)",
    re.IGNORECASE,
)
_NAMING_BY_NUMBER = re.compile(
    r"(?:issues?|issue-(?:id|number)|tickets?|tasks?|bugs?|bug-id|github-issue)", re.IGNORECASE
)


def keys_in_subject(text: str) -> list[str]:
    """Keys that the first line of a message, or a title, names.

    The number that a squash merge appends is its pull request's: it counts only where nothing else is named.
    """
    squashed = _SQUASHED.search(text)
    named = _references(text[: squashed.start()] if squashed else text)
    return named or ([f"#{squashed[1]}"] if squashed else [])


def squashed_number(subject: str) -> int | None:
    """The pull request whose squash this is: `Add a cache (#123)`."""
    found = _SQUASHED.search(subject)
    return int(found[1]) if found else None


def quoted_number(subject: str) -> int | None:
    """The pull request that a revert quotes: `Revert "Add a cache (#123)" (#130)`."""
    found = _QUOTED_SQUASH.search(subject)
    return int(found[1]) if found else None


def key_in_branch(name: str) -> str | None:
    """The issue that a branch is named for: `ABC-123-login`, `123-login`, `fix/123`, `issue-123`.

    None for versions, dates and the branches of machines, whose numbers are no issues.
    """
    tracker = _BRANCH_TRACKER.search(name)
    if tracker:
        return tracker[1]
    number = None if _NO_WORK.match(name) else _BRANCH_NUMBER.search(name)
    return f"#{number[1] or number[2]}" if number else None


def closing_keys(text: str) -> list[str]:
    """Keys that follow a closing keyword (`Fixes #12 and #13`, `closes owner/name#12`, an issue's address)."""
    found: list[str] = []
    for keyword in _CLOSING.finditer(text) if _may_name(text) else ():
        found += _listed(text, keyword.end())
    return list(dict.fromkeys(found))


def trailer_keys(trailers: Iterable[str]) -> list[str]:
    """Keys in trailers that name an issue (`Refs: ABC-12`, `Issue: 12`); a commit's sha in `Fixes:` is none."""
    found: list[str] = []
    for trailer in trailers:
        name, _, value = trailer.partition(":")
        if _NAMING.fullmatch(name.strip()):
            found += _named_by(name.strip(), value.strip())
    return list(dict.fromkeys(found))


def local_key(key: str, repository: str) -> str:
    """`owner/name#12` as `#12` where it is the repository's own."""
    return key.removeprefix(repository) if key.startswith(f"{repository}#") else key


def _named_by(name: str, value: str) -> list[str]:
    if _NAMING_BY_NUMBER.fullmatch(name) and re.fullmatch(_NUMBER, value):
        return [f"#{value}"]
    # `Fixes: 54a4f0239f2e ("subject")` of the kernel names a commit, and its subject may name anything.
    return [] if re.match(r"[0-9a-f]{7,64}\b", value) else _references(value)


def _listed(text: str, position: int) -> list[str]:
    """The keys of a list that begins at `position`: joined by commas and `and`, ended by anything else."""
    keys = []
    while found := _REFERENCE.match(text, position):
        keys.append(_key(found))
        joined = _AND.match(text, found.end())
        if not joined:
            break
        position = joined.end()
    return keys


def _references(text: str) -> list[str]:
    if not _may_name(text):
        return []
    return list(dict.fromkeys(_key(found) for found in _REFERENCE.finditer(text)))


def _may_name(text: str) -> bool:
    """Whether there is anything of a key, told quickly: most texts name none."""
    return "#" in text or "/issues/" in text or "/work_items/" in text or _DASHED.search(text) is not None


def _key(found: re.Match[str]) -> str:
    repository, number = found["place"] or found["repository"], found["linked"] or found["foreign"]
    if repository:
        return f"{repository.lower().removesuffix('.git')}#{number}"
    return f"#{found['own']}" if found["own"] else found["tracker"]
