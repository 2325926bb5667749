-- needs: columns_of

-- Months (yyyymm) of a fact that have left the warehouse. What they held is neither restated nor missed.
-- An issue's day also needs the executions of its month.
CREATE OR REPLACE FUNCTION ops.frozen_months(target regclass) RETURNS integer []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(array_agg(DISTINCT month.month_key), '{}')
    FROM ops.archived_month AS month
    WHERE
        month.state = 'archived'
        AND (
            month.fact_table = ops.bare_name(target)
            OR (month.fact_table = 'fact_agent_execution' AND ops.bare_name(target) = 'fact_issue_processing')
        );
END;
COMMENT ON FUNCTION ops.frozen_months IS 'Archived months of a fact, which no load touches.';
