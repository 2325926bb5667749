"""What the analysts' notebooks call: named queries on the read-only role, filters, charts beside their tables."""

from miyabi_dw.workbench.bench import Workbench, open_workbench
from miyabi_dw.workbench.filters import ALL, asked, choice, given, number, view
from miyabi_dw.workbench.panels import halt, link, notice, numbers, pairs, pick, preformatted, show

__all__ = [
    "ALL", "Workbench", "asked", "choice", "given", "halt", "link", "notice", "number", "numbers", "open_workbench",
    "pairs", "pick", "preformatted", "show", "view",
]  # fmt: skip
