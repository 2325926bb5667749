"""The samples beside the project; tests that need them are skipped where they are not."""

import tarfile
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT

# Beside the project's folder, or beside the folder of its worktrees.
PLACES = (PROJECT.parent / "shared", PROJECT.parents[1] / "shared")


def sample(name: str) -> Path:
    """A file or folder of the samples of what origins deliver."""
    found = next((place / "data" / "connect" / name for place in PLACES if (place / "data" / "connect").is_dir()), None)
    if found is None:
        pytest.skip("the samples are not beside the project (../shared/data/connect)")
    return found


def claude_code_sample(folder: Path) -> Path:
    """The real sessions of Claude Code, unpacked into the folder."""
    with tarfile.open(sample("claude-code.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / ".claude"
