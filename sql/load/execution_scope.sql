-- The windows read, as a condition on the fact. Days are written out so that only their partitions are opened.
SELECT coalesce(
    '(' || string_agg(
        format(
            '(t.completed_at >= %%L::timestamptz AND t.completed_at < %%L::timestamptz AND t.time_key BETWEEN %%s AND %%s)',
            piece.start_at, piece.end_at,
            ops.day_key(piece.start_at, %(business_timezone)s), ops.day_key(piece.end_at, %(business_timezone)s)
        ),
        ' OR '
    )
    || format(
        ') AND t.time_key / 100 <> ALL(%%L::integer [])', %(filled_months)s::integer []
    ),
    'false'
) AS scope
FROM (
    SELECT unnest(range_agg(tstzrange(read.start_at, read.end_at))) AS span
    FROM extract_window AS read
    WHERE read.source_table = 'agent_execution_logs' AND read.start_at < read.end_at
) AS whole
CROSS JOIN LATERAL (SELECT lower(whole.span) AS start_at, upper(whole.span) AS end_at) AS piece;
