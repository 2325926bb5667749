"""The description of the API in OpenAPI 3.1, made from the endpoints themselves."""

from collections.abc import Mapping, Sequence

from pydantic.json_schema import models_json_schema

import miyabi_dw
from miyabi_dw.web.api.endpoints import ENDPOINTS, Endpoint
from miyabi_dw.web.api.parameters import Parameter
from miyabi_dw.web.api.problems import MEDIA_TYPE
from miyabi_dw.web.api.schemas import Problem

PREFIX = "/api/v1"
REF = "#/components/schemas/{model}"
DESCRIPTION = (
    "Read-only. CSV by .csv behind the path, by ?format=csv or by Accept: text/csv; a text that a spreadsheet would run"
    " has an apostrophe before it. Errors are problems as RFC 9457 has them, with a stable code and a remedy."
)
FORMAT = Parameter("format", "text", "json or csv.", "csv", "json", choices=("json", "csv"))
FAILURES = {
    "400": "Something in the address cannot be meant.", "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token may not ask this.", "404": "There is no such metric or run.",
    "406": "There is no such format here.",
    "503": "The warehouse is away; try again later.",
}  # fmt: skip


def openapi() -> Mapping[str, object]:
    """The whole document."""
    shapes = [(each.shape, "serialization") for each in ENDPOINTS]
    _, schemas = models_json_schema([*shapes, (Problem, "serialization")], ref_template=REF)  # type: ignore[list-item]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Miyabi DW", "version": miyabi_dw.__version__, "description": DESCRIPTION},
        "servers": [{"url": PREFIX}],
        "security": [{"bearer": []}, {"address": []}],
        "paths": {each.path: {"get": _operation(each)} for each in ENDPOINTS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "address": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> Mapping[str, object]:
    answer = {"application/json": {"schema": {"$ref": REF.format(model=endpoint.shape.__name__)}}}
    problem = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model=Problem.__name__)}}}
    told = {"200": {"description": "The answer.", "content": answer | {"text/csv": {"schema": {"type": "string"}}}}}
    same = {"304": {"description": "The answer is the one that If-None-Match names."}}
    failures = {status: {"description": why, "content": problem} for status, why in FAILURES.items()}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Scope {endpoint.scope}.",
        "parameters": _parameters((*endpoint.parameters, FORMAT)),
        "responses": told | same | failures,
    }


def _parameters(parameters: Sequence[Parameter]) -> Sequence[Mapping[str, object]]:
    return [
        {
            "name": each.name,
            "in": "path" if each.in_path else "query",
            "required": each.in_path or each.is_needed,
            "description": each.description,
            "schema": each.schema(),
        }
        for each in parameters
    ]
