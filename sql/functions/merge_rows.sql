-- How a batch becomes part of a table: what is new is inserted, what differs is updated, what is gone is deleted,
-- and what is equal is not written at all, so that an unchanged day leaves no row version behind.

-- Makes the target rows within `scope` equal to the batch.
--   key      columns that name a row, the same in both
--   scope    condition on t, the target; rows of the target that meet it and are not in the batch are deleted
--   watch    further columns whose old and new values the table `changes` is to hold
--   probe    also look outside the scope for rows of the same (single, ascending) key, and move them
--   known_rows  how many rows of the batch are to be merged, where the caller has counted them: a batch that is a view joins them again
-- The table `changes`, made in the first schema of the search path, names every row that was written and how.
CREATE OR REPLACE FUNCTION ops.merge_rows(
    batch regclass,
    target regclass,
    key text [],
    scope text,
    run_number bigint,
    changes text,
    watch text [] DEFAULT '{}',
    probe boolean DEFAULT false,
    known_rows bigint DEFAULT NULL
)
RETURNS TABLE (inserted bigint, updated bigint, unchanged bigint, deleted bigint)
LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
DECLARE
    in_target text[] := ops.columns_of(target);
    shared text[] := ARRAY(
        SELECT name FROM unnest(ops.columns_of(batch)) AS listed (name)
        WHERE name = ANY(in_target) AND name <> 'run_number'
    );
    has_days boolean := 'time_key' = ANY(in_target);
    has_run boolean := 'run_number' = ANY(in_target);
    frozen integer[] := CASE WHEN has_days THEN ops.frozen_months(target) ELSE '{}' END;
    differs text := format('ROW(%s) IS DISTINCT FROM ROW(%s)', ops.column_list('b', shared), ops.column_list('t', shared));
    same_key text := (SELECT string_agg(format('b.%1$I = t.%1$I', name), ' AND ') FROM unnest(key) AS listed (name));
    thawed text := CASE WHEN frozen = '{}' THEN 'true' ELSE format('time_key / 100 <> ALL(%L::integer[])', frozen) END;
    old_day text := CASE WHEN has_days THEN 't.time_key' ELSE 'NULL::integer' END;
    new_day text := CASE WHEN has_days THEN 'b.time_key' ELSE 'NULL::integer' END;
    counted record;
    total bigint := known_rows;
    bounds text;
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', current_schema(), changes);
    -- The short word for a change spares the table a second one for long texts, whose index would be flushed to disk.
    EXECUTE format(
        'CREATE UNLOGGED TABLE %I AS SELECT %s, %s AS old_time_key, %s AS new_time_key, %s
            CASE WHEN t.%I IS NULL THEN ''inserted'' WHEN b.%I IS NULL THEN ''deleted'' ELSE ''updated'' END::varchar(9) AS change
        FROM (SELECT * FROM %s AS b WHERE %s) AS b
        FULL JOIN (SELECT * FROM %s AS t WHERE (%s) AND %s) AS t ON %s
        WHERE t.%I IS NULL OR b.%I IS NULL OR %s',
        changes,
        (SELECT string_agg(format('coalesce(b.%1$I, t.%1$I) AS %1$I', name), ', ') FROM unnest(key) AS listed (name)),
        old_day, new_day,
        coalesce((SELECT string_agg(format('t.%I AS %I, b.%I AS %I,', name, 'old_' || name, name, 'new_' || name), ' ')
            FROM unnest(watch) AS listed (name)), ''),
        key[1], key[1], batch, thawed, target, scope, thawed, same_key, key[1], key[1], differs
    );
    IF probe THEN
        PERFORM ops.find_elsewhere(batch, target, key[1], differs, changes, watch);
    END IF;
    EXECUTE format('ANALYZE %I', changes);
    IF total IS NULL THEN
        EXECUTE format('SELECT count(*) FROM %s AS b WHERE %s', batch, thawed) INTO total;
    END IF;
    EXECUTE format(
        'SELECT count(*) FILTER (WHERE change = ''inserted'') AS inserted,
            count(*) FILTER (WHERE change = ''updated'') AS updated,
            count(*) FILTER (WHERE change = ''deleted'') AS deleted,
            min(old_time_key) AS first_day, max(old_time_key) AS last_day
        FROM %I', changes
    ) INTO counted;
    -- Written out, so that the planner opens only the partitions of these days.
    bounds := CASE
        WHEN counted.first_day IS NULL THEN 'true'
        ELSE format('t.time_key = c.old_time_key AND t.time_key BETWEEN %s AND %s', counted.first_day, counted.last_day)
    END;
    IF counted.deleted > 0 THEN
        EXECUTE format(
            'DELETE FROM %s AS t USING %I AS c WHERE c.change = ''deleted'' AND %s AND %s',
            target, changes, replace(same_key, 'b.', 'c.'), bounds
        );
    END IF;
    IF counted.updated > 0 THEN
        EXECUTE format(
            'UPDATE %s AS t SET %s%s FROM %s AS b, %I AS c WHERE c.change = ''updated'' AND %s AND %s AND %s',
            target,
            (SELECT string_agg(format('%1$I = b.%1$I', name), ', ') FROM unnest(shared) AS listed (name)),
            CASE WHEN has_run THEN format(', run_number = %s', run_number) ELSE '' END, batch, changes, same_key, replace(same_key, 't.', 'c.'), bounds
        );
    END IF;
    IF counted.inserted > 0 THEN
        EXECUTE format(
            'INSERT INTO %s (%s%s) SELECT %s%s FROM %s AS b %s',
            target, (SELECT string_agg(quote_ident(name), ', ') FROM unnest(shared) AS listed (name)),
            CASE WHEN has_run THEN ', run_number' ELSE '' END, ops.column_list('b', shared),
            CASE WHEN has_run THEN format(', %s', run_number) ELSE '' END, batch,
            CASE WHEN counted.inserted = total THEN 'WHERE ' || thawed ELSE format(
                'WHERE EXISTS (SELECT FROM %I AS c WHERE c.change = ''inserted'' AND %s)',
                changes, replace(same_key, 't.', 'c.')
            ) END
        );
    END IF;
    IF has_days THEN
        EXECUTE format(
            'SELECT ops.mark_dirty(%L, array_agg(DISTINCT month.key)) FROM (
                SELECT old_time_key / 100 FROM %2$I UNION SELECT new_time_key / 100 FROM %2$I
            ) AS month (key)', ops.bare_name(target), changes
        );
    END IF;
    PERFORM ops.keep_statistics(target, counted.inserted + counted.updated + counted.deleted);
    RETURN QUERY SELECT counted.inserted, counted.updated, total - counted.inserted - counted.updated, counted.deleted;
