"""A home in which every notebook can be opened and run as it is."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.db.connection import Connection
from support.synthetic import generate

# The last day is the one that the notebooks' own parameters name.
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 15)


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's own files, but for the documents: what the monthly review writes of these is not kept."""
    folder = tmp_path / "project"
    folder.mkdir()
    for part in ("expectations", "notebooks", "sql"):
        (folder / part).symlink_to(PROJECT / part)
    shutil.copytree(PROJECT / "docs", folder / "docs")
    return folder


@pytest.fixture
def kernel_environment(environment: dict[str, str], source: Connection, project: Path) -> dict[str, str]:
    """What a kernel that somebody starts by hand is given: where everything is, and a small source.

    How full the disk of the test's machine is concerns nobody here.
    """
    generate(source, n_issues=15, n_executions=60, first_day=FIRST, last_day=LAST)
    paths = os.pathsep.join([str(PROJECT / "lib"), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"MIYABI_PROJECT": str(project), "MIYABI_BANDS__DISK_USED__ALERT_MAX": "100", "PYTHONPATH": paths}
    return environment | own
