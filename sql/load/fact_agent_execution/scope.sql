-- The windows read, less the months written in bulk, as a condition on the fact. Days are written out so that only their
-- partitions are opened.
SELECT
    coalesce(
        string_agg(
            format(
                '(t.completed_at >= %%L::timestamptz AND t.completed_at < %%L::timestamptz AND t.time_key BETWEEN %%s AND %%s)',
                lower(piece.span), upper(piece.span),
                ops.day_key(lower(piece.span), %(business_timezone)s), ops.day_key(upper(piece.span), %(business_timezone)s)
            ),
            ' OR '
        ),
        'false'
    ) AS scope,
    -- Whether any row is to leave that may lie outside of it.
    EXISTS (SELECT FROM vanished AS gone WHERE gone.source_table = 'agent_execution_logs')
    OR EXISTS (SELECT FROM rejected AS aside WHERE aside.source_table = 'agent_execution_logs') AS has_unfit
FROM (
    SELECT range_agg(tstzrange(read.start_at, read.end_at)) AS spans
    FROM extract_window AS read
    WHERE read.source_table = 'agent_execution_logs' AND read.start_at < read.end_at
) AS whole
CROSS JOIN (
    SELECT coalesce(range_agg(tstzrange(
        ops.month_start(month.key, %(business_timezone)s),
        ops.month_start(ops.month_after(month.key), %(business_timezone)s)
    )), '{}') AS spans
    FROM unnest(%(bulk_months)s::integer []) AS month (key)
) AS bulk
CROSS JOIN LATERAL unnest(whole.spans - bulk.spans) AS piece (span);
