"""Keys of issues in names and texts."""

import re

BRANCH_KEY = re.compile(
    r"(?:^|[/_-])(?P<jira>[A-Z][A-Z0-9]{1,9}-\d+)(?=$|[/_-])|(?:^|/)(?:issue-?)?#?(?P<number>\d+)(?=$|[/_-])"
)


def key_in_branch(name: str) -> str | None:
    """`#12` of `fix/12-login`, `ABC-123` of `ABC-123-login`; None where the name tells none."""
    found = BRANCH_KEY.search(name)
    if not found:
        return None
    return found["jira"] or f"#{found['number']}"


def keys_in_subject(text: str) -> list[str]:
    """`#123` and `ABC-123` in a line, each once."""
    return list(dict.fromkeys(re.findall(r"#\d+|\b[A-Z][A-Z0-9]{1,9}-\d+\b", text)))
