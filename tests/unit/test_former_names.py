"""Notebooks copied out of the archive of version 1.0.0 import modules by the names that these had then."""

import importlib
import subprocess
import sys
from functools import reduce

import pytest

from miyabi_dw.common.former_names import FORMER, todays_name

# What the notebooks of version 1.0.0 called, module by module.
CALLED = {
    "miyabi_dw.backup.job": ("open_backup",),
    "miyabi_dw.connections": ("check_connections", "measure_now", "refuse_broken"),
    "miyabi_dw.gates": ("check_source_contract", "run_suites"),
    "miyabi_dw.kept_extract": ("extract_or_read_back", "keep"),
    "miyabi_dw.loading": ("load",),
    "miyabi_dw.maintenance": ("open_maintenance",),
    "miyabi_dw.morning": ("open_morning",),
    "miyabi_dw.publishing": ("publish",),
    "miyabi_dw.recovery.database": ("open_recovered", "open_verdict"),
    "miyabi_dw.recovery.fact": ("open_recovery",),
    "miyabi_dw.review": ("open_review",),
    "miyabi_dw.stage": ("close_stage", "open_stage"),
    "miyabi_dw.stage_views": (
        "changes_by_target", "executions_by_hour", "rows_by_day", "rows_way", "summary", "table",
    ),
    "miyabi_dw.transformation": ("transform",),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMER)
def test_a_former_name_is_the_module_of_today(name: str) -> None:
    former = importlib.import_module(f"miyabi_dw.{name}")
    assert former is importlib.import_module(f"miyabi_dw.{FORMER[name]}")


@pytest.mark.parametrize("module", CALLED)
def test_what_notebooks_of_1_0_0_call_is_still_there(module: str) -> None:
    for name in CALLED[module]:
        assert callable(reduce(getattr, name.split("."), importlib.import_module(module)))


def test_a_module_of_a_former_package_is_found_too() -> None:
    contract = importlib.import_module("miyabi_dw.gates.contract")
    assert contract is importlib.import_module("miyabi_dw.etl.gates.contract")
    assert todays_name("miyabi_dw.backup.job") == "miyabi_dw.operations.backup.job"
    assert todays_name("miyabi_dw.nonsense") is None
    assert todays_name("somebody.errors") is None
    with pytest.raises(ModuleNotFoundError, match="nonsense"):
        importlib.import_module("miyabi_dw.nonsense")


def test_both_ways_of_importing_work_in_a_process_that_knows_neither_name() -> None:
    words = "from miyabi_dw import stage_views; from miyabi_dw.stage import open_stage; print(stage_views.__name__)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "miyabi_dw.etl.views"
