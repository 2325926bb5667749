"""Brings the extracted rows into the warehouse's words: UTC, one spelling of each name, nothing twice."""

from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, frame
from miyabi_dw.db.statements import run, statement
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.tables import SourceTable

if TYPE_CHECKING:
    import pandas

# A load reads its batch several times: so few rows are written once more sooner than conformed each time.
FEW_ROWS = 20_000


def transform(stage: StageContext) -> "pandas.DataFrame":
    """Makes stg_<table> of each raw_<table>, and moves rows that cannot be loaded to `rejected`; the counts of both."""
    with stage.warehouse() as warehouse:
        _require_batch(stage, warehouse)
        run(warehouse, "etl/transform/prepare_session")
        for table in stage.tables:
            _conform(stage, warehouse, table)
        values = stage.parameters | {"tables": list(stage.pipeline.source_tables)}
        return frame(warehouse, statement("etl/transform/counts"), values)


def _require_batch(stage: StageContext, warehouse: Connection) -> None:
    missing = run(warehouse, "etl/transform/missing_tables", {"tables": list(stage.pipeline.source_tables)})
    if missing:
        raise BadRequest(
            f"the batch of run {stage.run_id} has no rows extracted from {missing[0]['table_name']}",
            remedy="run the stage 01_extract of this run first",
        )


def _conform(stage: StageContext, warehouse: Connection, table: SourceTable) -> None:
    values = stage.parameters | {"source_table": table.table}
    staged, judged = f"stg_{table.table}", f"judged_{table.table}"
    run(warehouse, "etl/transform/start_over", values, staged=staged, judged=judged)
    run(warehouse, f"transform/{table.table}", values)
    run(warehouse, "etl/transform/reject", values, judged=judged)
    moments = {"judged": judged, "moments": list(table.moments)}
    run(warehouse, "etl/transform/reject_moments", values | moments)
    batch = run(warehouse, "etl/transform/batch", values)[0]
    if batch["extracted"] < FEW_ROWS or not batch["is_unique"] or batch["has_undecodable"]:
        run(warehouse, "etl/transform/make_table", values)
    if batch["has_undecodable"]:
        run(warehouse, "etl/transform/reject_undecodable", values, staged=staged, raw=f"raw_{table.table}")
    if not batch["is_unique"]:
        run(warehouse, "etl/transform/reject_repeated", values, staged=staged)
    if not table.carried_by:
        # A large table has been analyzed already, as the rows extracted or as the table made of them.
        run(warehouse, "etl/extract/analyze", table=staged)
