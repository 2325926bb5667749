"""The suites under expectations/: what must hold of each table, why, and what happens when it does not."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from miyabi_dw.common.errors import SuiteError
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.common.yaml_files import read_model, shown
from miyabi_dw.etl.tables import Load

Layer = Literal["conformed", "facts"]
Severity = Literal["critical", "warning", "info"]
LAYERS: tuple[Layer, ...] = ("conformed", "facts")
SQL_EXPECTATION = "unexpected_rows_expectation"
PARAMETER = "$PARAMETER"
COLUMN_KEYS = ("column", "column_A", "column_B", "column_list", "columns")


class Check(BaseModel):
    """One expectation; with `quarantine`, rows that break it are quarantined and the rest goes on.

    quarantine: field   only the `field` (by default the column checked) is, and loaded as null
    quarantine: noted   the same, but the value is loaded: what is reckoned from it, a lead time for one, is null
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9][a-z0-9-]*$")
    type: str = Field(pattern=r"^(expect_[a-z_]+|unexpected_rows_expectation)$")
    kwargs: dict[str, Any] = {}
    severity: Severity
    quarantine: bool | Literal["field", "noted"] = False
    field: str = ""
    note: str = Field(min_length=12)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.type == SQL_EXPECTATION) != ("query" in self.kwargs):
            raise ValueError(f"kwargs.query names a file under sql/gates and goes with type {SQL_EXPECTATION}")
        if "row_condition" in self.kwargs:
            raise ValueError("row_condition is not used here; write the condition as a query under sql/gates")
        if self.quarantine and self.severity != "warning":
            raise ValueError("quarantine goes with severity warning; a critical failure stops the load")
        if self.field and not self.takes_fields:
            raise ValueError("field goes with quarantine: field")
        return self

    @property
    def takes_fields(self) -> bool:
        """Whether fields are quarantined by it, not rows."""
        return isinstance(self.quarantine, str)

    @property
    def bad_field(self) -> str | None:
        """The column that it quarantines; None where it is the whole row."""
        return (self.field or self.columns[0]) if self.takes_fields else None

    @property
    def names_places(self) -> bool:
        """Whether its query names rows by their place in a table."""
        return bool(self.quarantine) and self.type == SQL_EXPECTATION

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        given = [self.kwargs[key] for key in COLUMN_KEYS if key in self.kwargs]
        return tuple(name for part in given for name in ([part] if isinstance(part, str) else part))

    def arguments(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The kwargs, each {$PARAMETER: name} replaced by that parameter's value."""
        return {key: self._value(value, parameters) for key, value in self.kwargs.items()}

    def _value(self, value: Any, parameters: Mapping[str, Any]) -> Any:
        if not (isinstance(value, dict) and value.keys() == {PARAMETER}):
            return value
        name = value[PARAMETER]
        if name not in parameters:
            names = ", ".join(sorted(parameters))
            raise SuiteError(f"there is no parameter {name!r}", self.id, f"choose one of {names}")
        return parameters[name]


class Slice(BaseModel):
    """The rows of a loaded table that belong to a run: those whose keys are in a table of the run's batch.

    Its days reach as far as those of `read`, tables of the batch and their moments, with which checks compare the rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    keys: dict[str, str] = Field(min_length=1)
    read: dict[str, str] = {}


class Suite(BaseModel):
    """Everything expected of one table in one layer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    why: str = Field(min_length=12)
    load: Load | None = None
    slice: Slice | None = None
    expectations: tuple[Check, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        counted = Counter(check.id for check in self.expectations)
        for check_id, times in counted.items():
            if times > 1:
                raise ValueError(f"the id {check_id} is used {times} times")
            if check_id.partition(".")[0] != self.table:
                raise ValueError(f"the id {check_id} must begin with {self.table}.")
        return self


def load_suite(layer: Layer, table: str, root: Path = EXPECTATIONS) -> Suite:
    """The suite of one table; SuiteError where it is missing or does not parse."""
    path = root / layer / f"{table}.yml"
    suite = read_model(path, Suite)
    if suite.table != path.stem:
        raise SuiteError(f"the suite is for table {suite.table!r}", shown(path), "name file and table alike")
    if layer == "conformed" and suite.load:
        raise SuiteError("load says how a target is loaded", shown(path), "move it to expectations/facts")
    if layer == "facts" and any(check.quarantine for check in suite.expectations):
        raise SuiteError("what is loaded cannot be quarantined", shown(path), "remove quarantine")
    return suite


def suite_tables(layer: Layer, root: Path = EXPECTATIONS) -> tuple[str, ...]:
    """The tables of a layer that have a suite."""
    return tuple(sorted(path.stem for path in (root / layer).glob("*.yml")))


def load_suites(layer: Layer, tables: tuple[str, ...] | None = None, root: Path = EXPECTATIONS) -> tuple[Suite, ...]:
    """The suites of a layer, of all its tables or of some."""
    return tuple(load_suite(layer, table, root) for table in (suite_tables(layer, root) if tables is None else tables))
