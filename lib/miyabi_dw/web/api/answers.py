"""How an answer is sent: as JSON or CSV, as pages with links between them, and not again to whom has it already."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from miyabi_dw.common.spreadsheet import write_rows
from miyabi_dw.web.api.problems import NotAcceptable
from miyabi_dw.web.api.schemas import Shape

CSV, JSON = "text/csv; charset=utf-8", "application/json"
FORMATS = ("json", "csv")
# Kept by this caller alone, and asked for again each time, which costs one answer without a body.
CACHING = "private, no-cache"


@dataclass(frozen=True)
class Found:
    """An answer in its shape, the same as rows of a table where it has any, and what the next page is asked by."""

    shape: Shape
    rows: Sequence[Mapping[str, object]] | None = None
    next_page: Mapping[str, object] = field(default_factory=dict)


def wanted_format(request: Request) -> str:
    """By .csv at the end of the path, by ?format=, or by the header Accept; JSON where nothing is said."""
    given = request.scope.get("suffix") or request.query_params.get("format")
    if given:
        if given not in FORMATS:
            raise NotAcceptable(f"there is no format {given!r}", remedy=f"choose one of {', '.join(FORMATS)}")
        return str(given)
    accepted = request.headers.get("accept", "")
    return "csv" if "text/csv" in accepted and JSON not in accepted else "json"


def response(request: Request, found: Found) -> Response:
    """200 with the answer, or 304 where the caller has this very one."""
    as_csv = wanted_format(request) == "csv"
    if as_csv and found.rows is None:
        raise NotAcceptable("this answer is no table", request.url.path, "ask for it as JSON")
    body = _csv(found.rows or ()) if as_csv else found.shape.model_dump_json(by_alias=True).encode()
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": CACHING, "Vary": "Accept"}
    if found.next_page:
        headers["Link"] = f'<{_next(request, found.next_page)}>; rel="next"'
    if _has_it(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=CSV if as_csv else JSON, headers=headers)


def _csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    text = io.StringIO(newline="")
    write_rows(text, rows)
    return text.getvalue().encode()


def _has_it(known: str, tag: str) -> bool:
    return known.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in known.split(","))


def _next(request: Request, changed: Mapping[str, object]) -> str:
    """The same address with other values, without the token: a link must not carry it further."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in (*changed, "token")]
    suffix = f".{request.scope['suffix']}" if request.scope.get("suffix") else ""
    return f"{request.url.path}{suffix}?{urlencode([*kept, *changed.items()])}"
