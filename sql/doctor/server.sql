SELECT
    current_setting('server_version_num')::integer AS version,
    current_setting('server_version') AS version_text,
    extract(EPOCH FROM clock_timestamp()) AS clock,
    current_setting('max_connections')::integer AS max_connections,
    pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers,
    pg_size_bytes(current_setting('work_mem')) AS work_mem,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS connections;
