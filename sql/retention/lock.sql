-- A reader of the fact is waited for, but not for ever: meanwhile every new reader would wait as well.
SELECT
    set_config('lock_timeout', '30s', true) AS patience,
    ops.lock_target(%(fact)s);
