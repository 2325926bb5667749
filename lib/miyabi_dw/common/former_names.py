"""Modules by the names they had in version 1.0.0, so that notebooks copied out of its archive go on running.

Whoever imports by today's names pays one look into a table for each module.
Imports nothing of the package.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGE = "miyabi_dw"
FORMER = {
    "archive": "reports",
    "backfill": "orchestration.backfill",
    "backup": "operations.backup",
    "catalogue": "etl.catalogue",
    "connection_errors": "db.errors",
    "connections": "operations.connection_health",
    "database": "db.connection",
    "declarations": "registry.declarations",
    "doctor": "operations.doctor",
    "documents": "operations.data_dictionary",
    "embedded": "db.embedded",
    "engine.entry_point": "engine.runner",
    "errors": "common.errors",
    "extraction": "etl.extract",
    "filling": "etl.bulk_load",
    "forecast": "metrics.forecast",
    "gates": "etl.gates",
    "health": "monitor.health",
    "kept_extract": "etl.extract_archive",
    "loading": "etl.load",
    "maintenance": "operations.weekly_maintenance",
    "measurement": "operations.host_metrics",
    "morning": "operations.morning_checklist",
    "opening": "workbench.open_run",
    "paths": "common.paths",
    "pipelines": "orchestration.api",
    "publishing": "etl.publish",
    "quarantine": "etl.quarantine",
    "reconciliation": "etl.reconcile",
    "recovery": "operations.recovery",
    "redaction": "common.redaction",
    "retention": "operations.cold_storage",
    "review": "operations.review",
    "runner": "orchestration.runner",
    "schedule": "orchestration.schedule",
    "schema": "db.migrations",
    "settings": "common.settings",
    "stage": "etl.batch",
    "stage_views": "etl.views",
    "statements": "db.statements",
    "streaming": "db.pipe",
    "timeframe": "common.timeframe",
    "transformation": "etl.transform",
    "windows": "etl.windows",
    "wording": "common.text",
}


def todays_name(dotted: str) -> str | None:
    """What `miyabi_dw.<former>` is called now, with whatever follows it; None when it was never called so."""
    package, *parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        former = FORMER.get(".".join(parts[:length]))
        if package == PACKAGE and former:
            return ".".join((PACKAGE, former, *parts[length:]))
    return None


class FormerNames(MetaPathFinder, Loader):
    """Answers with the module of today; first in sys.meta_path, or a former package would load a second copy."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None  # noqa: ARG002
    ) -> ModuleSpec | None:  # fmt: skip
        return ModuleSpec(fullname, self) if todays_name(fullname) else None

    def exec_module(self, module: ModuleType) -> None:
        # The machinery hands out what stands in sys.modules afterwards: one module under both names, not a copy.
        sys.modules[module.__name__] = importlib.import_module(todays_name(module.__name__) or module.__name__)


def remember_former_names() -> None:
    """Once in a process, however often it is called."""
    if not any(isinstance(finder, FormerNames) for finder in sys.meta_path):
        sys.meta_path.insert(0, FormerNames())
