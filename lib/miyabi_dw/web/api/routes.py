"""The endpoints as a Starlette app: reads what is asked, answers, and turns whatever goes wrong into a problem."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.db.connection import DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.web.api.answers import Found, response
from miyabi_dw.web.api.endpoints import ENDPOINTS, Endpoint
from miyabi_dw.web.api.openapi import FORMAT, PREFIX, openapi
from miyabi_dw.web.api.parameters import Parameter, read
from miyabi_dw.web.api.problems import NotFound, problem
from miyabi_dw.web.service import Service

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from miyabi_dw.web.access import Caller

logger = logging.getLogger(__name__)

TOKEN = Parameter("token", "text", "A token, where no header can be sent.")


def api_routes(service: Service) -> "ASGIApp":
    """What answers under the prefix. The door before it has put the caller into the request's state."""
    routes = [Route(PREFIX + each.path, _handler(service, each)) for each in ENDPOINTS]
    described = Route(f"{PREFIX}/openapi.json", lambda _: JSONResponse(openapi()))
    handlers = {MiyabiError: _refused, HTTPException: _no_route}
    return _without_suffix(Starlette(routes=[described, *routes], exception_handlers=handlers))


def _handler(service: Service, endpoint: Endpoint) -> "Callable[[Request], Awaitable[Response]]":
    async def handle(request: Request) -> Response:
        caller: Caller = request.state.caller
        caller.check(endpoint.scope)
        found = await run_in_threadpool(_asked, service, endpoint, request)
        request.state.row_count = None if found.rows is None else len(found.rows)
        return response(request, found)

    return handle


def _asked(service: Service, endpoint: Endpoint, request: Request) -> Found:
    parameters = (*endpoint.query, FORMAT, TOKEN)
    given = read(parameters, request.query_params.multi_items(), service.today)
    try:
        return endpoint.ask(service, given, next(iter(request.path_params.values()), ""))
    except MiyabiError:
        raise
    except DatabaseError as error:
        logger.warning("%s: %s", request.url.path, error)
        raise MiyabiError("the warehouse refused the question", remedy="see its log", code=code_of(error)) from error
    except Exception as error:
        logger.exception("%s: unforeseen", request.url.path)
        raise MiyabiError("something went wrong here", remedy="see the server's log") from error


def _without_suffix(app: "ASGIApp") -> "ASGIApp":
    """/metrics.csv is /metrics as CSV; what a spreadsheet is given is an address and nothing else."""

    async def call(scope: "Scope", receive: "Receive", send: "Send") -> None:
        path, dot, suffix = scope.get("path", "").rpartition(".")
        if dot and suffix in ("csv", "json") and not path.endswith("/openapi"):
            scope = {**scope, "path": path, "suffix": suffix}
        await app(scope, receive, send)

    return call


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, MiyabiError)
    return problem(error, request.url.path)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return problem(BadRequest(f"this is only read, not {request.method}", remedy="use GET"), request.url.path, 405)
    known = [PREFIX + each.path for each in ENDPOINTS]
    remedy = did_you_mean(request.url.path, known) or f"see {PREFIX}/openapi.json"
    return problem(NotFound("there is no such address", remedy=remedy), request.url.path)
