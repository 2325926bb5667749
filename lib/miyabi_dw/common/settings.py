"""Every setting, typed and documented; read once from MIYABI_* variables, `.env` and `miyabi.toml`, then passed on."""

import ipaddress
import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from miyabi_dw.common import timeframe
from miyabi_dw.common.demo_clock import DemoClock, read_clock
from miyabi_dw.common.errors import SettingsError
from miyabi_dw.common.paths import DOCUMENTS, SETTINGS_EXPLAINED, has_connections, in_project
from miyabi_dw.common.settings_sources import PREFIX, EnvFile, TomlFile, Variables
from miyabi_dw.common.validation import explained, like, unknown

_MAILBOX = r"[^\s@,;:<>()\[\]\\\"]+@[\w.-]+"
# name@domain, or Name <name@domain>.
ADDRESS = re.compile(rf"{_MAILBOX}|[^@<>,;:\r\n]*<{_MAILBOX}>")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; write it like Asia/Tokyo") from error
    return name


def _unlimited(value: object) -> object:
    """No limit, written as none or as an empty text."""
    return None if isinstance(value, str) and value.strip().lower() in ("", "none") else value


def _words(value: object) -> object:
    """A list written as a,b or as ["a", "b"], wherever it comes from."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    try:
        return tuple(json.loads(value))
    except ValueError:
        raise ValueError('write it as a,b or as ["a", "b"]') from None


def _addresses(given: tuple[str, ...]) -> tuple[str, ...]:
    wrong = next((at for at, text in enumerate(given, start=1) if not ADDRESS.fullmatch(text)), 0)
    if wrong:
        raise ValueError(f"entry {wrong} is no mail address; write it like operators@example.com")
    return given


def _sender(given: str) -> str:
    return _addresses((given,))[0]


def _proxies(given: tuple[str, ...]) -> tuple[str, ...]:
    for text in given:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            raise ValueError(f"{text!r} is no address or network; write it like 10.0.0.5 or 172.16.0.0/12") from None
    return given


ProjectPath = Annotated[Path, AfterValidator(in_project)]
ZoneName = Annotated[str, AfterValidator(_zone)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Addresses = Annotated[Words, AfterValidator(_addresses)]
Proxies = Annotated[Words, AfterValidator(_proxies)]
Sender = Annotated[str, AfterValidator(_sender)]
Limit = Annotated[int | None, Field(ge=0), BeforeValidator(_unlimited)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]


class Band(BaseModel):
    """Where a metric is normal and where it calls somebody; between the two it is a warning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str = ""
    normal_min: Decimal | None = None
    normal_max: Decimal | None = None
    alert_min: Decimal | None = None
    alert_max: Decimal | None = None

    def judge(self, value: Decimal | int) -> str:
        """'normal', 'warning' or 'alert'."""
        if _outside(value, self.alert_min, self.alert_max):
            return "alert"
        return "warning" if _outside(value, self.normal_min, self.normal_max) else "normal"


