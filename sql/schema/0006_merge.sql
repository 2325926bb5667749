-- How a batch becomes part of a table: what is new is inserted, what differs is updated, what is gone is deleted,
-- and what is equal is not written at all, so that an unchanged day leaves no row version behind.

CREATE FUNCTION ops.lock_target(target text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT pg_advisory_xact_lock(hashtextextended('miyabi-dw target ' || target, 0));
END;

COMMENT ON FUNCTION ops.lock_target IS
'Waits until no other transaction writes the table, and holds it until the end of this one; readers are not held up.';

CREATE FUNCTION ops.day_key(moment timestamptz, zone text) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE zone, 'YYYYMMDD')::integer;

COMMENT ON FUNCTION ops.day_key IS 'The day on which a moment falls in a time zone, as yyyymmdd.';

CREATE FUNCTION ops.day_end(moment timestamptz, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ((moment AT TIME ZONE zone)::date + 1)::timestamp AT TIME ZONE zone;

COMMENT ON FUNCTION ops.day_end IS 'The first moment after the day on which a moment falls in a time zone.';

-- The name of a table without its schema, whatever the search path.
CREATE FUNCTION ops.bare_name(relation regclass) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT known.relname::text FROM pg_class AS known WHERE known.oid = relation);

CREATE FUNCTION ops.columns_of(relation regclass) RETURNS text []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(attribute.attname::text ORDER BY attribute.attnum)
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped;
END;

CREATE FUNCTION ops.column_list(alias text, names text []) RETURNS text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT string_agg(format('%s.%I', alias, listed.name), ', ' ORDER BY listed.place)
    FROM unnest(names) WITH ORDINALITY AS listed (name, place);
END;

-- Months (yyyymm) of a fact that have left the warehouse. What they held is neither restated nor missed.
-- An issue's day also needs the executions of its month.
CREATE FUNCTION ops.frozen_months(target regclass) RETURNS integer []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(array_agg(DISTINCT month.month_key), '{}')
    FROM ops.archived_month AS month
    WHERE
        month.state = 'archived'
        AND (
            month.fact_table = ops.bare_name(target)
            OR (month.fact_table = 'fact_agent_execution' AND ops.bare_name(target) = 'fact_issue_processing')
        );
END;

COMMENT ON FUNCTION ops.frozen_months IS 'Archived months of a fact, which no load touches.';

CREATE FUNCTION ops.mark_dirty(subject text, months integer []) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO ops.dirty_month AS known (subject, month_key)
    SELECT DISTINCT mark_dirty.subject, changed.month_key
    FROM unnest(months) AS changed (month_key)
    WHERE changed.month_key IS NOT NULL
    ON CONFLICT ON CONSTRAINT dirty_month_pkey DO UPDATE SET marked_at = clock_timestamp();
END;

COMMENT ON FUNCTION ops.mark_dirty IS 'Notes the months whose facts changed, for the marts to restate.';

