-- A session that only holds locks: never timed out, and given up soon after its host has vanished from the network.
SELECT
    set_config('statement_timeout', '0', false),
    set_config('idle_session_timeout', '0', false),
    set_config('tcp_keepalives_idle', '15', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)
