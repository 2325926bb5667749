UPDATE worktree_states
SET
    status = 'merged',
    cleaned_up_at = date_trunc('milliseconds', %(as_of)s::timestamp)
WHERE
    cleaned_up_at IS NULL
    AND coalesce(created_at, '-infinity') < %(as_of)s::timestamp
    AND pg_temp.chance(%(seed)s, 171, id) < least(1, %(share)s * 5)
