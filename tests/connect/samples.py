"""The samples of origins that lie beside the project, where they do."""

from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT


def samples(name: str) -> Path:
    """The sample of that name; skips the test where it is absent."""
    for place in (PROJECT.parent, PROJECT.parents[1]):
        found = place / "shared" / "data" / "connect" / name
        if found.exists():
            return found
    pytest.skip(f"the sample {name} does not lie beside the project")
