"""The MCP server by the official SDK: lists the tools that the caller may use, calls one, keeps what was asked."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

import miyabi_dw
from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.common.validation import explained
from miyabi_dw.db.connection import DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.web.access import Caller, Forbidden
from miyabi_dw.web.assistant.told import NOTICE, Told, answered, refused
from miyabi_dw.web.assistant.tools import TOOLS, Tool, tools_for
from miyabi_dw.web.calls import Call, Outcome, record
from miyabi_dw.web.service import Service

logger = logging.getLogger(__name__)

INSTRUCTIONS = (
    "A warehouse of software development by people and agents: what was delivered, how fast, at what cost, and how the"
    f" runs that load it went. Numbers come from metrics, which say what they mean. {NOTICE}"
)
MCPServer = Server[Any, Any]


@dataclass
class Assistant:
    """The server of one program or of one address; `caller_of` says who asks at the moment."""

    service: Service
    caller_of: Callable[[MCPServer], Caller]

    def __post_init__(self) -> None:
        # What a stranger sends is no error of ours; he is told.
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
        self.server: MCPServer = Server("miyabi-dw", miyabi_dw.__version__, INSTRUCTIONS)
        self.server.request_handlers[types.ListToolsRequest] = self._list
        self.server.request_handlers[types.CallToolRequest] = self._call

    async def _list(self, _: types.ListToolsRequest) -> types.ServerResult:
        there = tools_for(self.caller_of(self.server), self.service.settings)
        return types.ServerResult(types.ListToolsResult(tools=[described(tool) for tool in there.values()]))

    async def _call(self, request: types.CallToolRequest) -> types.ServerResult:
        caller, given = self.caller_of(self.server), request.params.arguments or {}
        result = await run_in_threadpool(self._kept, caller, request.params.name, given)
        return types.ServerResult(result)

    def _kept(self, caller: Caller, name: str, given: Mapping[str, object]) -> types.CallToolResult:
        """The answer, after a line of it is kept."""
        at, begun = datetime.now(UTC), time.monotonic()
        found, outcome = self._answered(caller, name, given)
        reason = given.get("reason")
        record(self.service.database, Call(
            called_at=at, caller=caller.name, door="mcp",
            asked=f"{name} {json.dumps(given, ensure_ascii=False, default=str)}", outcome=outcome,
            row_count=found.row_count if isinstance(found, Told) else None,
            milliseconds=round((time.monotonic() - begun) * 1000), reason=str(reason) if reason else None,
        ))  # fmt: skip
        return answered(found.document) if isinstance(found, Told) else refused(found)

    def _answered(
        self, caller: Caller, name: str, given: Mapping[str, object]
    ) -> tuple[Told | MiyabiError, Outcome]:  # fmt: skip
        try:
            tool = self._tool(caller, name)
            return tool.ask(self.service, _read(tool, given)), "answered"
        except MiyabiError as error:
            return error, "refused" if isinstance(error, BadRequest | Forbidden) else "failed"
        except DatabaseError as error:
            logger.warning("%s: %s", name, error)
            return MiyabiError("the warehouse refused the question", code=code_of(error)), "failed"
        except Exception:
            logger.exception("%s: unforeseen", name)
            return MiyabiError("something went wrong here", remedy="see the server's log"), "failed"

    def _tool(self, caller: Caller, name: str) -> Tool:
        there = tools_for(caller, self.service.settings)
        if name not in there:
            known = next((tool for tool in TOOLS if tool.name == name), None)
            if known:
                caller.check(known.scope)
                raise BadRequest(f"{name} is not allowed here", remedy="the setting assistant_actions allows actions")
            raise BadRequest(
                f"there is no tool {name!r}", remedy=did_you_mean(name, there) or f"use {', '.join(there)}"
            )
        return there[name]


def described(tool: Tool) -> types.Tool:
    """As the protocol has it."""
    hints = types.ToolAnnotations(
        readOnlyHint=not tool.is_action, destructiveHint=False, openWorldHint=False, idempotentHint=not tool.is_action
    )
    schema = tool.takes.model_json_schema()
    return types.Tool(name=tool.name, description=tool.description, inputSchema=schema, annotations=hints)


def _read(tool: Tool, given: Mapping[str, object]) -> object:
    try:
        return tool.takes.model_validate(given)
    except ValidationError as error:
        said = explained(error, "argument", lambda _: tool.takes.model_fields, tool.name)
        raise BadRequest(said, tool.name, "see the tool's description") from error
