"""What a connection to GitHub declares."""

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from miyabi_dw.common.errors import OriginFailed, SettingsError
from miyabi_dw.common.redaction import redacted
from miyabi_dw.common.settings import load_settings
from miyabi_dw.connect.github.client import Client
from miyabi_dw.connect.github.deploying import read_deployments
from miyabi_dw.connect.github.discovery import discover_export, discover_repository
from miyabi_dw.connect.github.export import read_export
from miyabi_dw.connect.github.limits import Clock
from miyabi_dw.connect.github.position import Position
from miyabi_dw.connect.github.reading import Reading
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink

PUBLIC = "https://api.github.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GitHub(Origin):
    """A repository at GitHub or GitHub Enterprise, or a folder with the same answers.

    The token is the content of `token_file`, or else the setting github_token (MIYABI_GITHUB_TOKEN or its _FILE).
    Public repositories can be read without any, with 60 requests an hour.
    """

    kind: ClassVar[str] = "github"
    clock: ClassVar[Clock] = Clock()

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    # GitHub Enterprise: https://host/api/v3
    api_url: str = PUBLIC
    token_file: Path | None = None
    # A day (2026-01-01): what did not change since is not read. Of a large repository the first read takes hours.
    since: date | None = None
    # What counts as a deployment. The pattern is one of file names; a workflow goes by its name or its file's.
    deploys: str = Field(default="deployments", pattern=r"^(deployments|releases|tags \S.*|workflow \S.*)$")
    # Minutes that one sync waits for a limit to end, in all.
    wait_minutes: int = Field(default=15, ge=0, le=180)
    # A folder of JSON files, read instead of asking GitHub.
    export: Path | None = None

    @field_validator("api_url")
    @classmethod
    def _safe(cls, given: str) -> str:
        """A token travels encrypted, and stands in no address."""
        parts = urlsplit(given)
        if parts.username or parts.password or parts.query or not parts.hostname:
            raise ValueError("api_url is an address like https://host/api/v3, with nothing else in it")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("api_url begins with https://")
        return given.rstrip("/")

    @field_validator("token_file", "export")
    @classmethod
    def _from_anywhere(cls, given: Path | None) -> Path | None:
        """Absolute, for syncs are started in other folders; a token in the place of its file's name is refused."""
        if given and redacted(given.name) != given.name:
            raise ValueError("this is a token, where the name of a file belongs")
        return given.expanduser().absolute() if given else None

    @property
    def origin(self) -> str:
        if self.export:
            return f"{self.kind} {self.export.resolve()} {self.repository.lower()}"
        return f"{self.kind} {self.api_url.lower()}/repos/{self.repository.lower()}"

    def discover(self) -> Discovery:
        if self.export:
            return discover_export(self.export, self.repository.lower())
        with closing(self._client()) as client:
            return discover_repository(client, self.repository)

    def read(self, cursor: Cursor, sink: Sink) -> None:
        if self.export:
            read_export(self.export, self.repository.lower(), self.deploys, cursor, sink)
            return
        with closing(self._client()) as client:
            self._read(Reading(client, Position.of(cursor, self.api_url, self.since), sink))

    def _read(self, reading: Reading) -> None:
        """Whatever ends it early, what is whole by then is kept."""
        try:
            reading.identify(self.repository)
            reading.issues()
            read_deployments(reading, self.deploys)
            reading.list_issues()
        except (OriginFailed, KeyboardInterrupt):
            reading.keep()
            raise

    def _client(self) -> Client:
        return Client(self.api_url, self._token(), self.clock, self.wait_minutes * 60.0)

    def _token(self) -> str | None:
        if self.token_file is None:
            setting = load_settings().github_token
            return _sound(setting.get_secret_value(), "MIYABI_GITHUB_TOKEN") if setting else None
        try:
            return _sound(self.token_file.read_text(encoding="utf-8"), str(self.token_file))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(
                f"the token cannot be read: {reason}", str(self.token_file), "correct token_file of the connection"
            ) from None


def _sound(text: str, where: str) -> str:
    """The token, one word; anything else would be refused on the way with the token in the error."""
    if len(text.split()) != 1 or not text.strip().isascii() or not text.strip().isprintable():
        raise SettingsError("this is no token", where, "it holds the token and nothing else")
    return text.strip()
