"""Codex: its rollouts below `~/.codex/sessions` tell the tokens of each answer, and what they add up to."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, NamedTuple

import msgspec

from miyabi_dw.connect.agents.codex_lines import (
    Counts,
    Head,
    Kind,
    Known,
    SessionMeta,
    TokenCount,
    Turn,
    TurnContext,
    counts,
)
from miyabi_dw.connect.agents.executions import BROKEN, MOST_TOKENS, Follower, OpenAnswer, plain
from miyabi_dw.connect.agents.log_files import Place
from miyabi_dw.connect.agents.transcript_origin import TranscriptOrigin
from miyabi_dw.connect.agents.workplaces import Workplaces
from miyabi_dw.connect.origin import Sink
from miyabi_dw.connect.records import Answer

# A fork writes what it repeats at once, and its own first answer takes longer. Where turns tell when they started,
# those decide, however long the writing took.
REPEATED_WITHIN = {False: timedelta(seconds=2), True: timedelta(minutes=1)}
_HEADS, _KINDS = msgspec.json.Decoder(Head), msgspec.json.Decoder(Kind)
_METAS, _CONTEXTS = msgspec.json.Decoder(SessionMeta), msgspec.json.Decoder(TurnContext)
_TURNS, _COUNTS = msgspec.json.Decoder(Turn), msgspec.json.Decoder(TokenCount)


class Codex(TranscriptOrigin):
    """`path` is the folder of the sessions, or the one above it."""

    kind: ClassVar[str] = "codex"
    agent_name: ClassVar[str] = "Codex"

    def candidates(self) -> Sequence[Path]:
        home = Path(self.path or os.environ.get("CODEX_HOME") or Path.home() / ".codex").expanduser()
        if self.path and not (home / "sessions").is_dir():
            return [home]
        return [home / "sessions", home / "archived_sessions"]

    def follower(self, path: Path, place: Place, sink: Sink, now: datetime, places: Workplaces) -> "Rollout":
        return Rollout(path, place, sink, now, places)

    def is_session(self, path: Path) -> bool:
        return path.suffix == ".jsonl"


class Counted(NamedTuple):
    """An answer's tokens and what was known when it came."""

    at: datetime
    used: Counts
    known: Known


Handler = Callable[["Rollout", datetime | None, msgspec.Raw], None]


