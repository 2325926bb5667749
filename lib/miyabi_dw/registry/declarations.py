"""Pipelines and jobs as declared in TOML beside the notebooks that they run."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.paths import NOTEBOOKS, PROJECT, has_connections
from miyabi_dw.common.settings import ZoneName
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.common.validation import explained
from miyabi_dw.registry import cron


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
    timezone: ZoneName
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
    # Scheduled only where there is something for it to do.
    needs: Literal["connections"] | None = None

    @field_validator("schedule")
    @classmethod
    def _can_fire(cls, schedule: str) -> str:
        if problem := cron.problem(schedule):
            raise ValueError(problem)
        return schedule

    @field_validator("stages")
    @classmethod
    def _beside_the_declaration(cls, stages: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        folder: Path = (info.context or {}).get("folder", Path())
        absent = [str(stage) for stage in stages if not (folder / stage).is_file()]
        if absent:
            raise ValueError(f"name no notebook beside the declaration: {', '.join(absent)}")
        return tuple(folder / stage for stage in stages)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "etl" and not (self.interval and self.source_tables):
            raise ValueError("a pipeline of kind etl needs an interval and source_tables")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_needed(self, home: Path) -> bool:
        """Whether the schedule is to start it in this home."""
        return self.needs is None or has_connections(home)


@dataclass(frozen=True, slots=True)
class Refused:
    """A declaration that cannot be used, and why."""

    file: Path
    reason: str
    short: str = ""

    @property
    def name(self) -> str:
        """What the pipeline would be called."""
        return self.file.stem

    @property
    def error(self) -> SettingsError:
        where = self.file.relative_to(PROJECT) if self.file.is_relative_to(PROJECT) else self.file
        return SettingsError(f"the declaration is refused: {self.reason}", str(where), "correct the file")


@dataclass(frozen=True, eq=False)
class Declarations(Mapping[str, Pipeline]):
    """The pipelines that can run, by name and in its order; beside them what was refused, which stops no other one."""

    good: Mapping[str, Pipeline]
    refused: tuple[Refused, ...] = ()

    def __getitem__(self, name: str) -> Pipeline:
        return self.good[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.good)

    def __len__(self) -> int:
        return len(self.good)

    def needed(self, home: Path) -> "Declarations":
        """Those that the schedule is to start in this home."""
        good = {name: pipeline for name, pipeline in self.good.items() if pipeline.is_needed(home)}
        return Declarations(good, self.refused)

    def find(self, name: str) -> Pipeline:
        """The pipeline of that name or short name; SettingsError when it was refused, BadRequest with the nearest."""
        by_short = {pipeline.short: pipeline for pipeline in self.good.values()}
        if found := self.good.get(name) or by_short.get(name):
            return found
        for refused in self.refused:
            if name in (refused.name, refused.short):
                raise refused.error
        names = ", ".join(self.good)
        near = did_you_mean(name, [*self.good, *by_short])
        remedy = f"{near} There are {names}" if near else f"choose one of {names}"
        raise BadRequest(f"there is no pipeline {name!r}", remedy=remedy)


def load_declarations(notebooks: Path = NOTEBOOKS) -> Declarations:
    """Every declaration under `notebooks`; of two that share a name, the first by its path counts."""
    good: dict[str, Pipeline] = {}
    refused: list[Refused] = []
    for path in sorted(notebooks.glob("*/*.toml")):
        read = _read(path)
        if isinstance(read, Pipeline):
            read = _unless_taken(read, path, good)
        if isinstance(read, Pipeline):
            good[read.name] = read
        else:
            refused.append(read)
    return Declarations(dict(sorted(good.items())), tuple(refused))


def _read(path: Path) -> Pipeline | Refused:
    declared: Mapping[str, object] = {}
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        pipeline = Pipeline.model_validate(declared, context={"folder": path.parent})
    except (OSError, ValueError) as error:
        return Refused(path, _reason(error), str(declared.get("short", "")))
    if pipeline.name != path.stem:
        return Refused(path, f"it is named {pipeline.name!r} and not like its file", pipeline.short)
    return pipeline


def _unless_taken(pipeline: Pipeline, path: Path, good: Mapping[str, Pipeline]) -> Pipeline | Refused:
    for other in good.values():
        if pipeline.name == other.name or pipeline.short == other.short:
            return Refused(path, f"it shares its name or short name with {other.stages[0].parent.name}/{other.name}")
    return pipeline


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return explained(error, "key of a declaration", lambda _: Pipeline.model_fields)
    return str(error)
