"""Lines of Codex's rollouts: what of them is read, and nothing else of them is."""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from miyabi_dw.connect.agents.executions import Moment, Tokens
from miyabi_dw.connect.repositories import repository_of_remote

AGENT = "codex"
# Counters of a whole session, with all that a fork repeats, may be far larger than those of one answer.
Total = Annotated[int, Meta(ge=0, le=2**53)]


class Counts(NamedTuple):
    """Tokens: `cached` is a part of `input`, `reasoning` of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int

    def minus(self, other: "Counts") -> "Counts":
        return Counts(*(own - others for own, others in zip(self, other, strict=True)))


class Usage(msgspec.Struct):
    """Tokens of the newest answer."""

    input_tokens: Tokens | None = 0
    cached_input_tokens: Tokens | None = 0
    output_tokens: Tokens | None = 0
    reasoning_output_tokens: Tokens | None = 0


class Totals(msgspec.Struct):
    """Tokens of the session so far."""

    input_tokens: Total | None = 0
    cached_input_tokens: Total | None = 0
    output_tokens: Total | None = 0
    reasoning_output_tokens: Total | None = 0


def counts(usage: Usage | Totals | None) -> Counts | None:
    if usage is None:
        return None
    return Counts(
        usage.input_tokens or 0,
        usage.cached_input_tokens or 0,
        usage.output_tokens or 0,
        usage.reasoning_output_tokens or 0,
    )


class Info(msgspec.Struct):
    last: Usage | None = msgspec.field(default=None, name="last_token_usage")
    total: Totals | None = msgspec.field(default=None, name="total_token_usage")


class TokenCount(msgspec.Struct):
    info: Info | None = None


class Git(msgspec.Struct):
    branch: str | None = None
    repository_url: str | None = None


class Spawn(msgspec.Struct):
    """How one agent started another; `agent_role` is the other's type."""

    parent_thread_id: str | None = None
    agent_role: str | None = None


class Subagent(msgspec.Struct):
    spawn: Spawn | None = msgspec.field(default=None, name="thread_spawn")


class Source(msgspec.Struct):
    """What started a session that no person did: a name (`review`) or the agent that did."""

    subagent: str | Subagent | None = None


class SessionMeta(msgspec.Struct):
    id: str | None = None
    forked_from_id: str | None = None
    cwd: str | None = None
    model_provider: str | None = None
    agent_role: str | None = None
    git: Git | None = None
    source: str | Source | None = None

    @property
    def spawn(self) -> Spawn | None:
        subagent = self.subagent
        return subagent.spawn if isinstance(subagent, Subagent) else None

    @property
    def subagent(self) -> str | Subagent | None:
        return self.source.subagent if isinstance(self.source, Source) else None

    @property
    def repeats_another(self) -> bool:
        """Whether the session begins with what another one did."""
        return bool(self.forked_from_id or (self.spawn and self.spawn.parent_thread_id))

    @property
    def branch(self) -> str | None:
        return self.git.branch if self.git else None

    @property
    def repository(self) -> str | None:
        """By its remote, whose address may hold a secret and goes no further."""
        return repository_of_remote(self.git.repository_url) if self.git and self.git.repository_url else None

    @property
    def agent(self) -> str:
        if self.subagent is None:
            return f"{AGENT}:{self.agent_role}" if self.agent_role else AGENT
        named = self.subagent if isinstance(self.subagent, str) else None
        return f"{AGENT}:{named or (self.spawn and self.spawn.agent_role) or self.agent_role or 'subagent'}"


class TurnContext(msgspec.Struct):
    model: str | None = None
    cwd: str | None = None
    turn_id: str | None = None


class Turn(msgspec.Struct):
    """A turn begins; `started_at` in seconds since 1970 also where the line itself is a copy."""

    turn_id: str | None = None
    started_at: float | None = None


class Kind(msgspec.Struct):
    type: str = ""


class Head(msgspec.Struct):
    """A line before it is known what it holds."""

    timestamp: Moment | None = None
    type: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")


class Known(msgspec.Struct, frozen=True):
    """What is known of a session at some line."""

    session: str
    # Whether its first line has been read, which says the rest.
    is_introduced: bool = False
    session_at: Moment | None = None
    agent: str = AGENT
    provider: str | None = None
    model: str = "unknown"
    folder: str = ""
    branch: str = ""
    repository: str | None = None
    # It begins with what another session did, and whether the lines still are that one's.
    is_fork: bool = False
    is_repeating: bool = False
    # Whether repeated turns tell when they started.
    tells_turns: bool = False
    turn: str = ""
    total: Counts | None = None
