"""Opens an archived run's notebook in marimo as it stood: its values in the parameters cell, its outputs in sight."""

from miyabi_dw.workbench.open_run.archived_notebook import apart, find_notebook
from miyabi_dw.workbench.open_run.convert import as_marimo, at_its_state
from miyabi_dw.workbench.open_run.marimo_file import write, write_with_outputs

__all__ = ["apart", "as_marimo", "at_its_state", "find_notebook", "write", "write_with_outputs"]
