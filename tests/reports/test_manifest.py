"""What a manifest says about the code that ran: asked of real clones."""

import os
import subprocess
from pathlib import Path

import pytest

from miyabi_dw.reports import manifest
from miyabi_dw.reports.manifest import Checkout, checkout, packages


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with one commit, in which `code` is tracked."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "code").write_text("one")
    git(folder, "add", "code")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_b21_the_commit_is_known_in_a_worktree_where_git_is_a_file(clone: Path) -> None:
    worktree = clone.parent / "worktree"
    git(clone, "worktree", "add", "--quiet", "-b", "other", str(worktree))
    (worktree / "code").write_text("two")
    git(worktree, "commit", "--quiet", "-a", "-m", "second")
    assert (worktree / ".git").is_file()
    assert checkout(worktree) == Checkout(git(worktree, "rev-parse", "HEAD"), False)
    assert checkout(clone) == Checkout(git(clone, "rev-parse", "HEAD"), False)


def test_a_changed_file_makes_it_dirty_and_a_new_one_does_not(clone: Path) -> None:
    (clone / "report").write_text("not tracked")
    assert checkout(clone).is_dirty is False
    checkout.cache_clear()
    (clone / "code").write_text("changed")
    assert checkout(clone) == Checkout(git(clone, "rev-parse", "HEAD"), True)


def test_a_packed_and_a_detached_head_are_read(clone: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    git(clone, "pack-refs", "--all")
    assert checkout(clone).commit == commit
    checkout.cache_clear()
    git(clone, "checkout", "--quiet", "--detach")
    assert checkout(clone).commit == commit


def test_a_hook_of_another_repository_does_not_lead_astray(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(clone.parent / "elsewhere"))
    assert len(checkout(clone).commit or "") == 40


def test_nothing_is_known_where_there_is_no_clone(clone: Path) -> None:
    inside = clone / "installed"
    inside.mkdir()
    assert checkout(inside) == Checkout(None, None)
    unborn = clone.parent / "unborn"
    unborn.mkdir()
    git(unborn, "init", "--quiet")
    assert checkout(unborn).commit is None


@pytest.mark.parametrize("answer", ["exit 1", "exec sleep 60"])
def test_a_git_that_fails_or_hangs_costs_no_run(clone: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    programs = clone.parent / "bin"
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\n{answer}\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setattr(manifest, "GIT_SECONDS", 0.2)
    assert checkout(clone) == Checkout(None, None)


def test_no_git_on_the_machine_is_no_error(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone))
    assert checkout(clone) == Checkout(None, None)


def test_packages_are_those_required_with_their_versions() -> None:
    import pandas

    found = packages()
    assert found["pandas"] == pandas.__version__
    assert {"great-expectations", "pyyaml", "jinja2"} <= found.keys()
    assert not {"pytest", "distributed", "setuptools"} & found.keys()
