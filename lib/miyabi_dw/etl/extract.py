"""Reads the interval's rows from the source into the run's own schema: one snapshot, streamed, in constant memory."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, DatabaseError, column_types, frame
from miyabi_dw.db.errors import is_untranslatable
from miyabi_dw.db.pipe import copy_between
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl import windows
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.source_text import SourceText
from miyabi_dw.etl.tables import SourceTable, reading_order
from miyabi_dw.etl.windows import Window

if TYPE_CHECKING:
    import pandas

# Identifiers travel inside the statement and are compared with each row that it considers: short lists are faster.
IDS_AT_ONCE = 1_000


def extract(stage: StageContext, asked: Mapping[str, Sequence[Window]] | None = None) -> "pandas.DataFrame":
    """Fills raw_<table> for each source table of the pipeline; how many rows each has.

    Without `asked` the windows are those of the interval and its look-back. All or nothing: a failure leaves no batch.
    """
    try:
        return _extract(stage, asked)
    except DatabaseError as error:
        if not is_untranslatable(error):
            raise
    # Such text is rare, so that only a source that has some pays for looking at each row.
    return _extract(stage, asked, check_text=True)


def _extract(
    stage: StageContext, asked: Mapping[str, Sequence[Window]] | None, *, check_text: bool = False
) -> "pandas.DataFrame":
    with stage.source() as source, stage.warehouse() as warehouse:
        run(source, "etl/extract/snapshot")
        run(source, "etl/extract/row_by_row")
        _require_staging(stage, warehouse)
        run(warehouse, "etl/extract/create_batch", schema=stage.schema)
        reader = Reader(stage, source, warehouse, SourceText(source, warehouse, is_checked=check_text))
        for table in reading_order(stage.tables):
            reader.read(table, reader.due(table) if asked is None else asked.get(table.table, ()))
        reader.refuse_time_before_data()
        return frame(warehouse, statement("etl/batch/table_counts"), stage.parameters)


def _require_staging(stage: StageContext, warehouse: Connection) -> None:
    wanted = {"tables": [table.table for table in stage.staged]}
    for row in run(warehouse, "etl/extract/unstaged_tables", wanted):
        raise BadRequest(
            f"the table staging.{row['table_name']} does not exist",
            remedy="add a migration that makes it, and run miyabi-dw schema migrate",
        )


class Reader:
    """Copies one table after the other within one snapshot of the source."""

    def __init__(self, stage: StageContext, source: Connection, warehouse: Connection, text: SourceText) -> None:
        self.stage = stage
        self.text = text
        self.source = source
        self.warehouse = warehouse
        self.rows: dict[str, int] = {}
        self.queries: dict[str, str] = {}

    def due(self, table: SourceTable) -> list[Window]:
        """What the interval asks of a table: of a large one the days that differ, of others the whole look-back."""
        if table.table in self.stage.pipeline.reference_tables:
            return []
        if table.carried_by:
            return windows.changed_windows(self.stage, self.source, self.warehouse, table)
        return [windows.with_lookback(self.stage)]

    def read(self, table: SourceTable, due: Sequence[Window]) -> None:
        """The rows in the windows, those that wait in quarantine, those that left the windows, those referred to."""
        name = table.table
        self._create(table)
        self._note_windows(name, due)
        waiting = self._ids("open_quarantine_ids", source_table=name)
        self._copy(name, due, waiting, undated=bool(due))
        unseen = set(self._unseen(table, due)) - set(waiting)
        for ids in _portions(sorted(unseen)):
            self._copy(name, (), ids)
        self._note("mark_vanished", source_table=name, ids=sorted(unseen.union(waiting)), raw=f"raw_{name}")
        self._finish(name)

    def refuse_time_before_data(self) -> None:
        """An interval that ends before the source begins is a slip of the pen, not a day without rows."""
        if any(self.rows.values()):
            return
        first = run(self.source, "etl/extract/first_moment", windows.rows_named(self.stage))[0]["first_moment"]
        if first is not None and windows.source_clock(self.stage, self.stage.interval.end) <= first:
            raise BadRequest(
                f"the source has no data before {first:%Y-%m-%d}",
                self.stage.interval.told(self.stage.settings.business_zone),
                "choose a later interval",
            )

    def _create(self, table: SourceTable) -> None:
        name = table.table
        nothing = windows.parameters(()) | windows.rows_named(self.stage)
        read = column_types(self.source, windows.over_rows("etl/extract/no_rows", self.source, table), nothing)
        types = self.text.columns(read)
        self.rows[name], self.queries[name] = 0, self.text.query(table, read)
        self._note("create_raw", table_name=f"raw_{name}", columns=list(types), types=list(types.values()))

    def _note_windows(self, table: str, due: Sequence[Window]) -> None:
        zone = self.stage.settings.source_timezone
        for window in due:
            span = {"window_start": window.start, "window_end": window.end, "reason": window.reason}
            values = span | {"source_table": table, "source_timezone": zone}
            run_count(self.warehouse, "etl/extract/add_window", values)

    def _copy(self, table: str, due: Sequence[Window], ids: Sequence[int], *, undated: bool = False) -> None:
        named = windows.rows_named(self.stage, ids, undated=undated, uncounted=windows.has_uncounted(due))
        values = windows.parameters(due) | named
        self.rows[table] += copy_between(self.source, self.queries[table], values, self.warehouse, f"raw_{table}")

    def _finish(self, table: str) -> None:
        self.text.decode(table)
        if run(self.source, "etl/extract/id_is_unique", {"source_table": table})[0]["is_unique"]:
            self._note("note_unique", source_table=table)
        self._note("record_extracted", run_id=self.stage.run_id, source_table=table, extracted=self.rows[table])

    def _unseen(self, table: SourceTable, due: Sequence[Window]) -> Iterator[int]:
        name = table.table
        if not table.carried_by:
            names = {"raw": f"raw_{name}", "staged": f"staging.{name}", "moment": table.moment}
            known = {"source_table": name, "staged": names["staged"], "uncounted": windows.has_uncounted(due)}
            yield from self._ids("unseen_ids", names, **known)
        for child in self.stage.tables:
            for column in (column for column, other in child.refers_to.items() if other == name):
                names = {"raw": f"raw_{child.table}", "reference": column, "referenced": f"raw_{name}"}
                yield from self._ids("referenced_ids", names)

    def _ids(self, name: str, identifiers: Mapping[str, str] = MappingProxyType({}), **values: Any) -> list[int]:
        return [row["id"] for row in run(self.warehouse, f"etl/extract/{name}", values, **identifiers)]

    def _note(self, name: str, *, raw: str = "", **values: Any) -> None:
        run_count(self.warehouse, f"etl/extract/{name}", values, **({"raw": raw} if raw else {}))


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))
