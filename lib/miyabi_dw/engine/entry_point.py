"""What papermill finds under `miyabi` in the entry point group `papermill.engine`.

papermill loads its entry points while it is itself being imported, and the engine imports papermill: it comes later.
"""

from typing import Any


class _Late:
    def __getattr__(self, name: str) -> Any:
        from miyabi_dw.engine.papermill_engine import MiyabiEngine

        return getattr(MiyabiEngine, name)


engine = _Late()
