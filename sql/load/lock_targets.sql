-- In one order for everybody, so that two loads wait for each other instead of blocking each other.
SELECT ops.lock_target(target.name)
FROM unnest(%(targets)s::text []) AS target (name)
ORDER BY target.name;