END
$function$;
COMMENT ON FUNCTION ops.merge_rows IS
'Makes the rows of a table within a scope equal to a batch, writing only what differs; says how many rows were what.';

-- Rows that look new but are known outside the scope: an execution whose day changed, or one reread by its id.
-- Keys rise with time, so a batch beyond the greatest known key costs no look at history.
CREATE OR REPLACE FUNCTION ops.find_elsewhere(
    batch regclass, target regclass, key text, differs text, changes text, watch text []
)
RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    has_new boolean;
    greatest_known bigint;
    suspects bigint;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE change = ''inserted'')', changes) INTO has_new;
    -- The greatest known key is asked of every partition, which a day that brings nothing new can do without.
    IF NOT has_new THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT max(%I) FROM %s', key, target) INTO greatest_known;
    EXECUTE format('SELECT count(*) FROM %I WHERE change = ''inserted'' AND %I <= $1', changes, key)
    INTO suspects USING greatest_known;
    IF suspects = 0 THEN
        RETURN;
    END IF;
    EXECUTE format('ANALYZE %I', changes);
    EXECUTE format(
        'UPDATE %1$I AS c SET
            change = CASE WHEN %2$s THEN ''updated'' ELSE ''unchanged'' END, %3$s old_time_key = t.time_key
        FROM %4$s AS b, %5$s AS t
        WHERE c.change = ''inserted'' AND c.%6$I <= %7$s AND b.%6$I = c.%6$I AND t.%6$I = c.%6$I',
        changes, differs,
        coalesce((SELECT string_agg(format('%I = t.%I,', 'old_' || name, name), ' ') FROM unnest(watch) AS listed (name)), ''),
        batch, target, key, greatest_known
    );
    EXECUTE format('DELETE FROM %I WHERE change = ''unchanged''', changes);
END
$function$;
COMMENT ON FUNCTION ops.find_elsewhere IS
'Turns rows of `changes` that look new but are known outside the scope into updates.';
