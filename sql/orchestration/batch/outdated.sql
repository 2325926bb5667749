-- Batches that nobody will resume: too old, of an interval that a later run has loaded, or of a run that is forgotten.
SELECT room.nspname AS schema
FROM pg_namespace AS room
LEFT JOIN ops.run AS run
    ON room.nspname = 'run_' || regexp_replace(lower(run.run_id), '[^a-z0-9]', '_', 'g')
WHERE
    room.nspname ~ '^run_([0-9]{8}t[0-9]{6}z|manual)_'
    AND (
        run.run_id IS NULL
        OR (
            run.state IN ('succeeded', 'failed', 'cancelled', 'lost', 'skipped')
            AND NOT ops.run_is_alive(run.run_id)
            AND (
                run.finished_at < clock_timestamp() - make_interval(days => %(days)s)
                OR EXISTS (
                    SELECT 1
                    FROM ops.run AS later
                    WHERE
                        later.pipeline = run.pipeline
                        AND later.state = 'succeeded'
                        AND later.trigger NOT IN ('stage', 'replay')
                        AND later.interval_start <= run.interval_start
                        AND later.interval_end >= run.interval_end
                        AND later.run_number > run.run_number
                )
            )
        )
    )
