"""Reports: every run's pages, notebooks and manifest, written once, and the pages that lead to them."""

from miyabi_dw.common.report_folders import run_folder
from miyabi_dw.reports.chain import restore_entries
from miyabi_dw.reports.index import write_all, write_index
from miyabi_dw.reports.month import write_month
from miyabi_dw.reports.morning import Line, Morning, read_morning, write_morning
from miyabi_dw.reports.notebook import read_notebook
from miyabi_dw.reports.prune import prune
from miyabi_dw.reports.verify import Finding, verify
from miyabi_dw.reports.write import write_missing, write_run

__all__ = [
    "Finding",
    "Line",
    "Morning",
    "prune",
    "read_morning",
    "read_notebook",
    "restore_entries",
    "run_folder",
    "verify",
    "write_all",
    "write_index",
    "write_missing",
    "write_month",
    "write_morning",
    "write_run",
]
