"""A notebook's parameters: what its parameters cell declares, whether given values fit, what a linter objects to.

papermill takes a misspelt name and a value of the wrong type in silence, and does not see a declaration with a second
`=` on its line. All of that is found here, from the file alone, before a kernel starts.
"""

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miyabi_dw.common import source_code
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.execution import Value

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
IGNORED_TAGS = {
    "raises-exception": "an exception fails the run all the same",
    "skip-execution": "the cell is run all the same",
}


@dataclass(frozen=True)
class Parameter:
    """`type` is the declared one, or that of the default; a trailing `| None` is `optional`."""

    name: str
    type: str
    default: Value
    help: str
    optional: bool = False

    def accepts(self, value: object) -> bool:
        if value is None:
            return self.optional
        if self.type == "float" and type(value) is int:
            return True
        return type(value) is TYPES[self.type]


@dataclass(frozen=True)
class Finding:
    """`cell` counts from 0, `line` from 1 within the cell."""

    cell: int
    line: int
    message: str

    def __str__(self) -> str:
        return f"cell {self.cell + 1}, line {self.line}: {self.message}"


def parameters_of(notebook: Path) -> list[Parameter]:
    """What the parameters cell declares, in its order; none without such a cell."""
    return _declared(notebook, file.read(notebook))


def validate_parameters(notebook: Path, parameters: Mapping[str, Value]) -> None:
    """Raises BadRequest unless the notebook declares every given parameter and every value has the declared type."""
    content = file.read(notebook)
    if parameters and not _tagged(content):
        what = f"the notebook has no cell tagged 'parameters' and was given {', '.join(sorted(parameters))}"
        raise BadRequest(what, notebook.name, "tag the cell that declares them")
    declared = {parameter.name: parameter for parameter in _declared(notebook, content)}
    for name, value in parameters.items():
        if name not in declared:
            remedy = did_you_mean(name, declared) or f"it takes {', '.join(declared) or 'none'}"
            raise BadRequest(f"unknown parameter {name!r}", notebook.name, remedy)
        _check_type(notebook, declared[name], value)


def lint(notebook: Path) -> list[Finding]:
    """Everything about the notebook that would make a run say something else than it seems to."""
    content = file.read(notebook)
    findings = [
        Finding(index, 1, f"the tag {tag!r} has no effect here: {IGNORED_TAGS[tag]}")
        for index, cell in enumerate(content["cells"])
        for tag in file.tags(cell)
        if tag in IGNORED_TAGS
    ]
    tagged = _tagged(content)
    findings += [Finding(index, 1, "a second cell is tagged 'parameters'") for index in tagged[1:]]
    for index in tagged[:1]:
        findings += _parse(content["cells"][index]["source"], index)[1]
    return sorted(findings, key=lambda finding: (finding.cell, finding.line))


def _declared(notebook: Path, content: Mapping[str, Any]) -> list[Parameter]:
    tagged = _tagged(content)
    if not tagged:
        return []
    parameters, findings = _parse(content["cells"][tagged[0]]["source"], tagged[0])
    if findings:
        where = f"{notebook.name}, {findings[0]}"
        raise BadRequest("the parameters cell cannot be relied on", where, "correct that line")
    return parameters


def _tagged(content: Mapping[str, Any]) -> list[int]:
    cells = enumerate(content["cells"])
    return [index for index, cell in cells if cell["cell_type"] == "code" and "parameters" in file.tags(cell)]


def _check_type(notebook: Path, parameter: Parameter, value: Value) -> None:
    if not parameter.accepts(value):
        wanted = parameter.type + (" or None" if parameter.optional else "")
        what = f"parameter {parameter.name!r} is {wanted}, got {value!r} ({type(value).__name__})"
        raise BadRequest(what, notebook.name, f"give a value like {parameter.default!r}")


def _parse(source: str, cell: int) -> tuple[list[Parameter], list[Finding]]:
    try:
        statements = source_code.parse(source).body
    except SyntaxError as error:
        return [], [Finding(cell, error.lineno or 1, f"the parameters cell does not parse: {error.msg}")]
    comments = _comments(source)
    parameters: list[Parameter] = []
    findings = _second_equals(source, cell)
    for statement in statements:
        try:
            parameters.append(_parameter(statement, comments.get(statement.end_lineno or 0, "")))
        except ValueError as error:
            findings.append(Finding(cell, statement.lineno, str(error)))
    return parameters, findings


def _second_equals(source: str, cell: int) -> list[Finding]:
    message = "papermill does not see a parameter with a second '=' on its line, not even in the comment"
    lines = enumerate(source.splitlines(), start=1)
    return [
        Finding(cell, number, message)
        for number, line in lines
        if line.count("=") > 1 and not line.lstrip().startswith("#")
    ]


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _parameter(statement: ast.stmt, note: str) -> Parameter:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
            default = _literal(value)
            kind, optional = _annotation(annotation)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            default = _literal(value)
            kind, optional = type(default).__name__, False
        case _:
            raise ValueError("only lines like `name: str = 'default'  # help` belong into the parameters cell")
    if kind not in TYPES:
        raise ValueError(f"the type of {name!r} is {kind}, not one of {', '.join(TYPES)}: annotate it")
    parameter = Parameter(name, kind, default, note, optional)
    if not parameter.accepts(default):
        raise ValueError(f"the default of {name!r} is {default!r} and not {kind}")
    return parameter


def _literal(node: ast.expr) -> Value:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise ValueError(f"the default {ast.unparse(node)!r} is computed; write a literal") from None
    if not isinstance(value, str | int | float | bool | None):
        raise ValueError(f"the default {value!r} is neither text nor number, truth value or None")
    return value


def _annotation(node: ast.expr) -> tuple[str, bool]:
    text = ast.unparse(node).strip("'\"")
    inner = re.fullmatch(r"(?:typing\.)?Optional\[(.+)\]", text)
    names = [part.strip() for part in (f"{inner[1]} | None" if inner else text).split("|")]
    return " | ".join(name for name in names if name != "None"), "None" in names
