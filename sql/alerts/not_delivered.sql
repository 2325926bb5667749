-- Tried again after a pause that doubles, from one minute up to an hour; given up after a day's worth of attempts.
UPDATE ops.alert_delivery
SET
    attempts = attempts + 1,
    last_error = %(error)s,
    state = CASE WHEN attempts + 1 >= %(attempts_allowed)s THEN 'given up' ELSE 'pending' END,
    next_attempt_at = clock_timestamp()
    + greatest(least(interval '1 minute' * 2 ^ attempts, interval '1 hour'), %(not_before)s * interval '1 second')
WHERE delivery_id = %(delivery_id)s
RETURNING state;
