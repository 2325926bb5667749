-- All that dropping a view would take with it, at any distance: views upon it, functions over its rows, indexes, triggers.
-- A view depends on what its rule reads, and a function on the type of a relation's row; both are followed.
CREATE OR REPLACE FUNCTION ops.dependents_of(relation regclass)
RETURNS TABLE (class oid, object oid, distance integer)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
WITH RECURSIVE dependent AS (
    SELECT
        'pg_class'::regclass::oid AS class,
        relation::oid AS object,
        0 AS distance
    UNION ALL
    SELECT
        found.class,
        found.object,
        dependent.distance + 1
    FROM dependent
    CROSS JOIN LATERAL (
        SELECT DISTINCT
            CASE WHEN rule.rulename = '_RETURN' THEN 'pg_class'::regclass::oid ELSE link.classid END AS class,
            CASE WHEN rule.rulename = '_RETURN' THEN rule.ev_class ELSE link.objid END AS object
        FROM (
            SELECT dependent.class AS classid, dependent.object AS objid
            UNION ALL
            SELECT 'pg_type'::regclass, shape.oid
            FROM pg_type AS shape
            LEFT JOIN pg_type AS element ON shape.typelem = element.oid
            WHERE
                dependent.class = 'pg_class'::regclass
                AND dependent.object IN (shape.typrelid, element.typrelid)
        ) AS base
        INNER JOIN pg_depend AS link ON base.classid = link.refclassid AND base.objid = link.refobjid
        LEFT JOIN pg_rewrite AS rule ON link.classid = 'pg_rewrite'::regclass AND link.objid = rule.oid
        WHERE link.deptype IN ('n', 'a')
    ) AS found
    WHERE (found.class, found.object) <> (dependent.class, dependent.object)
) CYCLE class, object SET is_circular USING path

SELECT
    dependent.class,
    dependent.object,
    max(dependent.distance)
FROM dependent
WHERE dependent.distance > 0
GROUP BY dependent.class, dependent.object
$function$;
COMMENT ON FUNCTION ops.dependents_of IS
'All that dropping a view would take with it, and how far from it; the farthest must go first and come back last.';
