"""Makes small transcripts, line by line as the agents write them."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODEL = "claude-opus-4-6"
# Stands in every field that is not to be read.
SECRET = "the quick brown fox pays 4711 in cash"


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ClaudeTranscript:
    """A transcript of Claude Code that grows; each line comes a second after the one before."""

    def __init__(self, path: Path, session: str = "", start: datetime = NOON, **fields: Any) -> None:
        self.path, self.now = path, start
        self.fields = {
            "sessionId": session or path.stem, "cwd": "/home/dev/cli", "gitBranch": "main", "isSidechain": False,
            "userType": "external", "version": "2.1.37",
        } | fields  # fmt: skip
        self.numbers = itertools.count(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def wait(self, **span: float) -> "ClaudeTranscript":
        self.now += timedelta(**span)
        return self

    def raw(self, line: bytes) -> "ClaudeTranscript":
        with self.path.open("ab") as file:
            file.write(line)
        return self

    def line(self, **record: Any) -> "ClaudeTranscript":
        self.now += timedelta(seconds=1)
        own = {"uuid": f"{self.path.stem}-{next(self.numbers)}", "timestamp": stamp(self.now)}
        return self.raw(json.dumps({**self.fields, **own, **record}, separators=(",", ":")).encode() + b"\n")

    def prompt(self, text: Any = SECRET, **record: Any) -> "ClaudeTranscript":
        return self.line(type="user", message={"role": "user", "content": text}, **record)

    def result(self) -> "ClaudeTranscript":
        block = {"tool_use_id": "toolu_1", "type": "tool_result", "content": SECRET}
        return self.line(
            type="user",
            message={"role": "user", "content": [block]},
            toolUseResult={"stdout": SECRET, "role": "assistant"},
        )

    def answer(
        self, name: str, output: int, *, model: str = MODEL, usage: Any = None, **record: Any
    ) -> "ClaudeTranscript":
        """One line of an answer, whose input is 10, cache writes 20 (5 of them for an hour) and cache reads 100."""
        told = {
            "input_tokens": 10, "output_tokens": output, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100,
            "cache_creation": {"ephemeral_5m_input_tokens": 15, "ephemeral_1h_input_tokens": 5}, "service_tier": "standard",
        }  # fmt: skip
        content = [{"type": "text", "text": SECRET}, {"type": "tool_use", "name": "Bash", "input": {"command": SECRET}}]
        message = {"id": f"msg_{name}", "type": "message", "role": "assistant", "model": model, "content": content}
        request = {"requestId": f"req_{name}"} if "requestId" not in record else {}
        return self.line(type="assistant", message={**message, "usage": told | (usage or {})}, **request, **record)

    def error(self) -> "ClaudeTranscript":
        message = {
            "id": "1",
            "model": "<synthetic>",
            "role": "assistant",
            "content": SECRET,
            "usage": {"output_tokens": 0},
        }
        return self.line(type="assistant", message=message, isApiErrorMessage=True)


class Rollout:
    """A rollout of Codex that grows; each line comes 3 seconds after the one before."""

    def __init__(self, path: Path, session: str = "s-1", start: datetime = NOON, **meta: Any) -> None:
        self.path, self.now = path, start
        self.total = dict.fromkeys(
            ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens"), 0
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        self.line("session_meta", id=session, cwd="/home/dev/cli", model_provider="openai", instructions=SECRET, **meta)

    def wait(self, **span: float) -> "Rollout":
        self.now += timedelta(**span)
        return self

    def raw(self, line: bytes) -> "Rollout":
        with self.path.open("ab") as file:
            file.write(line)
        return self

    def line(self, kind: str, at: datetime | None = None, **payload: Any) -> "Rollout":
        self.now += timedelta(seconds=3)
        record = {"timestamp": stamp(at or self.now), "type": kind, "payload": payload}
        return self.raw(json.dumps(record, separators=(",", ":")).encode() + b"\n")

    def turn(self, name: str, model: str = "gpt-5-codex", **fields: Any) -> "Rollout":
        self.line("event_msg", type="task_started", turn_id=name, **fields)
        self.line("turn_context", cwd="/home/dev/cli", model=model, turn_id=name, user_instructions=SECRET)
        self.line("response_item", type="message", role="user", content=[{"type": "input_text", "text": SECRET}])
        return self.line("event_msg", type="user_message", message=SECRET)

    def count(
        self, read: int, cached: int, written: int, reasoning: int = 0, *, lost: bool = False, **fields: Any
    ) -> "Rollout":
        """Tokens of one more answer; of one whose line is lost only the totals after it tell."""
        used = dict(zip(self.total, (read, cached, written, reasoning), strict=True))
        self.total = {name: value + used[name] for name, value in self.total.items()}
        return self if lost else self.again(used, **fields)

    def again(self, used: dict[str, int], **fields: Any) -> "Rollout":
        info = {"last_token_usage": used, "total_token_usage": self.total, "model_context_window": 272000}
        return self.line("event_msg", type="token_count", info=info, **fields)
