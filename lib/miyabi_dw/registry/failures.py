"""Why a run or an attempt at a stage failed, as the registry keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from miyabi_dw.common.errors import Frame


@dataclass(frozen=True, slots=True)
class RunFailure:
    """What the columns `error` of ops.run and ops.stage_attempt hold; empty where nothing is known.

    `reason` is one sentence for people, `code` is for those who decide what to do about it, and `can_heal` says that
    another attempt may succeed. `attempt` counts from 1, `cell_index` from 0; `frames` are lines of our own code.
    `place` is the server, table or file at which it happened.
    """

    cause: str = ""
    reason: str = ""
    code: str = ""
    can_heal: bool = False
    remedy: str = ""
    stage: str = ""
    attempt: int | None = None
    error_class: str = ""
    error_bases: tuple[str, ...] = ()
    error_message: str = ""
    cell_index: int | None = None
    cell_name: str = ""
    cell_source: str = ""
    frames: tuple[Frame, ...] = ()
    place: str = ""

    def as_json(self) -> dict[str, object]:
        """What is known, by name."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", ())}

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any]) -> Self:
        """Reads what any version has recorded: 1.0.0 wrote no code, and the end of a lost run has keys of its own."""
        names = {field.name for field in fields(cls)} - {"error_bases", "frames"}
        known = {name: value for name, value in recorded.items() if name in names and value is not None}
        frames = tuple(Frame(**frame) for frame in recorded.get("frames") or ())
        return cls(**known, error_bases=tuple(recorded.get("error_bases") or ()), frames=frames)

    @classmethod
    def from_column(cls, recorded: Mapping[str, Any] | None) -> Self | None:
        """None for the null of what has not failed."""
        return None if recorded is None else cls.from_json(recorded)