-- Makes the target rows within `scope` equal to the batch.
--   key      columns that name a row, the same in both
--   scope    condition on t, the target; rows of the target that meet it and are not in the batch are deleted
--   watch    further columns whose old and new values the table `changes` is to hold
--   probe    also look outside the scope for rows of the same (single, ascending) key, and move them
-- The table `changes`, made in the first schema of the search path, names every row that was written and how.
CREATE FUNCTION ops.merge_rows(
    batch regclass,
    target regclass,
    key text [],
    scope text,
    run_number bigint,
    changes text,
    watch text [] DEFAULT '{}',
    probe boolean DEFAULT false
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
    total bigint;
    bounds text;
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', current_schema(), changes);
    EXECUTE format(
        'CREATE UNLOGGED TABLE %I AS SELECT %s, %s AS old_time_key, %s AS new_time_key, %s
            CASE WHEN t.%I IS NULL THEN ''inserted'' WHEN b.%I IS NULL THEN ''deleted'' ELSE ''updated'' END AS change
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
    EXECUTE format('SELECT count(*) FROM %s AS b WHERE %s', batch, thawed) INTO total;
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
CREATE FUNCTION ops.find_elsewhere(
    batch regclass, target regclass, key text, differs text, changes text, watch text []
)
RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    greatest_known bigint;
    suspects bigint;
BEGIN
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

-- The planner's picture of a table that a load has just filled or changed a good part of; later steps of the same
-- transaction depend on it, long before autovacuum could look.
CREATE FUNCTION ops.keep_statistics(target regclass, written bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    outdated regclass;
BEGIN
    FOR outdated IN
        SELECT known.oid FROM pg_class AS known
        WHERE known.oid = target AND known.relkind = 'r' AND written > 500 + 0.2 * known.reltuples
        UNION ALL
        SELECT child.oid FROM pg_inherits AS link INNER JOIN pg_class AS child ON link.inhrelid = child.oid
        WHERE link.inhparent = target AND child.reltuples < 0 AND pg_relation_size(child.oid) > 0
    LOOP
        EXECUTE format('ANALYZE %s', outdated);
    END LOOP;
END
$function$;

-- A batch table shaped like the rows that a query of the source returns.
CREATE FUNCTION ops.create_batch_table(name text, columns text [], type_oids oid []) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', name);
    EXECUTE format(
        'CREATE UNLOGGED TABLE %I (%s)', name,
        (SELECT string_agg(format('%I %s', listed.name, format_type(listed.type, NULL)), ', ' ORDER BY listed.place)
        FROM unnest(columns, type_oids) WITH ORDINALITY AS listed (name, type, place))
    );
END
$function$;

COMMENT ON FUNCTION ops.create_batch_table IS 'Makes an unlogged table with the columns and types of a query of the source.';

-- Identifiers of a staged table that lie in the window by any of their moments.
CREATE FUNCTION ops.ids_in_window(relation regclass, window_start timestamptz, window_end timestamptz)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT id FROM %s WHERE %s', relation,
        (SELECT string_agg(format('(%1$I >= $1 AND %1$I < $2)', attname), ' OR ')
        FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid = 'timestamptz'::regtype)
    ) USING window_start, window_end;
END
$function$;

-- What finds a row by its moments, and commits by their sha.
CREATE INDEX ON staging.issues (created_at);
CREATE INDEX ON staging.issues (updated_at);
CREATE INDEX ON staging.issues (closed_at);
CREATE INDEX ON staging.code_gen_tasks (created_at);
CREATE INDEX ON staging.code_gen_tasks (updated_at);
CREATE INDEX ON staging.review_results (created_at);
CREATE INDEX ON staging.deployment_pipelines (deployed_at);
CREATE INDEX ON staging.deployment_pipelines (created_at);
CREATE INDEX ON staging.commits (committed_at);
CREATE INDEX ON staging.commits (commit_sha);
CREATE INDEX ON staging.label_history (applied_at);
CREATE INDEX ON staging.label_history (removed_at);
CREATE INDEX ON staging.worktree_states (created_at);
CREATE INDEX ON staging.worktree_states (cleaned_up_at);

-- What a pipeline does not read: found last on the search path of a load, so that one way of loading serves all pipelines.
CREATE SCHEMA unread;
COMMENT ON SCHEMA unread IS 'Empty batches, which stand for source tables that a pipeline does not read.';

CREATE TABLE unread.stg_issues (LIKE staging.issues);
CREATE TABLE unread.stg_code_gen_tasks (LIKE staging.code_gen_tasks);
CREATE TABLE unread.stg_review_results (LIKE staging.review_results);
CREATE TABLE unread.stg_deployment_pipelines (LIKE staging.deployment_pipelines);
CREATE TABLE unread.stg_commits (LIKE staging.commits);
CREATE TABLE unread.stg_label_history (LIKE staging.label_history);
CREATE TABLE unread.stg_worktree_states (LIKE staging.worktree_states);
CREATE TABLE unread.stg_agent_execution_logs (
    id bigint,
    issue_id bigint,
    agent_id text,
    source_agent_id text,
    started_at timestamptz,
    completed_at timestamptz,
    execution_duration_ms bigint,
    memory_usage_mb numeric,
    cpu_usage_percent numeric,
    llm_provider text,
    llm_model text,
    llm_tokens_input bigint,
    llm_tokens_output bigint,
    llm_cost_usd numeric,
    success boolean,
    error_message text,
    created_at timestamptz,
    row_hash bigint,
    event_at timestamptz,
    time_key integer
);
CREATE TABLE unread.agent_spelling (
    source_agent_id text,
    agent_id text,
    agent_name text,
    agent_type text,
    agent_category text,
    llm_provider text,
    llm_model text
);
CREATE TABLE unread.change_issues (
    id bigint,
    old_created_at timestamptz,
    new_created_at timestamptz,
    old_closed_at timestamptz,
    new_closed_at timestamptz
);
CREATE TABLE unread.change_code_gen_tasks (id bigint, old_issue_id bigint, new_issue_id bigint);
CREATE TABLE unread.change_review_results (id bigint, old_issue_id bigint, new_issue_id bigint);
CREATE TABLE unread.change_deployment_pipelines (id bigint, old_issue_id bigint, new_issue_id bigint);
CREATE TABLE unread.change_commits (
    id bigint,
    old_issue_id bigint,
    new_issue_id bigint,
    old_commit_sha text,
    new_commit_sha text
);
CREATE TABLE unread.change_label_history (id bigint, old_issue_id bigint, new_issue_id bigint);
CREATE TABLE unread.change_worktree_states (
    id bigint,
    old_associated_issue_id bigint,
    new_associated_issue_id bigint,
    old_worktree_path text,
    new_worktree_path text
);
