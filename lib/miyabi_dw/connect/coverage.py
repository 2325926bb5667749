"""How much of what connections brought could be linked, and why the rest could not."""

from dataclasses import dataclass

from miyabi_dw.db.connection import Connection


@dataclass(frozen=True, slots=True)
class Reason:
    """How some rows were linked, or why they were not, with up to three of them."""

    reason: str
    is_linked: bool
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """`what` is linked with what: commits with an issue, executions with an issue, deployments with commits."""

    what: str
    linked: int
    total: int
    reasons: tuple[Reason, ...]


def coverage(connection: Connection) -> list[Coverage]:  # noqa: ARG001
    """Over the whole source."""
    return []
