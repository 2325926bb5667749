"""What free tags of a request name: an issue, a repository, a branch, and the program that asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from miyabi_dw.connect.keys import key_in_branch

KEY = r"#\d{1,9}|[A-Z][A-Z0-9]{1,9}-\d{1,9}"
ISSUE = re.compile(rf"(?:(?P<name>issue|ticket)\s*[:=]\s*)?(?P<key>{KEY}|(?(name)\d{{1,9}}|(?!)))", re.IGNORECASE)
IN_REPOSITORY = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?P<key>#\d{1,9})")
REPOSITORY = re.compile(r"repo(?:sitory)?\s*[:=]\s*(?P<repository>[\w.-]+/[\w.-]+)", re.IGNORECASE)
BRANCH = re.compile(r"branch\s*[:=]\s*(?P<branch>\S{1,255})", re.IGNORECASE)
PROGRAM = re.compile(r"user-agent:\s*(?P<program>[A-Za-z][\w.-]{1,60})", re.IGNORECASE)
# How programs call themselves, where the catalogue of agents has another name for them.
AGENTS = {"claude-cli": "claude-code", "codex_cli_rs": "codex", "codex_exec": "codex", "codex-tui": "codex"}


@dataclass(frozen=True, slots=True)
class Named:
    """None for what no tag names; `branch_key` is the issue that the branch's name tells."""

    repository: str | None = None
    issue_key: str | None = None
    branch: str | None = None
    branch_key: str | None = None
    agent_id: str | None = None


def named_in(tags: Iterable[object]) -> Named:
    """What the tags name; of several issues, repositories or branches the first."""
    found: dict[str, str] = {}
    for tag in tags:
        if isinstance(tag, str):
            for name, value in _named(tag.strip()).items():
                found.setdefault(name, value)
    branch = found.get("branch")
    return Named(**found, branch_key=key_in_branch(branch) if branch else None)


def issue_key(text: str) -> str | None:
    """`#12` or `ABC-123` of an issue as it is written in a tag: `12` after `issue:` too."""
    found = ISSUE.fullmatch(text)
    if not found:
        return None
    key = found["key"].upper()
    return f"#{key}" if key.isdigit() else key


def _named(tag: str) -> dict[str, str]:
    if found := IN_REPOSITORY.fullmatch(tag.removeprefix("issue:").strip()):
        return {"repository": found["repository"].lower(), "issue_key": found["key"]}
    if key := issue_key(tag):
        return {"issue_key": key}
    if found := REPOSITORY.fullmatch(tag):
        return {"repository": found["repository"].lower()}
    if found := BRANCH.fullmatch(tag):
        return {"branch": found["branch"]}
    if found := PROGRAM.match(tag):
        return {"agent_id": AGENTS.get(found["program"].lower(), found["program"].lower())}
    return {}