class Rollout(Follower[Counted]):
    """A session's file."""

    def __init__(self, path: Path, place: Place, sink: Sink, now: datetime, places: Workplaces) -> None:
        self.stem, self.places = path.stem, places
        super().__init__(str(path), place, sink, now)

    def restore(self, own: object) -> None:
        self.known = Known(session=self.stem) if own is None else msgspec.convert(own, Known)
        self.session = self.known.session

    def own_state(self) -> object:
        return self.known

    def take(self, line: bytes, offset: int) -> None:
        # What was said and done is most of a rollout; its kind stands in front.
        if b'"response_item"' in line[:200]:
            return
        self.line, self.offset = line, offset
        try:
            self._read(line)
        except msgspec.ValidationError as error:
            self._misshapen(line, str(error))
        except BROKEN:
            self.sink.skip("a line that is no JSON", self.spot())

    def _misshapen(self, line: bytes, reason: str) -> None:
        """A line that is read, but not as it should be; the reason names a field, never what stands there."""
        if b'"token_count"' in line:
            self._quarantine(reason)
        else:
            self.sink.skip("a line of an unknown shape", self.spot())

    def _quarantine(self, reason: str) -> None:
        self.sink.quarantine(f"answer {self.known.session}", self.spot(), reason)

    def _read(self, line: bytes) -> None:
        if handle := HANDLERS.get(_KINDS.decode(line).type):
            head = _HEADS.decode(line)
            at = head.timestamp if head.timestamp and self.is_moment(head.timestamp) else None
            handle(self, at, head.payload)
            if self.known.session_at is None:
                self._know(session_at=at)

    def session_meta(self, at: datetime | None, payload: msgspec.Raw) -> None:
        """The first one is the session's own; those after it are of the sessions that it repeats."""
        if self.known.is_introduced:
            return
        meta = _METAS.decode(payload)
        self.known = Known(
            session=plain(meta.id or self.stem),
            is_introduced=True,
            session_at=at,
            agent=plain(meta.agent),
            provider=plain(meta.model_provider or "") or None,
            folder=plain(meta.cwd or ""),
            branch=plain(meta.branch or ""),
            repository=meta.repository,
            is_fork=meta.repeats_another,
            is_repeating=meta.repeats_another,
        )
        self.session = self.known.session

    def turn_context(self, at: datetime | None, payload: msgspec.Raw) -> None:
        context = _CONTEXTS.decode(payload)
        self._prompt(at, Turn(context.turn_id))
        self._know(model=plain(context.model or self.known.model), folder=plain(context.cwd or self.known.folder))

    def event(self, at: datetime | None, payload: msgspec.Raw) -> None:
        if handle := EVENTS.get(_KINDS.decode(payload).type):
            handle(self, at, payload)

    def turn(self, at: datetime | None, payload: msgspec.Raw) -> None:
        self._prompt(at, _TURNS.decode(payload))

    def failure(self, _at: datetime | None, _payload: msgspec.Raw) -> None:
        self.error()

    def token_count(self, at: datetime | None, payload: msgspec.Raw) -> None:
        info = _COUNTS.decode(payload).info
        if info is None:
            return
        last, total = counts(info.last), counts(info.total)
        if at is None:
            self._quarantine("it has no moment, or that of a clock that cannot be right")
        elif not self._is_repeated(at):
            self._used(at, self._own(last, total), total)
        # Last, so that a reading that begins again at this line knows what was before it.
        self._know(total=total or self.known.total)

    def _used(self, at: datetime, used: Counts | None, total: Counts | None) -> None:
        if used is None or not (used.input or used.output):
            return
        if max(used) > MOST_TOKENS:
            self._quarantine(f"it has more than {MOST_TOKENS:,} tokens")
            return
        key = f"{total.input}:{total.output}" if total else at.isoformat()
        self.answer(key, at, Counted(at, used, self.known), used.output)

    def _own(self, last: Counts | None, total: Counts | None) -> Counts | None:
        """What was used since the line before: the difference of the totals, which also tells what a lost line did.

        Nothing where the same totals come again; smaller ones are of a counter that began again.
        """
        before = self.known.total
        if total is None or (before is None and self.known.is_fork):
            return last
        grown = total.minus(before) if before else total
        return grown if min(grown) >= 0 else last

    def _prompt(self, at: datetime | None, turn: Turn) -> None:
        """A turn begins; the several lines that say so before its first answer are one prompt."""
        if at is None or self._is_repeated(at, turn.started_at):
            return
        is_same = bool(turn.turn_id) and turn.turn_id == self.known.turn
        if self.current is None or (self.current.last and not is_same):
            self.begin(turn.turn_id or at.isoformat(), at)
        self._know(turn=plain(turn.turn_id or self.known.turn))

    def _is_repeated(self, at: datetime | None, started_at: float | None = None) -> bool:
        """Whether a line is another session's, which a fork repeats at its begin, until something happens later."""
        begin = self.known.session_at
        if not self.known.is_repeating or at is None or begin is None:
            return self.known.is_repeating
        if started_at is not None and started_at < int(begin.timestamp()):
            self._know(tells_turns=True)
        elif started_at is not None or at > begin + REPEATED_WITHIN[self.known.tells_turns]:
            self._know(is_repeating=False)
        return self.known.is_repeating

    def _know(self, **changes: object) -> None:
        self.known = msgspec.structs.replace(self.known, **changes)

    def give(self, answer: OpenAnswer[Counted], success: bool) -> None:
        at, used, known = answer.line
        place = self.places.at(known.folder, known.branch)
        kind = known.agent.partition(":")[2]
        self.sink.add(
            Answer(
                answer_id=f"{known.session}:{answer.key}",
                execution_id=plain(":".join(filter(None, (answer.execution.prompt, known.model, kind)))),
                session_id=known.session,
                session_at=known.session_at or at,
                prompt_at=min(answer.execution.prompt_at, at),
                answered_at=at,
                agent_id=known.agent,
                model=known.model,
                provider=known.provider or ("openai" if known.model.startswith("gpt") else None),
                tokens_input=used.input,
                tokens_output=used.output,
                tokens_cache_read=min(used.cached, used.input),
                tokens_reasoning=min(used.reasoning, used.output),
                success=success,
                folder=place.folder,
                repository=place.repository or known.repository,
                branch=place.branch,
                branch_key=place.branch_key,
            )
        )


HANDLERS: Mapping[str, Handler] = {
    "session_meta": Rollout.session_meta,
    "turn_context": Rollout.turn_context,
    "event_msg": Rollout.event,
}
EVENTS: Mapping[str, Handler] = {
    "token_count": Rollout.token_count,
    "task_started": Rollout.turn,
    "turn_started": Rollout.turn,
    "user_message": Rollout.turn,
    "error": Rollout.failure,
}
