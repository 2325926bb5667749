INSERT INTO ops.archived_month AS known (fact_table, month_key, state, path)
VALUES (%(fact)s, %(month_key)s, 'copying', %(path)s)
ON CONFLICT (fact_table, month_key) DO UPDATE
    SET state = 'copying', path = excluded.path, archived_at = clock_timestamp(), restored_at = NULL;
