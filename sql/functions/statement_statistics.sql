-- The server hides other roles' statements from whoever may not read all statistics. Analysts tune queries, so this shows them the
-- statements that read or change rows, constants replaced by $n as the server keeps them. It shows no utility statement: those
-- keep their constants, and one of them may have set a password. Hence a function of the owner's and no wider right for the role.
CREATE OR REPLACE FUNCTION ops.statement_statistics()
RETURNS TABLE (
    query_id text,
    calls bigint,
    mean_ms numeric,
    total_s numeric,
    rows bigint,
    cache_hit_percent numeric,
    query text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_stat_statements') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT
        known.queryid::text,
        known.calls,
        round(known.mean_exec_time::numeric, 2),
        round(known.total_exec_time::numeric / 1000, 2),
        known.rows,
        round(100.0 * known.shared_blks_hit / NULLIF(known.shared_blks_hit + known.shared_blks_read, 0), 1),
        known.query
    FROM pg_stat_statements AS known
    WHERE
        known.dbid = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
        AND known.query ~* '^(\s|--[^\n]*\n|/\*.*?\*/)*(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE)\M'
        AND known.query NOT LIKE '%pg_stat_statements%';
END
$$;
COMMENT ON FUNCTION ops.statement_statistics IS
'What the server remembers of statements that read or change rows of this database; empty where pg_stat_statements is not installed.';
