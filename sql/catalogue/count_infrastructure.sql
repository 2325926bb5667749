SELECT
    count(*) FILTER (WHERE held_key IS NULL) AS inserted,
    count(*) FILTER (WHERE held_key IS NOT NULL AND NOT is_unchanged) AS updated,
    count(*) FILTER (WHERE is_unchanged) AS unchanged,
    0 AS deleted
FROM wanted_infrastructure
