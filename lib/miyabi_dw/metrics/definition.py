"""What a metric is: the model of a file under sql/metrics, in the words of MetricFlow where it has them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from miyabi_dw.common.settings import Band, Settings
from miyabi_dw.metrics.format import UNITS, number, told

Kind = Literal["day", "week", "month", "quarter", "rolling"]
Agg = Literal["sum", "count", "count_distinct", "percentile", "days"]


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(_several)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_several), Field(min_length=1)]
Level = Annotated[Decimal, Field(strict=False)] | None


class Strict(BaseModel):
    """Nothing is taken for what it is not, and no key is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Measure(Strict):
    """What is taken of the rows: an aggregate of the column `expr` over those for which a column of `filter` is true.

    `days` is no column: the number of the period's days.
    """

    agg: Agg
    expr: Name | None = None
    percentile: Annotated[float, Field(gt=0, lt=1)] | None = None
    filter: Names = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.agg == "percentile") != (self.percentile is not None):
            raise ValueError("percentile goes with agg: percentile, and is needed there")
        if self.agg in ("sum", "count_distinct", "percentile") and not self.expr:
            raise ValueError(f"agg: {self.agg} needs expr, a column")
        if self.agg == "days" and (self.expr or self.filter):
            raise ValueError("agg: days is the length of the period and has neither expr nor filter")
        return self

    @property
    def is_additive(self) -> bool:
        """Whether the whole is the sum of its days."""
        return self.agg in ("sum", "count", "days")


class Bands(Strict):
    """Where the number is normal, and beyond which somebody is called; in the metric's unit."""

    normal_min: Level = None
    normal_max: Level = None
    alert_min: Level = None
    alert_max: Level = None


class Usual(Strict):
    """What a day is held against: the same weekdays of so many weeks, holidays as Sundays.

    Unusual is what lies outside all of them but one, and farther from their median than `spread` times their spread.
    """

    weeks: Annotated[int, Field(ge=4, le=52)] = 13
    # Fewer such days, or fewer rows behind the number, say nothing.
    least_days: Annotated[int, Field(ge=4)] = 8
    least_rows: Annotated[int, Field(ge=1)] = 10
    spread: Annotated[float, Field(gt=0)] = 5
    # Within this part of the median nothing is unusual, however even the days are.
    least_share: Annotated[float, Field(ge=0)] = 0.2


class Definition(Strict):
    """One metric. What a key means stands in docs/METRICS.md."""

    name: Name
    label: Annotated[str, Field(min_length=3, max_length=60)]
    description: Annotated[str, Field(min_length=12)]
    unit: str
    digits: Annotated[int, Field(ge=0, le=6)] = 0
    better: Literal["higher", "lower", "neither"]
    type: Literal["simple", "ratio", "percentile", "cumulative"]
    source: Name
    agg_time_dimension: Name
    measure: Measure | None = None
    numerator: Measure | None = None
    denominator: Measure | None = None
    grain_to_date: Literal["month", "quarter", "year"] | None = None
    dimensions: dict[Name, Name] = {}
    non_additive_dimension: Name | None = None
    grains: Kinds
    rows: Name
    loaded_from: Names = ()
    fact: Name | None = None
    dora_class: Literal["deployment_frequency", "lead_time", "change_failure_rate", "change_failure_rate_by_incident",
                        "recovery", "recovery_by_incident", "time_to_restore"] | None = None  # fmt: skip
    trusted_since: date | None = None
    # A text names one of the operators' bands among the settings.
    bands: Bands | str | None = None
    # With it each loaded day is looked at.
    usual: Usual | None = None

    @field_validator("unit")
    @classmethod
    def _is_known(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"{unit!r} is no unit; choose one of {', '.join(UNITS)}")
        return unit

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        is_ratio = self.type == "ratio"
        if is_ratio != bool(self.numerator and self.denominator) or is_ratio == bool(self.measure):
            raise ValueError("type: ratio has numerator and denominator, any other type has measure")
        if is_ratio and self.numerator == self.denominator:
            raise ValueError("the metric divides by itself: numerator and denominator are the same")
        if (self.type == "cumulative") != (self.grain_to_date is not None):
            raise ValueError("grain_to_date goes with type: cumulative, and is needed there")
        if self.non_additive_dimension and self.non_additive_dimension not in self.dimensions:
            raise ValueError(f"non_additive_dimension: {self.non_additive_dimension!r} is not among the dimensions")
        self._check_aggregates()
        return self

    def _check_aggregates(self) -> None:
        allowed = {
            "simple": ("sum", "count", "count_distinct"),
            "percentile": ("percentile",),
            "cumulative": ("sum", "count"),
        }
        if self.measure and self.measure.agg not in allowed[self.type]:
            raise ValueError(f"type: {self.type} takes agg: {' or '.join(allowed[self.type])}")
        if self.numerator and self.numerator.agg not in ("sum", "count", "count_distinct"):
            raise ValueError("a numerator takes agg: sum, count or count_distinct")
        if self.denominator and self.denominator.agg == "percentile":
            raise ValueError("a denominator takes agg: sum, count, count_distinct or days")

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is divided and by what, or the only one."""
        return tuple(part for part in (self.measure or self.numerator, self.denominator) if part)

    @property
    def columns(self) -> dict[str, str]:
        """Each column that the source must have, with the key that asks for it."""
        found = {self.agg_time_dimension: "agg_time_dimension"}
        found |= {column: f"dimensions.{name}" for name, column in self.dimensions.items()}
        for key in ("measure", "numerator", "denominator"):
            part: Measure | None = getattr(self, key)
            if part and part.expr:
                found[part.expr] = f"{key}.expr"
            found |= dict.fromkeys(part.filter if part else (), f"{key}.filter")
        return found

    @property
    def has_day_keys(self) -> bool:
        """Whether its time is a whole number yyyymmdd, by which facts are partitioned, and not a date."""
        return self.agg_time_dimension.endswith("time_key")

    @property
    def unit_word(self) -> str:
        """The unit as people read it."""
        return UNITS[self.unit].word

    def number(self, value: Decimal | None) -> str:
        """The value as people read it, without its unit."""
        return number(value, self.unit, self.digits)

    def told(self, value: Decimal | None) -> str:
        """The value as people read it, with its unit."""
        return told(value, self.unit, self.digits)

    def parts(self, value: Decimal | None) -> tuple[str, str]:
        """The same in two: the number, and its unit; '' with a value that is not known."""
        shown = self.number(value)
        return shown, self.told(value).removeprefix(shown).strip()

    def band(self, settings: Settings) -> Band | None:
        """Its band in its unit; where the operators' settings have it, theirs. None where it has none."""
        if not isinstance(self.bands, str):
            return Band(**self.bands.model_dump()) if self.bands else None
        set_by = settings.bands[self.bands]
        scale = UNITS[self.unit].scale
        levels = {key: getattr(set_by, key) for key in Bands.model_fields}
        return Band(**{key: None if level is None else level / scale for key, level in levels.items()})
