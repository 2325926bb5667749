"""What a query names, as DuckDB's own parser reads it: its tables, and the columns that it can want of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json


@dataclass(frozen=True, slots=True)
class Named:
    """`columns` is None where all are wanted."""

    tables: tuple[str, ...]
    columns: frozenset[str] | None


def named(sql: str) -> Named:
    """BadRequest for what is no single SELECT, with the parser's words."""
    with duckdb.connect() as parser:
        read = duckdb.FunctionExpression("json_serialize_sql", duckdb.ConstantExpression(sql))
        [[told]] = parser.values(read).fetchall()
    tree = json.loads(told)
    if tree.get("error"):
        raise BadRequest(f"the query cannot be read: {tree['error_message']}", sql[:60], "write one SELECT")
    if len(tree["statements"]) != 1:
        raise BadRequest("one query at a time", sql[:60], "write one SELECT")
    nodes = [*_nodes(tree)]
    tables = [node for node in nodes if node.get("type") == "BASE_TABLE"]
    given = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    names = sorted({str(node["table_name"]) for node in tables} - given)
    return Named(tuple(names), _columns(nodes, {*names, *given, *(str(node["alias"]) for node in tables)}))


def _columns(nodes: list[Json], relations: set[str]) -> frozenset[str] | None:
    """None where a star, a natural join or a whole row is asked for."""
    found = [part for node in nodes for part in node.get("column_names", ())]
    found += [part for node in nodes for part in node.get("using_columns", ())]
    alone = {node["column_names"][0] for node in nodes if len(node.get("column_names", ())) == 1}
    has_star = any(node.get("class") == "STAR" or node.get("ref_type") == "NATURAL" for node in nodes)
    return None if has_star or alone & relations else frozenset(name.lower() for name in found)


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)
