"""What the checks of the monitor look at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.monitor.findings import LEVEL_OF_BAND, Finding, Level
from miyabi_dw.registry.declarations import Pipeline

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RowType = TypeVar("RowType", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class View:
    """What every check needs: an open connection, the settings, the declared pipelines and the moment taken for now."""

    connection: Connection
    settings: Settings
    pipelines: Mapping[str, Pipeline]
    as_of: datetime

    def ask(self, row_type: type[RowType], name: str, **parameters: object) -> list[RowType]:
        values = {"as_of": self.as_of, **parameters}
        return statements.rows_as(row_type, self.connection, f"monitor/{name}", values)

    @property
    def today(self) -> date:
        return local_day(self.as_of, self.settings.business_zone)

    @property
    def etl(self) -> list[str]:
        return [name for name, pipeline in self.pipelines.items() if pipeline.kind == "etl"]

    def level(self, metric: str, value: Decimal | int) -> Level:
        """What the setting's band for that metric says of the value."""
        return LEVEL_OF_BAND[self.settings.bands[metric].judge(value)]


Check = Callable[[View], Iterable[Finding]]
