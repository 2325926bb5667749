"""What of a team's own lies here already and could be connected."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import declare, load_connections
from miyabi_dw.connect.git_command import answer_or_none
from miyabi_dw.connect.repositories import repository_of_remote

logger = logging.getLogger(__name__)

GITHUB = "github.com"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`what` was found, and the command that connects it; `is_connected` where that was done already."""

    what: str
    command: str
    is_connected: bool


def proposals(settings: Settings, folder: Path) -> list[Proposal]:
    """What lies in the folder, in the user's home and in the settings; asks no other machine."""
    known = {origin.origin for origin in load_connections(settings).good.values()}
    return [
        Proposal(what, f"miyabi-dw connect add {command}", is_connected=origin in known)
        for what, command, origin in [*_local(folder), *_github(folder), *_gateway(settings)]
    ]


def _local(folder: Path) -> Iterator[tuple[str, str, str]]:
    fields: Mapping[str, Mapping[str, object]] = {"git": {"path": str(folder)}, "claude-code": {}, "codex": {}}
    for kind, values in fields.items():
        try:
            origin = declare(kind, "proposed", values)
            found = origin.discover()
        except MiyabiError as error:
            logger.debug("no connection of kind %s: %s", kind, error)
        else:
            yield found.sentence, f"git {folder}" if kind == "git" else kind, origin.origin


def _github(folder: Path) -> Iterator[tuple[str, str, str]]:
    remote = answer_or_none(folder, "remote", "get-url", "origin") if folder.is_dir() else None
    if remote and GITHUB in remote:
        repository = repository_of_remote(remote)
        origin = declare("github", "proposed", {"repository": repository})
        yield f"the repository {repository} at GitHub", f"github {repository} --token-file FILE", origin.origin


def _gateway(settings: Settings) -> Iterator[tuple[str, str, str]]:
    if settings.litellm_url:
        yield "the database of LiteLLM that MIYABI_LITELLM_URL names", "litellm", declare("litellm", "x", {}).origin
