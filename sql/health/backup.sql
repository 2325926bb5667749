-- The latest backup that was restored and compared, and how old it is; the latest attempt beside it.
SELECT
    (
        SELECT round(extract(EPOCH FROM %(as_of)s - max(good.started_at)) / 3600, 1)
        FROM ops.backup AS good
        WHERE good.state = 'good' AND good.started_at <= %(as_of)s
    ) AS hours_since_good,
    (SELECT last.state FROM ops.backup AS last ORDER BY last.started_at DESC LIMIT 1) AS last_state;
