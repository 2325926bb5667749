"""Connections as declared, each a small TOML file in the home's folder `connections`; a bad one stops no other one."""

import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from miyabi_dw.common.errors import BadRequest, MiyabiError, SettingsError
from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.paths import connections_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.validation import explained
from miyabi_dw.connect.kinds import origin_class
from miyabi_dw.connect.origin import Origin


@dataclass(frozen=True, slots=True)
class RefusedConnection:
    """A file that declares no usable connection, and why."""

    file: Path
    reason: str

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def error(self) -> SettingsError:
        return SettingsError(
            f"the connection is refused: {self.reason}", str(self.file), "correct the file, or remove it",
            code="connection-unusable",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of a home by name, and what was refused."""

    good: Mapping[str, Origin]
    refused: tuple[RefusedConnection, ...] = ()

    def require_any(self) -> None:
        """BadRequest where nothing is declared."""
        if not self.good and not self.refused:
            raise BadRequest("there is no connection", remedy="miyabi-dw connect add git . (or claude-code, ...)")

    def find(self, name: str) -> Origin:
        """The one of that name; the reason when it was refused, BadRequest with the names there are."""
        if name in self.good:
            return self.good[name]
        for refused in self.refused:
            if refused.name == name:
                raise refused.error
        known = f"there are {', '.join(self.good)}" if self.good else "there is none yet: miyabi-dw connect add"
        raise BadRequest(f"there is no connection {name!r}", remedy=known)


def declare(kind: str, name: str, fields: Mapping[str, object]) -> Origin:
    """A connection of these values, not yet written; BadRequest where they cannot be meant."""
    given = {key: value for key, value in fields.items() if value not in (None, (), {}, False)}
    model = origin_class(kind)
    try:
        return model.model_validate({"name": name, **given})
    except ValidationError as error:
        raise BadRequest(f"the connection cannot be: {_reason(error, model)}", kind, "see its --help") from None


def free_name(settings: Settings, wanted: str) -> str:
    """The name itself, in the letters that a name may have, or with the first number that makes it free."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", wanted.lower()).strip("-_")[:50] or "connection"
    numbered = (f"{plain}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([plain], numbered) if not _file(settings, name).exists())


def load_connections(settings: Settings) -> Connections:
    """All that are declared in the settings' home, in the order of their names."""
    read = [_read(path) for path in sorted(connections_folder(settings.home).glob("*.toml"))]
    good = {each.name: each for each in read if isinstance(each, Origin)}
    return Connections(good, tuple(each for each in read if isinstance(each, RefusedConnection)))


def add_connection(settings: Settings, origin: Origin) -> Path:
    """Writes the declaration whole or not at all; BadRequest where the name or the same origin is there already."""
    known = load_connections(settings)
    path = _file(settings, origin.name)
    if path.exists():
        raise BadRequest(f"there is a connection {origin.name!r} already", str(path), "give another --name")
    for other in known.good.values():
        if other.origin == origin.origin:
            raise BadRequest(
                f"the connection {other.name!r} reads the same", origin.origin,
                f"miyabi-dw connect sync {other.name}",
            )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, declared_text(origin).encode())
    return path


def remove_connection(settings: Settings, name: str) -> Path:
    """Removes the declaration, a refused one too; what it has brought stays."""
    path = _file(settings, name)
    if not path.exists():
        load_connections(settings).find(name)
    path.unlink(missing_ok=True)
    url_file(settings, name).unlink(missing_ok=True)
    return path


def url_file(settings: Settings, name: str) -> Path:
    """Where a URL that was given by hand is kept, for a declaration holds no secret."""
    return connections_folder(settings.home) / f"{name}.url"


def declared_text(origin: Origin) -> str:
    """The TOML of a connection: its kind, its name and what differs from the defaults."""
    values = {"kind": origin.kind, **origin.model_dump(mode="json", exclude_defaults=True)}
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    # A text, a number, a truth and a list are written as in JSON, but for the one character that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(settings: Settings, name: str) -> Path:
    return connections_folder(settings.home) / f"{name}.toml"


def _read(path: Path) -> Origin | RefusedConnection:
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        model = origin_class(str(declared.pop("kind", "")))
    except MiyabiError as error:
        return RefusedConnection(path, error.finding)
    except (OSError, ValueError) as error:
        return RefusedConnection(path, str(error))
    try:
        origin = model.model_validate(declared)
    except ValidationError as error:
        return RefusedConnection(path, _reason(error, model))
    if origin.name != path.stem:
        return RefusedConnection(path, f"it is named {origin.name!r} and not like its file")
    return origin


def _reason(error: ValidationError, model: type[Origin]) -> str:
    return explained(error, "key of such a connection", lambda _: model.model_fields)
