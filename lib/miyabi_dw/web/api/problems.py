"""What goes wrong, as RFC 9457 has it: a problem with a stable code, one sentence, and what to do."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from starlette.responses import Response

from miyabi_dw.common import logs
from miyabi_dw.common.error_codes import CODES
from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.redaction import redact_all
from miyabi_dw.common.text import shortened
from miyabi_dw.web.access import Forbidden, Unknown

Value = TypeVar("Value")
MEDIA_TYPE = "application/problem+json"
LONGEST_PART, LONGEST_SENTENCE = 200, 1500
# A type is a name, not an address: it need not be looked up, and stays when the server moves.
TYPE = "urn:miyabi-dw:problem:{}"
UNAVAILABLE = ("busy", "server-failed", "server-not-ready", "connections-used-up")


class NotFound(BadRequest):
    """What the address names is not there."""

    code = BadRequest.code


class NotAcceptable(BadRequest):
    """The answer has no such form."""

    code = BadRequest.code


STATUS: dict[type[MiyabiError], int] = {
    NotFound: 404,
    NotAcceptable: 406,
    Forbidden: 403,
    Unknown: 401,
    BadRequest: 400,
}


def named(make: Callable[[str], Value], name: str) -> Value:
    """What the address names; NotFound where there is none."""
    try:
        return make(name)
    except BadRequest as error:
        raise NotFound(error.what, error.where, error.remedy) from error


def status_of(error: MiyabiError) -> int:
    """400 and more for what the caller can change, 503 for what passes, 500 for the rest."""
    known = next((status for kind, status in STATUS.items() if isinstance(error, kind)), None)
    if known is None:
        known = 503 if error.is_transient or error.code in UNAVAILABLE else 500
    return known


def problem(error: MiyabiError, path: str, status: int = 0) -> Response:
    """The answer that says what is wrong."""
    number = status or status_of(error)
    meaning = CODES[error.code].meaning if error.code in CODES else HTTPStatus(number).phrase
    told = {
        "type": TYPE.format(error.code),
        "title": meaning,
        "status": number,
        "detail": error.finding,
        "instance": path,
        "code": error.code,
        "remedy": error.remedy,
    }
    answer = Response(json.dumps(redact_all(told, _hidden), ensure_ascii=False), number, media_type=MEDIA_TYPE)
    if number == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="miyabi-dw"'
    return answer


def _hidden(text: str) -> str:
    return shortened(logs.hiding.redact(text), LONGEST_PART, LONGEST_SENTENCE)
