"""Whether the planner may share a metric's rows among workers."""

from miyabi_dw.db.connection import Connection, query
from miyabi_dw.metrics.definitions import load_all

UNSAFE = """
WITH RECURSIVE used (kind, id) AS (
    SELECT
        'pg_class'::regclass,
        (unnest(%(views)s::text []))::regclass::oid
    UNION
    SELECT
        needed.refclassid,
        needed.refobjid
    FROM used
    INNER JOIN pg_rewrite AS rule ON used.kind = 'pg_class'::regclass AND used.id = rule.ev_class
    INNER JOIN pg_depend AS needed ON needed.classid = 'pg_rewrite'::regclass AND rule.oid = needed.objid
    WHERE needed.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass)
)

SELECT DISTINCT asked.oid::regprocedure::text AS name
FROM used
INNER JOIN pg_proc AS asked ON used.kind = 'pg_proc'::regclass AND used.id = asked.oid
WHERE asked.proparallel = 'u'
ORDER BY name
"""


def test_no_function_of_a_metrics_view_keeps_its_rows_from_parallel_workers(warehouse: Connection) -> None:
    views = sorted({view for metric in load_all() for view in (metric.source, metric.rows)})
    assert len(views) > 5
    assert [row["name"] for row in query(warehouse, UNSAFE, {"views": views})] == []
