"""Samples of what origins deliver, in the folder `samples` beside this file; where they come from is told there."""

import tarfile
from pathlib import Path

SAMPLES = Path(__file__).with_name("samples")


def sample(name: str) -> Path:
    """A file or folder of the samples."""
    return SAMPLES / name


def claude_code_sample(folder: Path) -> Path:
    """The real sessions of Claude Code, unpacked into the folder."""
    with tarfile.open(sample("claude-code.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / ".claude"
