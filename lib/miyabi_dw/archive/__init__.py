"""The archive: every run's pages, notebooks and manifest, written once, and the pages that lead to them."""

from miyabi_dw.archive.chain import restore_entries
from miyabi_dw.archive.index import write_all, write_index, write_month
from miyabi_dw.archive.morning import Line, Morning, read_morning, write_morning
from miyabi_dw.archive.notebook import read_notebook
from miyabi_dw.archive.page import write_missing, write_run
from miyabi_dw.archive.placement import run_folder
from miyabi_dw.archive.prune import prune
from miyabi_dw.archive.verify import Finding, verify

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
