"""An origin whose records are transcripts in a folder: what Claude Code and Codex have in common as connections."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import counted
from miyabi_dw.connect.agents.executions import Follower
from miyabi_dw.connect.agents.log_files import MIB, Found, Place, Reading, files_below
from miyabi_dw.connect.agents.workplaces import Workplaces
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink

SUFFIXES = (".jsonl",)


class TranscriptOrigin(Origin):
    """`path` is the folder, where it is not the agent's own; `repositories` names those of folders that are gone."""

    agent_name: ClassVar[str]
    notice: ClassVar[str] = ""
    path: str = ""
    repositories: dict[str, str] = Field(default_factory=dict)

    @abstractmethod
    def candidates(self) -> Sequence[Path]:
        """The declared folder, or all where the agent may have written."""

    @abstractmethod
    def follower(self, path: Path, place: Place, sink: Sink, now: datetime, places: Workplaces) -> Follower[Any]:
        """What reads one transcript from a place on."""

    @abstractmethod
    def is_session(self, path: Path) -> bool:
        """Whether a transcript is a session's, or else one of a subagent in a session."""

    @property
    def origin(self) -> str:
        folders = self._existing() or [folder.resolve() for folder in self.candidates()]
        return f"{self.kind}:{':'.join(map(str, folders))}"

    def discover(self) -> Discovery:
        roots = self._folders()
        notices = [self.notice] if self.notice else []
        found = files_below(roots, SUFFIXES, lambda reason, where: notices.append(f"{where}: {reason}"))
        places = ", ".join(map(str, roots))
        if not found:
            raise BadRequest(
                f"the folder holds no transcript of {self.agent_name}",
                places,
                f"use {self.agent_name}, or name another",
            )
        sessions = counted(sum(self.is_session(each.path) for each in found), "session")
        return Discovery(f"{sessions} of {self.agent_name} in {places}", self._figures(found), tuple(notices))

    def _figures(self, found: Sequence[Found]) -> dict[str, int]:
        sessions = sum(self.is_session(each.path) for each in found)
        size = sum(each.size for each in found)
        return {"sessions": sessions, "subagents": len(found) - sessions, "megabytes": size // MIB}

    def read(self, cursor: Cursor, sink: Sink) -> None:
        places, now = Workplaces(self.repositories), datetime.now(UTC)

        def follow(path: Path, place: Place) -> Follower[Any]:
            return self.follower(path, place, sink, now, places)

        found = files_below(self._folders(), SUFFIXES, sink.skip)
        Reading(found, cursor, sink, follow, basis=self.repositories).run()

    def _folders(self) -> list[Path]:
        """Those that exist; BadRequest when none does."""
        there = self._existing()
        if not there:
            places = ", ".join(map(str, self.candidates()))
            remedy = f"name the right one: miyabi-dw connect add {self.kind} FOLDER"
            raise BadRequest(f"there is no folder of {self.agent_name}'s transcripts", places, remedy)
        return there

    def _existing(self) -> list[Path]:
        """Each once, whatever leads to it."""
        return list(dict.fromkeys(folder.resolve() for folder in self.candidates() if folder.is_dir()))
