UPDATE label_history
SET removed_at = date_trunc('milliseconds', %(as_of)s::timestamp - pg_temp.chance(%(seed)s, 162, id) * interval '1 hour')
WHERE
    removed_at IS NULL
    AND applied_at < %(as_of)s::timestamp - interval '1 hour'
    AND pg_temp.chance(%(seed)s, 161, id) < least(1, %(share)s * 2)
