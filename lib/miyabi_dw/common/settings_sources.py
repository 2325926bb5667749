"""Where settings come from: MIYABI_* variables, files that variables name, `.env`, `miyabi.toml`.

What only one of them may hold is judged here: variables of others are left alone, a setting of an earlier version is
accepted and named once, and a name that is no setting is told with the one it is like.
"""

import functools
import logging
import os
from collections.abc import Collection, Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource, TomlConfigSettingsSource

from miyabi_dw.common.errors import SettingsError
from miyabi_dw.common.paths import BASE, SETTINGS_EXPLAINED
from miyabi_dw.common.validation import like

PREFIX = "MIYABI_"
NAMES_A_FILE = "_FILE"
INSIDE = "__"
# Read elsewhere: before there are settings, by docker compose, by the tests.
NO_SETTINGS = ("config_dir", "project", "log_format", "secrets", "test_server_url")
# Settings of earlier versions. COPY streams rows in portions of its own.
NO_LONGER_USED = ("batch_rows",)

logger = logging.getLogger(__name__)


def config_dir() -> Path:
    return Path(os.environ.get("MIYABI_CONFIG_DIR", BASE))


class Variables(EnvSettingsSource):
    """The process's environment. It is shared with others, so a name that is no setting is only warned of."""

    def _load_env_vars(self) -> dict[str, str | None]:
        given = {name: value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}
        return dict(_settings_among(given, self.settings_cls.model_fields, "the environment", is_ours=False))


class EnvFile(EnvSettingsSource):
    """`.env`, which other programs may share: only names that begin with MIYABI_ are ours, and have to be right."""

    def _load_env_vars(self) -> dict[str, str | None]:
        path = config_dir() / ".env"
        if not path.is_file():
            return {}
        return dict(_settings_among(_read_env_file(path), self.settings_cls.model_fields, str(path), is_ours=True))


class TomlFile(TomlConfigSettingsSource):
    """`miyabi.toml`, all of it ours."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls, config_dir() / "miyabi.toml")

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        return {name: value for name, value in super()._read_file(file_path).items() if _is_used(name, str(file_path))}


def _read_env_file(path: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    found: dict[str, str] = {}
    with path.open(encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.key is not None and binding.value is not None:
                found[binding.key] = binding.value
                _warn_of_prefix(binding.key, path)
            elif binding.error or binding.key is not None:
                _warn_once(f"{path}:{binding.original.line} is no NAME=VALUE and is ignored")
    return {name: value for name, value in found.items() if name.upper().startswith(PREFIX)}


def _warn_of_prefix(name: str, path: Path) -> None:
    """A name of another program's is none of our business, one that misspells our prefix is meant for us."""
    start, _, rest = name.upper().partition("_")
    ours = PREFIX.removesuffix("_")
    if rest and start != ours and like(start, [ours]):
        _warn_once(f"{name} in {path} is no setting and is ignored: did you mean {PREFIX}{rest}?")


def _settings_among(
    given: Mapping[str, str], known: Collection[str], where: str, *, is_ours: bool
) -> Iterator[tuple[str, str]]:
    """The variables that are settings, in lower case; of a file that one names, its content; empty ones count as unset.

    A setting and its _FILE at once: the setting itself wins.
    """
    for variable, value in sorted(given.items(), key=lambda item: not item[0].endswith(NAMES_A_FILE)):
        name = variable.upper().removeprefix(PREFIX).lower()
        holds_it = name in known or not name.endswith(NAMES_A_FILE.lower())
        setting = name if name in known else name.removesuffix(NAMES_A_FILE.lower()).partition(INSIDE)[0]
        if not value or name in NO_SETTINGS or not _is_used(name, where):
            continue
        if setting not in known:
            _refuse(variable, setting, known, where, is_ours=is_ours)
        elif holds_it:
            yield variable.lower(), value
        else:
            yield f"{PREFIX}{setting}".lower(), _read_secret(variable, value)


def _refuse(variable: str, name: str, known: Collection[str], where: str, *, is_ours: bool) -> None:
    meant = like(name, known)
    remedy = f"did you mean {PREFIX}{meant.upper()}?" if meant else f"see {SETTINGS_EXPLAINED} for every setting"
    if is_ours:
        raise SettingsError(f"{variable} is no setting", where, remedy)
    if meant:
        _warn_once(f"{variable} in {where} is no setting and is ignored: {remedy}")


def _is_used(name: str, where: str) -> bool:
    if name in NO_LONGER_USED:
        _warn_once(f"{name} in {where} is no longer used: remove it")
    return name not in NO_LONGER_USED


@functools.cache
def _warn_once(text: str) -> None:
    logger.warning(text)


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SettingsError(f"the file cannot be read: {reason}", f"{variable}={path}", "correct the path") from error
