"""The reference of what programs can ask, in Markdown, made from the endpoints and the tools themselves."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from miyabi_dw.common.text import one_line
from miyabi_dw.web.access import SCOPES
from miyabi_dw.web.api.endpoints import ENDPOINTS, Endpoint
from miyabi_dw.web.api.openapi import DESCRIPTION, FAILURES, FORMAT, PREFIX, openapi
from miyabi_dw.web.assistant.tools import TOOLS, Tool

FILE = "API_REFERENCE.md"
HEAD = f"""# Interfaces for programs

Made from the program itself by `miyabi-dw docs write`; a test fails when it is stale. How to connect a dashboard, a
spreadsheet or an assistant: [recipes](RECIPES.md).

Each request has a token, made by `miyabi-dw serve token new`, as `Authorization: Bearer TOKEN`; where no header can be
sent, the API takes it as `?token=`. A token's scope is one of {", ".join(SCOPES)}; each may what those before it may.
Each call is kept in `ops.api_call`: who, what, how many rows, how it ended.

## HTTP

{DESCRIPTION}

The description in OpenAPI 3.1 is at `{PREFIX}/openapi.json`.
`offset` and `limit` cut an answer into pages; the header `Link` has the next. With `If-None-Match` and the `ETag` of an
answer, it is sent again only when it has changed.

| status | meaning |
| --- | --- |
"""
TYPES = {"text": "text", "texts": "text, several", "day": "day", "number": "number"}


def reference() -> str:
    """The whole page."""
    failures = "".join(f"| {status} | {why} |\n" for status, why in FAILURES.items())
    lines = [line for endpoint in ENDPOINTS for line in _endpoint(endpoint)]
    tools = [line for tool in TOOLS for line in _tool(tool)]
    spoken = (
        "The same tools over standard input by `miyabi-dw mcp`, and as streamable HTTP at `/mcp`, which takes the token"
        " in the header alone. What others wrote is under `data_from_outside`. Tools of scope act are there only where"
        " the setting `assistant_actions` allows them."
    )
    return HEAD + failures + "\n".join([*lines, "", "## MCP", "", spoken, *tools]) + "\n"


def documents(folder: Path) -> Mapping[Path, str]:
    """The page by its file in that folder."""
    return {folder / FILE: reference()}


def _endpoint(endpoint: Endpoint) -> Iterator[str]:
    yield from ("", f"### GET {PREFIX}{endpoint.path}", "", f"{endpoint.summary} Scope {endpoint.scope}.", "")
    yield from ("| parameter | type | meaning | example |", "| --- | --- | --- | --- |")
    for each in (*endpoint.parameters, FORMAT):
        default = f" By default {each.default}." if each.default else ""
        needed = " Needed." if each.in_path or each.is_needed else ""
        yield f"| {each.name} | {TYPES[each.kind]} | {each.description}{needed}{default} | `{each.example}` |"
    yield from ("", f"The answer is `{endpoint.shape.__name__}`:", "", *_fields(endpoint.shape.__name__))


def _fields(shape: str) -> Sequence[str]:
    """The members of a shape, those within others below them."""
    known = _at(openapi(), "components", "schemas")
    told = [f"- `{name}`: {_type(schema)}" for name, schema in _at(known, shape, "properties").items()]
    inner = sorted({found for schema in _at(known, shape, "properties").values() for found in _named(schema)})
    for each in inner:
        members = ", ".join(f"`{name}`" for name in _at(known, each, "properties"))
        told.append(f"- each `{each}`: {members}")
    return told


def _at(value: object, *path: str) -> Mapping[str, object]:
    for key in path:
        assert isinstance(value, Mapping)
        value = value[key]
    assert isinstance(value, Mapping)
    return value


def _named(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(ref := schema.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for inner in schema.values():
            yield from _named(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _named(inner)


def _type(schema: object) -> str:
    """A type of JSON Schema in words."""
    assert isinstance(schema, Mapping)
    if names := list(_named(schema)):
        return f"list of `{names[0]}`" if schema.get("type") == "array" else f"`{names[0]}`" + _or_null(schema)
    if isinstance(several := schema.get("anyOf"), list):
        return " or ".join(dict.fromkeys(_type(each) for each in several))
    found = str(schema.get("format", schema.get("type", "anything")))
    return f"list of {_type(schema.get('items'))}" if found == "array" else found


def _or_null(schema: Mapping[str, object]) -> str:
    return " or null" if "null" in str(schema.get("anyOf")) else ""


def _tool(tool: Tool) -> Iterator[str]:
    yield from ("", f"### {tool.name}", "", f"{tool.description} Scope {tool.scope}.")
    schema = tool.takes.model_json_schema()
    needed = schema.get("required", [])
    if schema["properties"]:
        yield from ("", "| argument | type | meaning |", "| --- | --- | --- |")
    for name, told in schema["properties"].items():
        meaning = " ".join(filter(None, (told.get("description", ""), "Needed." if name in needed else "")))
        yield f"| {name} | {_type(told)} | {one_line(meaning)} |"
