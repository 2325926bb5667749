"""Pipelines and jobs as declared in TOML beside the notebooks that they run."""

import tomllib
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.paths import NOTEBOOKS


class Pipeline(BaseModel):
    """What one pipeline (or job) is, when it runs, and what is done when it does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,62}$")
    short: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$")
    kind: Literal["etl", "job"]
    title: str
    why: str
    owner: str
    alert_channel: str
    # Empty: it runs on request only.
    schedule: str
    timezone: str
    interval: Literal["day", "hour"] | None = None
    stages: tuple[Path, ...] = Field(min_length=1)
    source_tables: tuple[str, ...] = ()
    # Read only for the rows that others refer to, not for the interval.
    reference_tables: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    marts: tuple[str, ...] = ()
    retries: int = Field(default=0, ge=0, le=10)
    backoff_seconds: int = Field(default=30, ge=0)
    deadline_minutes: int = Field(default=60, ge=1)
    catch_up: Literal["none", "latest", "all"] = "latest"
    catch_up_limit: int = Field(default=7, ge=0)
    archive_extract: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.schedule and not croniter.is_valid(self.schedule):
            raise ValueError(f"schedule {self.schedule!r} is no cron expression of five fields")
        if self.kind == "etl" and not (self.interval and self.source_tables):
            raise ValueError("a pipeline of kind etl needs an interval and source_tables")
        absent = [stage.name for stage in self.stages if not stage.is_file()]
        if absent:
            raise ValueError(f"no such notebook beside the declaration: {', '.join(absent)}")
        ZoneInfo(self.timezone)
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def load_declarations(notebooks: Path = NOTEBOOKS) -> dict[str, Pipeline]:
    """Every declaration under `notebooks`, by name, in order of name."""
    found = [_read(path) for path in sorted(notebooks.glob("*/*.toml"))]
    by_name = {pipeline.name: pipeline for pipeline in found}
    if len(by_name) != len(found) or len({pipeline.short for pipeline in found}) != len(found):
        raise SettingsError("two pipelines share a name or a short name", str(notebooks), "rename one of them")
    return dict(sorted(by_name.items()))


def find_declaration(name: str, notebooks: Path = NOTEBOOKS) -> Pipeline:
    """The declaration called `name`, or BadRequest that lists those there are."""
    declared = load_declarations(notebooks)
    if name not in declared:
        raise BadRequest(f"there is no pipeline {name!r}", remedy=f"choose one of {', '.join(declared)}")
    return declared[name]


def _read(path: Path) -> Pipeline:
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        stages = [path.parent / stage for stage in declared.pop("stages", [])]
        pipeline = Pipeline(**declared, stages=tuple(stages))
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"the declaration does not parse: {_reason(error)}", path.name, "correct the file"
        ) from error
    if pipeline.name != path.stem:
        raise SettingsError(f"the declaration is named {pipeline.name!r}", path.name, "name it like its file")
    return pipeline


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, part['loc']))} {part['msg']}".strip() for part in error.errors())
