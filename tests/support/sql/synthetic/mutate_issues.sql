UPDATE issues
SET
    title = left(coalesce(title, '') || ' (edited)', 500),
    priority = pg_temp.pick('{P0,P1,P2,P3,P4}', pg_temp.chance(%(seed)s, 102, id)),
    closed_at = CASE
        -- A third are closed or opened again.
        WHEN pg_temp.chance(%(seed)s, 103, id) >= 0.33 THEN closed_at
        WHEN closed_at IS NULL THEN %(as_of)s::timestamp - interval '1 minute'
    END,
    updated_at = %(as_of)s::timestamp - pg_temp.chance(%(seed)s, 104, id) * interval '1 hour'
WHERE created_at < %(as_of)s::timestamp - interval '1 hour' AND pg_temp.chance(%(seed)s, 101, id) < %(share)s
