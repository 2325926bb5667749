"""The generator of sources, and the changes that a platform makes in its rows afterwards."""

from datetime import datetime
from pathlib import Path

from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.demo.synthetic import changing, generate

__all__ = ["generate", "mutate"]

SQL = Path(__file__).parent / "sql" / "synthetic"
MUTATIONS = ("issues", "deployments", "completions", "costs", "code_generation", "reviews", "labels", "worktrees")


def mutate(connection: Connection, *, seed: int, as_of: datetime, share: float = 0.05) -> dict[str, int]:
    """Changes rows in place as a platform does until `as_of`; how many of each kind.

    Successes become rolled back a week later, executions complete, costs arrive, issues are edited, labels removed.
    """
    parameters = {"seed": seed, "as_of": as_of, "share": share}
    with changing(connection):
        return {name: execute(connection, _read(f"mutate_{name}"), parameters) for name in MUTATIONS}


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
