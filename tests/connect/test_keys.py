"""Which issues a text names, and what a repository is called."""

import subprocess
from pathlib import Path

import pytest

from miyabi_dw.connect.keys import (
    closing_keys,
    key_in_branch,
    keys_in_subject,
    local_key,
    quoted_number,
    squashed_number,
    trailer_keys,
)  # fmt: skip
from miyabi_dw.connect.repositories import repository_of_folder, repository_of_remote


@pytest.mark.parametrize(
    ("subject", "keys"),
    [
        ("Add a cache", []),
        ("Add a cache for #12", ["#12"]),
        ("#12: add a cache, see #7 and #12", ["#12", "#7"]),
        ("ABC-123 Add a cache", ["ABC-123"]),
        ("[ABC-123] Add a cache", ["ABC-123"]),
        ("K8S-7: add a cache of the rules PTH202-205 and Q001-3", ["K8S-7"]),
        ("feat(ABC-1): add a cache", ["ABC-1"]),
        ("Add a cache (#123)", ["#123"]),
        ("Add a cache for #45 (#123)", ["#45"]),
        ("ABC-9: add a cache (#123)", ["ABC-9"]),
        ('Revert "Add a cache (#12)" (#15)', ["#12"]),
        ("Fix (#12) in the parser", ["#12"]),
        ("GH-12 and gh-13", ["#12", "#13"]),
        ("Take over Acme/CLI#12", ["acme/cli#12"]),
        ("See https://github.com/acme/cli/issues/12.", ["acme/cli#12"]),
        ("See https://gitlab.com/acme/cli/-/issues/12", ["acme/cli#12"]),
        ("UTF-8, SHA-256, ISO-8601, CVE-2024-1234, RFC-9110 and GPT-4", []),
        ("abc-123 in small letters, X-1, ABC-0 and ABC-1.2", []),
        ("&#123; #0 #12a page.html#12 colour #123456789012", []),
        ("", []),
    ],
)
def test_a_subject_names_its_issues(subject: str, keys: list[str]) -> None:
    assert keys_in_subject(subject) == keys


@pytest.mark.parametrize(
    ("branch", "key"),
    [
        ("feature/ABC-123-add-a-cache", "ABC-123"),
        ("ABC-123", "ABC-123"),
        ("anna/ABC-123_cache", "ABC-123"),
        ("123-add-a-cache", "#123"),
        ("fix/123", "#123"),
        ("anna/#123-cache", "#123"),
        ("issue-123", "#123"),
        ("claude/issue-123-20260115", "#123"),
        ("fix-issue-77", "#77"),
        ("gh-12-cache", "#12"),
        ("chore/GH-12", "#12"),
        ("issue12", "#12"),
        ("anna/abc-12-cache", None),
        ("add-a-cache", None),
        ("patch-1", None),
        ("2026-01-15-cache", None),
        ("release/12", None),
        ("release-1.2", None),
        ("hotfix/1.2.3", None),
        ("dependabot/pip/lodash-4.17.21", None),
        ("renovate/7-x", None),
        ("python-3", None),
        ("utf-8/UTF-8", None),
        ("main", None),
    ],
)
def test_a_branch_is_named_for_one_issue_or_none(branch: str, key: str | None) -> None:
    assert key_in_branch(branch) == key


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Fixes #12", ["#12"]),
        ("This closes: #12, #13 and acme/cli#4.\nResolved ABC-7", ["#12", "#13", "acme/cli#4", "ABC-7"]),
        ("fixed https://github.com/acme/cli/issues/9", ["acme/cli#9"]),
        ("Fix #1 #2", ["#1"]),
        ("Related to #12; prefixes #13; fixes the bug of #14", []),
        ("Fixes #12\nFixes #12", ["#12"]),
    ],
)
def test_closing_keywords_name_issues(text: str, keys: list[str]) -> None:
    assert closing_keys(text) == keys


@pytest.mark.parametrize(
    ("trailer", "keys"),
    [
        ("Refs: #12, ABC-3", ["#12", "ABC-3"]),
        ("Issue: 12", ["#12"]),
        ("refs: 12", []),
        ("Part-of: acme/cli#12", ["acme/cli#12"]),
        ('Fixes: 54a4f0239f2e ("x86: mend #12")', []),
        ("Fixes: #12", ["#12"]),
        ("Co-authored-by: ABC-1", []),
        ("no trailer", []),
    ],
)
def test_trailers_that_name_an_issue_do(trailer: str, keys: list[str]) -> None:
    assert trailer_keys([trailer]) == keys


def test_the_number_of_a_squash_and_of_what_a_revert_quotes() -> None:
    subject = 'Revert "Add a cache (#12)" (#15)'
    assert (squashed_number(subject), quoted_number(subject)) == (15, 12)
    assert squashed_number("Fix (#12) in the parser") is None


def test_a_key_of_the_own_repository_is_short() -> None:
    assert local_key("acme/cli#12", "acme/cli") == "#12"
    assert local_key("acme/cli-docs#12", "acme/cli") == "acme/cli-docs#12"


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("git@github.com:Acme/CLI.git", "acme/cli"),
        ("https://user:secret@github.com/acme/cli.git/", "acme/cli"),
        ("https://github.com/acme/cli", "acme/cli"),
        ("ssh://git@git.acme.test:2222/acme/cli.git", "acme/cli"),
        ("github-work:acme/cli.git", "acme/cli"),
        ("https://gitlab.com/acme/tools/cli.git", "acme/tools/cli"),
        ("https://dev.azure.com/acme/shop/_git/cli", "acme/shop/cli"),
        ("git@ssh.dev.azure.com:v3/acme/shop/cli", "acme/shop/cli"),
        ("https://git.acme.test/scm/acme/cli.git", "acme/cli"),
        ("https://github.com/acme/my%20cli", "acme/my cli"),
        ("/srv/git/CLI.git", "cli"),
        ("file:///srv/git/cli.git", "cli"),
        ("/home/anna/cli/.git", "cli"),
        ("C:\\repos\\cli.git", "cli"),
        ("../cli", "cli"),
    ],
)
def test_a_remote_is_its_owner_and_name(remote: str, repository: str) -> None:
    assert repository_of_remote(remote) == repository


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_a_folder_belongs_to_the_repository_around_it(tmp_path: Path) -> None:
    own = tmp_path / "Shop"
    inside = own / "src" / "cart"
    inside.mkdir(parents=True)
    assert repository_of_folder(str(inside)) is None
    git(own, "init", "-q")
    assert repository_of_folder(str(own)) == "shop"
    assert repository_of_folder(str(own / ".worktrees" / "gone" / "src")) == "shop"
    assert repository_of_folder(str(own / "gone")) is None


def test_a_folder_with_remotes_is_named_by_origin(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "fork", "git@github.com:anna/cli.git")
    git(tmp_path, "remote", "add", "origin", "https://github.com/Acme/cli.git")
    assert repository_of_folder(str(tmp_path)) == "acme/cli"


def test_a_hook_of_another_repository_does_not_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        git(folder, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert repository_of_folder(str(own)) == "own"