def _outside(value: Decimal | int, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _bands() -> dict[str, Band]:
    """The operators' table of the guide: beyond `alert` somebody is called."""
    return {
        "success_rate": Band(unit="%", normal_min=Decimal(95), alert_min=Decimal(90)),
        "daily_duration": Band(unit="min", normal_max=Decimal(20), alert_max=Decimal(30)),
        "hourly_duration": Band(unit="min", normal_max=Decimal(8), alert_max=Decimal(15)),
        "fact_growth": Band(
            unit="rows/day",
            normal_min=Decimal(50),
            normal_max=Decimal(200),
            alert_min=Decimal(1),
            alert_max=Decimal(1000),
        ),
        "disk_used": Band(unit="%", normal_max=Decimal(70), alert_max=Decimal(85)),
    }


def _usual_bands(home: Path) -> dict[str, Band]:
    """The same where a platform's database is read: what a team's own history brings a day depends on the team."""
    return _bands() | ({"fact_growth": Band(unit="rows/day")} if has_connections(home) else {})


class Settings(BaseSettings):
    """One object holds all settings; `miyabi.toml.example` explains each with its default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    # Where things are
    home: ProjectPath = Field(default=Path(".miyabi"), validate_default=True)
    reports_dir: ProjectPath = Field(default=Path("reports"), validate_default=True)
    docs_dir: ProjectPath = DOCUMENTS

    # Databases; unset means the embedded server
    source_url: SecretStr | None = None
    source_owner_url: SecretStr | None = None
    warehouse_url: SecretStr | None = None
    warehouse_etl_url: SecretStr | None = None
    warehouse_analyst_url: SecretStr | None = None
    litellm_url: SecretStr | None = None
    warehouse_roles: bool = True
    connect_timeout: int = Field(default=10, ge=1)
    statement_timeout_minutes: int = Field(default=60, ge=0)

    # The embedded server
    pg_bin: Path | None = None
    server_user: str = "miyabi-db"
    server_idle_minutes: float = Field(default=15, ge=0)
    server_durable: bool = True
    server_max_connections: int = Field(default=200, ge=20)
    server_memory_mb: int | None = Field(default=None, ge=256)

    # What the numbers mean
    source_timezone: ZoneName = "UTC"
    business_timezone: ZoneName = "Asia/Tokyo"
    lookback_days: int = Field(default=30, ge=0)
    test_coverage_threshold: Percent = Decimal(70)
    incident_types: Words = ("incident",)
    rework_types: Words = ("incident", "hotfix")
    incident_attribution_days: Limit = 7
    ignored_authors: Words = ("*[bot]", "dependabot*", "renovate*", "github-actions*")

    # How much at once
    parallel_runs: int = Field(default=2, ge=1)

    # How long things are kept
    retention_days: int = Field(default=30, ge=1)
    backup_retention_days: int = Field(default=30, ge=1)
    archive_after_months: int = Field(default=6, ge=1)

    # Whom to tell
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: Sender | None = None
    smtp_to: Addresses = ()
    alert_recipients: dict[str, Addresses] = Field(default_factory=dict)
    smtp_security: str = Field(default="starttls", pattern="^(starttls|tls|none)$")
    smtp_ca_file: ProjectPath | None = None
    slack_webhook_url: SecretStr | None = None
    reports_url: str | None = None

    # Who may look
    serve_token: SecretStr | None = None
    serve_session_hours: float = Field(default=12, gt=0)
    serve_trusted_proxies: Proxies = ()
    assistant_actions: bool = False

    # What connections read from
    github_token: SecretStr | None = None

    # What is normal
    bands: dict[str, Band] = Field(default_factory=_bands)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.smtp_host and not (self.smtp_from and self.smtp_to):
            raise ValueError("smtp_host is set but smtp_from or smtp_to is not")
        if not self.warehouse_url and (self.warehouse_etl_url or self.warehouse_analyst_url):
            raise ValueError("warehouse_etl_url and warehouse_analyst_url need warehouse_url")
        # A given band replaces one of the table's, the others stay.
        given = self.bands if "bands" in self.model_fields_set else {}
        # A team's own expectations may have bands of their own, by names that are like none of ours.
        for name in given.keys() - _bands().keys():
            if like(name, _bands()):
                raise ValueError(unknown(f"bands.{name}", "metric", name, _bands()))
        object.__setattr__(self, "bands", _usual_bands(self.home) | given)
        return self

    @property
    def statement_timeout(self) -> float:
        """Seconds that one statement of a stage may take; 0 for any."""
        return self.statement_timeout_minutes * 60.0

    @property
    def source_zone(self) -> ZoneInfo:
        return ZoneInfo(self.source_timezone)

    @property
    def business_zone(self) -> ZoneInfo:
        return ZoneInfo(self.business_timezone)

    @property
    def demo_clock(self) -> DemoClock | None:
        """The clock of a home that holds the demonstration and nothing else: none beside own data or an own server."""
        if self.source_url or self.warehouse_url or has_connections(self.home):
            return None
        return read_clock(self.home)

    def now(self, as_of: str = "") -> datetime:
        """The moment taken for now: `as_of` when given (a date means its end), a demonstration's, or the clock's."""
        clock = None if as_of else self.demo_clock
        return clock.moment.astimezone(UTC) if clock else timeframe.now(as_of, self.business_zone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the caller names these
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Strongest first: arguments, variables and the files that they name, .env, miyabi.toml."""
        return init_settings, Variables(settings_cls), EnvFile(settings_cls), TomlFile(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; `overrides` win over every other place."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        reason = explained(error, "setting", _known, "settings")
        raise SettingsError(reason, remedy=f"see {SETTINGS_EXPLAINED} for every setting") from None
    except ValueError as error:
        raise SettingsError(f"the settings cannot be read: {error}", remedy="correct .env or miyabi.toml") from None


def _known(within: str) -> Collection[str]:
    return Band.model_fields if within else Settings.model_fields
