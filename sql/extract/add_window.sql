INSERT INTO extract_window (source_table, window_start, window_end, start_at, end_at, reason)
VALUES (
    %(source_table)s,
    %(window_start)s::timestamp,
    %(window_end)s::timestamp,
    %(window_start)s::timestamp AT TIME ZONE %(source_timezone)s,
    %(window_end)s::timestamp AT TIME ZONE %(source_timezone)s,
    %(reason)s
);
