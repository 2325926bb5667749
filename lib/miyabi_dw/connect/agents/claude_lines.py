"""Lines of Claude Code's transcripts: what of them is read, and nothing else of them is."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from miyabi_dw.connect.agents.executions import Moment, Tokens

AGENT = "claude-code"
SYNTHETIC = "<synthetic>"
NOTHING = msgspec.Raw(b"null")
# Ids of answers that are the same wherever an answer was copied to, while a copy may lack the request or have another.
OWN_IDS = "msg_"
# `agent-acompact-0f3c...`: agents that Claude Code starts by itself are named in the file's name.
_NAMED_BY_FILE = re.compile(r"agent-a([a-z_]+)-[0-9a-f]{6,}")
# A user's line that no person wrote: what a command printed, a task's end, an interruption. As it stands in the JSON.
_NO_PROMPT = (
    b'"<local-command-', b'"<bash-', b'"<task-notification', b'"<system-reminder', b'"[Request interrupted by user',
    b'"Caveat: The messages below',
)  # fmt: skip
# Other services than Anthropic's own put their name into an answer's id.
_SERVICES = {"msg_bdrk_": "aws", "msg_vrtx_": "google"}
# Gateways give every answer the same short id; a longer one is the answer's own.
_SHORTEST_OWN_ID = 16


class CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: Tokens | None = 0
    ephemeral_1h_input_tokens: Tokens | None = 0


class Usage(msgspec.Struct, gc=False):
    """Tokens of an answer so far; `input_tokens` are those that no cache had."""

    input_tokens: Tokens | None = 0
    output_tokens: Tokens | None = 0
    cache_creation_input_tokens: Tokens | None = None
    cache_read_input_tokens: Tokens | None = 0
    cache_creation: CacheCreation | None = None

    @property
    def hour(self) -> int:
        return (self.cache_creation and self.cache_creation.ephemeral_1h_input_tokens) or 0

    @property
    def written(self) -> int:
        """All that was written into a cache; the parts say it where the sum is missing."""
        parts = (self.cache_creation and self.cache_creation.ephemeral_5m_input_tokens) or 0
        told = self.cache_creation_input_tokens
        return parts + self.hour if told is None else told


class Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    # Looked at for what kind of content it is, never kept.
    content: msgspec.Raw = NOTHING


class Origin(msgspec.Struct, gc=False):
    """Where a line of a forked session was copied from."""

    session: str | None = msgspec.field(default=None, name="sessionId")
    line: str | None = msgspec.field(default=None, name="messageUuid")


class Line(msgspec.Struct, gc=False):
    """A line of an answer or of a prompt."""

    type: str = ""
    timestamp: Moment | None = None
    uuid: str | None = None
    message: Message | None = None
    session: str | None = msgspec.field(default=None, name="sessionId")
    request: str | None = msgspec.field(default=None, name="requestId")
    folder: str | None = msgspec.field(default=None, name="cwd")
    branch: str | None = msgspec.field(default=None, name="gitBranch")
    is_sidechain: bool | None = msgspec.field(default=None, name="isSidechain")
    is_meta: bool | None = msgspec.field(default=None, name="isMeta")
    is_summary: bool | None = msgspec.field(default=None, name="isCompactSummary")
    is_error: bool | None = msgspec.field(default=None, name="isApiErrorMessage")
    cost_usd: Annotated[float, Meta(ge=0)] | None = msgspec.field(default=None, name="costUSD")
    copied: Origin | None = msgspec.field(default=None, name="forkedFrom")


class Kind(msgspec.Struct):
    """What a line is that cannot be read as one of the above."""

    type: str = ""


class Named(msgspec.Struct):
    """The id of an answer that cannot be used."""

    message: "Identified"


class Identified(msgspec.Struct):
    id: str


class AgentMeta(msgspec.Struct):
    """The file beside a subagent's transcript."""

    type: str | None = msgspec.field(default=None, name="agentType")


def is_prompt(line: Line) -> bool:
    """Whether somebody asked for something: no tool's result, no note of the program, no output of a command."""
    content = bytes(line.message.content) if line.message else b""
    if line.is_meta or line.is_summary or content[:1] not in (b'"', b"["):
        return False
    if content[:1] == b"[":
        return b'"tool_result"' not in content and b'"[Request interrupted by user' not in content
    return not content.startswith(_NO_PROMPT)


def gateway_key(line: Line, message_id: str, session: str) -> str:
    """What makes an answer one whose id is not the interface's own.

    Gateways use ids that are not unique: then the request tells, or the moment in its session.
    """
    if line.request:
        return f"{message_id}:{line.request}"
    if len(message_id) >= _SHORTEST_OWN_ID:
        return message_id
    return f"{session}:{message_id or line.uuid}:{line.timestamp.isoformat() if line.timestamp else ''}"


@lru_cache(maxsize=1000)
def provider(id_begin: str, model: str) -> str | None:
    """Who answered, as the price list calls it, by the id's first 9 characters; None for a model behind a gateway."""
    service = _SERVICES.get(id_begin)
    return service or ("anthropic" if model.startswith("claude") else None)


def is_subagent(path: Path) -> bool:
    return path.name.startswith("agent-")


def subagent_type(path: Path) -> str:
    """The kind of subagent, as the file beside its transcript says, or its name; `subagent` where neither tells."""
    named = _NAMED_BY_FILE.fullmatch(path.stem)
    try:
        told = msgspec.json.decode(path.with_suffix(".meta.json").read_bytes(), type=AgentMeta).type
    except (OSError, ValueError):
        told = None
    return told or (named[1] if named else "subagent")


def repeats_its_session(path: Path, kind: str) -> bool:
    """Whether a subagent began with all that its session had said, as forks and Claude Code's own helpers do."""
    return kind == "fork" or _NAMED_BY_FILE.fullmatch(path.stem) is not None
