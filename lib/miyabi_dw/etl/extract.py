"""Reads the interval's rows from the source into the run's own schema: one snapshot, streamed, in constant memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, column_types, frame
from miyabi_dw.db.pipe import copy_between
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl import windows
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.windows import EXECUTIONS, Window, source_query

if TYPE_CHECKING:
    import pandas

ISSUES = "issues"
# How tables name the issue that a row belongs to.
REFERENCES = ("issue_id", "associated_issue_id")
# Identifiers travel inside the statement and are compared with each row that it considers: short lists are faster.
IDS_AT_ONCE = 1_000


def extract(stage: StageContext, asked: Mapping[str, Sequence[Window]] | None = None) -> "pandas.DataFrame":
    """Fills raw_<table> for each source table of the pipeline; how many rows each has.

    Without `asked` the windows are those of the interval and its look-back. All or nothing: a failure leaves no batch.
    """
    with stage.source() as source, stage.warehouse() as warehouse:
        run(source, "etl/extract/snapshot")
        run(source, "etl/extract/row_by_row")
        run(warehouse, "etl/extract/create_batch", schema=stage.schema)
        reader = Reader(stage, source, warehouse)
        for table in reading_order(stage.pipeline.source_tables):
            reader.read(table, reader.due(table) if asked is None else asked.get(table, ()))
        reader.refuse_time_before_data()
        return frame(warehouse, statement("etl/batch/table_counts"), stage.parameters)


def reading_order(tables: Sequence[str]) -> list[str]:
    """Issues last, because they are also read for what the other rows refer to."""
    return sorted(tables, key=lambda table: table == ISSUES)


class Reader:
    """Copies one table after the other within one snapshot of the source."""

    def __init__(self, stage: StageContext, source: Connection, warehouse: Connection) -> None:
        self.stage = stage
        self.source = source
        self.warehouse = warehouse
        self.rows: dict[str, int] = {}
        self.columns: dict[str, list[str]] = {}

    def due(self, table: str) -> list[Window]:
        """What the interval asks of a table: executions by digest, other tables with their whole look-back."""
        if table in self.stage.pipeline.reference_tables:
            return []
        if table == EXECUTIONS:
            return windows.due_executions(self.stage, self.source, self.warehouse)
        return [windows.with_lookback(self.stage)]

    def read(self, table: str, due: Sequence[Window]) -> None:
        """The rows in the windows, those that wait in quarantine, those that left the windows, those referred to."""
        self._create(table)
        self._note_windows(table, due)
        waiting = self._ids("open_quarantine_ids", source_table=table)
        self._copy(table, due, waiting, undated=bool(due))
        unseen = set(self._unseen(table)) - set(waiting)
        for ids in _portions(sorted(unseen)):
            self._copy(table, (), ids)
        self._note("mark_vanished", source_table=table, ids=sorted(unseen.union(waiting)), raw=f"raw_{table}")
        self._finish(table)

    def refuse_time_before_data(self) -> None:
        """An interval that ends before the source begins is a slip of the pen, not a day without rows."""
        if any(self.rows.values()):
            return
        first = run(self.source, "etl/extract/first_moment")[0]["first_moment"]
        if first is not None and windows.source_clock(self.stage, self.stage.interval.end) <= first:
            raise BadRequest(
                f"the source has no data before {first:%Y-%m-%d}", str(self.stage.interval), "choose a later interval"
            )

    def _create(self, table: str) -> None:
        nothing = windows.parameters(()) | {"ids": [], "undated": False}
        types = column_types(self.source, windows.over_rows("etl/extract/no_rows", table), nothing)
        self.columns[table], self.rows[table] = list(types), 0
        self._note("create_raw", table_name=f"raw_{table}", columns=list(types), types=list(types.values()))

    def _note_windows(self, table: str, due: Sequence[Window]) -> None:
        zone = self.stage.settings.source_timezone
        for window in due:
            span = {"window_start": window.start, "window_end": window.end, "reason": window.reason}
            values = span | {"source_table": table, "source_timezone": zone}
            run_count(self.warehouse, "etl/extract/add_window", values)

    def _copy(self, table: str, due: Sequence[Window], ids: Sequence[int], *, undated: bool = False) -> None:
        values = windows.parameters(due) | {"ids": list(ids), "undated": undated}
        self.rows[table] += copy_between(self.source, source_query(table), values, self.warehouse, f"raw_{table}")

    def _finish(self, table: str) -> None:
        if run(self.source, "etl/extract/id_is_unique", {"source_table": table})[0]["is_unique"]:
            self._note("note_unique", source_table=table)
        self._note("record_extracted", run_id=self.stage.run_id, source_table=table, extracted=self.rows[table])

    def _unseen(self, table: str) -> Iterator[int]:
        if run(self.warehouse, "etl/extract/is_staged", {"table": table})[0]["is_staged"]:
            yield from self._ids("unseen_ids", raw=f"raw_{table}", source_table=table, staged=f"staging.{table}")
        if table == ISSUES:
            for child, columns in self.columns.items():
                for reference in set(columns).intersection(REFERENCES):
                    yield from self._ids("referenced_issues", raw=f"raw_{child}", reference=reference)

    def _ids(self, name: str, *, raw: str = "", reference: str = "", **values: Any) -> list[int]:
        identifiers = {key: value for key, value in {"raw": raw, "reference": reference}.items() if value}
        return [row["id"] for row in run(self.warehouse, f"etl/extract/{name}", values, **identifiers)]

    def _note(self, name: str, *, raw: str = "", **values: Any) -> None:
        run_count(self.warehouse, f"etl/extract/{name}", values, **({"raw": raw} if raw else {}))


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))
