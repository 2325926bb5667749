"""Claude Code: its transcripts below `~/.claude/projects` tell each answer with its tokens, folder and branch."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import msgspec

from miyabi_dw.connect.agents.claude_lines import (
    AGENT,
    NOTHING,
    OWN_IDS,
    SYNTHETIC,
    Kind,
    Line,
    Named,
    gateway_key,
    is_prompt,
    is_subagent,
    provider,
    repeats_its_session,
    subagent_type,
)
from miyabi_dw.connect.agents.executions import BROKEN, Execution, Follower, OpenAnswer, plain
from miyabi_dw.connect.agents.log_files import Place
from miyabi_dw.connect.agents.transcript_origin import TranscriptOrigin
from miyabi_dw.connect.agents.workplaces import Workplaces
from miyabi_dw.connect.origin import Sink
from miyabi_dw.connect.records import Answer

_LINES = msgspec.json.Decoder(Line)
_KINDS = msgspec.json.Decoder(Kind)
_NAMES = msgspec.json.Decoder(Named)


class ClaudeCode(TranscriptOrigin):
    """`path` is the folder of the projects, or the one above it."""

    kind: ClassVar[str] = "claude-code"
    agent_name: ClassVar[str] = "Claude Code"
    notice: ClassVar[str] = (
        "Claude Code deletes transcripts after 30 days; its setting cleanupPeriodDays keeps them longer"
    )

    def candidates(self) -> Sequence[Path]:
        if self.path:
            given = Path(self.path).expanduser()
            return [given / "projects" if (given / "projects").is_dir() else given]
        if configured := os.environ.get("CLAUDE_CONFIG_DIR"):
            return [Path(configured).expanduser() / "projects"]
        return [Path.home() / ".claude" / "projects", Path.home() / ".config" / "claude" / "projects"]

    def follower(self, path: Path, place: Place, sink: Sink, now: datetime, places: Workplaces) -> "Session":
        return Session(path, place, sink, now, places)

    def is_session(self, path: Path) -> bool:
        return not is_subagent(path)


class Session(Follower[Line]):
    """A transcript: a session's, or one of a subagent in it."""

    def __init__(self, path: Path, place: Place, sink: Sink, now: datetime, places: Workplaces) -> None:
        self.own = self.session = path.stem
        self.places = places
        # `<session>.<something>.jsonl` is a copy of that session.
        self.first_part = path.stem.partition(".")[0]
        self.is_subagent = is_subagent(path)
        kind = plain(subagent_type(path)) if self.is_subagent else ""
        self.agent = f"{AGENT}:{kind}" if kind else AGENT
        self.repeats = repeats_its_session(path, kind)
        super().__init__(str(path), place, sink, now)

    def restore(self, own: object) -> None:
        self.session_at = None if own is None else msgspec.convert(own, datetime)

    def own_state(self) -> object:
        return self.session_at

    def take(self, line: bytes, offset: int) -> None:
        if b'"assistant"' not in line and (b'"user"' not in line or b'"tool_result"' in line):
            return
        self.line, self.offset = line, offset
        try:
            read = _LINES.decode(line)
        except msgspec.ValidationError as error:
            self._misshapen(line, str(error))
        except BROKEN:
            self.sink.skip("a line that is no JSON", self.spot())
        else:
            self._follow(read)

    def _follow(self, line: Line) -> None:
        copied_from = line.copied.session if line.copied else None
        self.session = copied_from or line.session or self.own
        if line.type == "assistant":
            self._assistant(line)
        elif line.type == "user" and (self.is_subagent or not line.is_sidechain) and is_prompt(line):
            self._prompt(line)

    def _prompt(self, line: Line) -> None:
        at = line.timestamp
        if at is None or not self.is_moment(at):
            # The execution then begins with its first answer.
            self.current = None
            return
        uuid = (line.copied and line.copied.line) or line.uuid or at.isoformat()
        self.begin(uuid, at)
        self.session_at = self.session_at or at

    def _assistant(self, line: Line) -> None:
        message = line.message
        if message is None or message.model is None or message.model == SYNTHETIC:
            if line.is_error:
                self.error()
        elif message.usage is not None:
            # It would hold the whole line for as long as the answer is open.
            message.content = NOTHING
            self._answer(line, message.id or "", message.usage.output_tokens or 0)

    def _answer(self, line: Line, message_id: str, output: int) -> None:
        at = line.timestamp
        if at is None or not self.is_moment(at):
            self.sink.quarantine(f"answer {plain(message_id)}", self.spot(), _clock(at))
            return
        if self.session_at is None:
            self.session_at = at
        key = message_id if message_id.startswith(OWN_IDS) else gateway_key(line, message_id, self.session)
        self.answer(key, at, line, output)

    def _misshapen(self, line: bytes, reason: str) -> None:
        """A line of a kind that is read, but not as it should be; the reason names a field, never what stands there."""
        try:
            kind = _KINDS.decode(line).type
        except BROKEN:
            self.sink.skip("a line that is no JSON object", self.spot())
            return
        if kind == "assistant":
            self.sink.quarantine(f"answer {_name(line)}", self.spot(), reason)
        elif kind == "user":
            self.sink.skip("a prompt of an unknown shape", self.spot())

    def give(self, answer: OpenAnswer[Line], success: bool) -> None:
        line = answer.line
        message, at = line.message, line.timestamp
        assert message and message.usage and message.model and at
        usage, model = message.usage, plain(message.model)
        place, written = self.places.at(line.folder, line.branch), usage.written
        session, session_at = self._session(line, at)
        agent = self._agent(line)
        self.sink.add(
            Answer(
                answer_id=plain(answer.key),
                execution_id=_execution(answer.execution, model, agent),
                session_id=session,
                session_at=session_at,
                prompt_at=min(answer.execution.prompt_at, at),
                answered_at=at,
                agent_id=agent,
                model=model,
                provider=provider((message.id or "")[:9], model),
                tokens_input=(usage.input_tokens or 0) + written + (usage.cache_read_input_tokens or 0),
                tokens_output=usage.output_tokens or 0,
                tokens_cache_read=usage.cache_read_input_tokens or 0,
                tokens_cache_write=written,
                tokens_cache_write_1h=min(usage.hour, written),
                cost_usd=line.cost_usd,
                success=success and not line.is_error,
                folder=place.folder,
                repository=place.repository,
                branch=place.branch,
                branch_key=place.branch_key,
            )
        )

    def _agent(self, line: Line) -> str:
        return f"{AGENT}:subagent" if line.is_sidechain and not self.is_subagent else self.agent

    def _session(self, line: Line, at: datetime) -> tuple[str, datetime]:
        """The session's id and begin.

        What was copied from another session counts there: here its session begins with the answer itself, later than
        the one that it is from. A subagent whose transcript repeats what its session said is a session of its own.
        """
        if self.is_subagent:
            return f"{line.session}/{self.own}" if self.repeats else line.session or self.own, at
        is_copy = line.copied is not None or line.session not in (None, self.own, self.first_part)
        return self.own, at if is_copy or self.session_at is None else self.session_at


def _execution(execution: Execution, model: str, agent: str) -> str:
    kind = agent.removeprefix(AGENT)
    return plain(f"{execution.prompt}:{model}{kind}")


def _name(line: bytes) -> str:
    try:
        return plain(_NAMES.decode(line).message.id)
    except BROKEN:
        return ""


def _clock(at: datetime | None) -> str:
    return "it has no moment" if at is None else f"a clock that cannot be right: {at:%Y-%m-%d}"
