"""Reads the project's YAML files strictly: a key given twice is an error, and each error names file and line."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from miyabi_dw.common.errors import MiyabiError, SuiteError
from miyabi_dw.common.paths import PROJECT

Model = TypeVar("Model", bound=BaseModel)
Refusal = type[MiyabiError]


# The loader in C is ten times as quick; it is missing where PyYAML was built without libyaml.
_BaseLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_BaseLoader):  # type: ignore[misc, valid-type]
    """YAML's own rule for a repeated key is that the last one wins, in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for (key_node, _), key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1 or not isinstance(key, str):
                # Unquoted, the keys on, off, yes and no are read as true and false.
                problem = f"{key!r} is given twice" if isinstance(key, str) else f"the key {key!r} is no text"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def read_model(path: Path, model: type[Model], refusal: Refusal = SuiteError) -> Model:
    """The file as a checked object; the refusal with file, place and reason otherwise."""
    return _checked(path, _text(path, refusal), model, refusal)


def read_head(path: Path, model: type[Model], end: str) -> Model:
    """The same of what stands above the key `end`; SuiteError where a key of the model stands below it."""
    head, _, rest = _text(path, SuiteError).partition(f"\n{end}:")
    for key in model.model_fields:
        if f"\n{key}:" in rest:
            raise SuiteError(f"the key {key} stands below {end}", shown(path), f"move it above {end}")
    return _checked(path, head, model, SuiteError)


def _text(path: Path, refusal: Refusal) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise refusal("the file is missing", shown(path), "add it, or correct the name that asks for it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(f"the file cannot be read: {error}", shown(path), "correct it") from error


def _checked(path: Path, text: str, model: type[Model], refusal: Refusal) -> Model:
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise refusal(f"the file does not parse: {_yaml_reason(error)}", shown(path), "correct it") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        reason = _model_reason(error, content)
        raise refusal(f"the file does not parse: {reason}", shown(path), "correct it") from error


def shown(path: Path) -> str:
    """`path` as a reader of the project knows it."""
    return str(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path.name)


def _yaml_reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is no YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def _model_reason(error: ValidationError, content: object) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{_place(problem['loc'], content)} {problem['msg'].removeprefix('Value error, ')}".strip()


def _place(location: tuple[int | str, ...], content: object) -> str:
    """Names an expectation by its id where it has one, since a position says nothing to a reader."""
    parts: list[str] = []
    for step in location:
        content = _step_into(content, step)
        named = isinstance(step, int) and isinstance(content, dict) and content.get("id")
        parts.append(str(named or step))
    return ".".join(parts) + ":" if parts else ""


def _step_into(content: object, step: int | str) -> object:
    if isinstance(content, dict):
        return content.get(step)
    return content[step] if isinstance(content, list) and isinstance(step, int) and step < len(content) else None
