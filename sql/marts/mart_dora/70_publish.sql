-- What publish asks of mart_dora beside its rows.

CREATE OR REPLACE FUNCTION ops.mart_dora_settings() RETURNS text
LANGUAGE sql STABLE
RETURN concat_ws(
    ' ',
    ops.business_zone(),
    array_to_string(ops.setting_kinds('incident_types', 'incident'), ','),
    array_to_string(ops.setting_kinds('rework_types', 'incident,hotfix'), ','),
    'days:' || ops.setting_value('incident_attribution_days', '7')
);
COMMENT ON FUNCTION ops.mart_dora_settings IS 'The settings that the rows of mart_dora depend on, as one text.';

-- Which finished months of mart_dora a change in the given months can touch beyond themselves: a success ends failures of
-- before, takes over incidents from the success before it, and decides whether the next failure begins a run; a commit counts
-- in the month of its deployment, and one that was made after it says so in its own; a week in the month in which it ends.
CREATE OR REPLACE FUNCTION ops.mart_dora_reach(changed integer []) RETURNS SETOF integer
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    open_key integer := (SELECT state.open_from * 100 FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
BEGIN
IF changed = '{}' THEN
    RETURN;
END IF;
RETURN QUERY
WITH RECURSIVE repository (name) AS (
    SELECT min(closed.repository) FROM dora_deployment_closed AS closed
    UNION ALL
    SELECT (SELECT min(closed.repository) FROM dora_deployment_closed AS closed WHERE closed.repository > repository.name)
    FROM repository
    WHERE repository.name IS NOT NULL
),

-- As moments, by which deployments are indexed.
month AS (
    SELECT
        ops.first_day_of(unit.key)::timestamp AT TIME ZONE ops.business_zone() AS starts_at,
        (ops.last_day_of(unit.key) + 1)::timestamp AT TIME ZONE ops.business_zone() AS ends_at
    FROM unnest(changed) AS unit (key)
),

neighbour AS (
    SELECT
        success_before.time_key AS success_key,
        failure_before.time_key AS failure_key,
        after.time_key AS after_key
    FROM month
    INNER JOIN repository ON repository.name IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT done.time_key, done.deployed_at
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name AND done.deployment_status = 'SUCCESS' AND done.deployed_at < month.starts_at
        ORDER BY done.deployed_at DESC
        LIMIT 1
    ) AS success_before ON TRUE
    LEFT JOIN LATERAL (
        SELECT done.time_key
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name
            AND done.deployment_status IN ('FAILED', 'ROLLED_BACK')
            AND done.deployed_at < month.starts_at
            AND done.deployed_at >= COALESCE(success_before.deployed_at, '-infinity')
        ORDER BY done.deployed_at ASC
        LIMIT 1
    ) AS failure_before ON TRUE
    LEFT JOIN LATERAL (
        SELECT done.time_key
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name
            AND done.deployment_status <> 'PARTIAL'
            AND done.deployed_at >= month.ends_at
        ORDER BY done.deployed_at ASC
        LIMIT 1
    ) AS after ON TRUE
),

touched (key) AS (
    SELECT unnest(changed)
    UNION
    SELECT unnest(ARRAY[neighbour.success_key, neighbour.failure_key, neighbour.after_key]) / 100
    FROM neighbour
    UNION
    SELECT change.deployed_time_key / 100
    FROM unnest(changed) AS month (key)
    INNER JOIN dora_commit_closed AS change ON change.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
    UNION
    SELECT change.time_key / 100
    FROM unnest(changed) AS month (key)
    INNER JOIN dora_deployment_closed AS done ON done.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
    INNER JOIN dora_commit_closed AS change ON done.issue_id = change.issue_id
    WHERE change.deployed_time_key IS NULL
)

SELECT touched.key FROM touched WHERE touched.key IS NOT NULL
UNION
SELECT ops.month_of((date_trunc('week', ops.last_day_of(touched.key)::timestamp) + INTERVAL '6 days')::date)
FROM touched
WHERE touched.key IS NOT NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_reach IS 'Months of mart_dora that a change of events in the given months can touch, themselves included.';

CREATE OR REPLACE FUNCTION ops.mart_dora_keep(months integer []) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    month_key integer;
    first_key integer;
    last_key integer;
    written bigint;
    deployments bigint := 0;
    commits bigint := 0;
BEGIN
    -- One month at a time, its days as plain values, so that the planner opens no other partition.
    FOREACH month_key IN ARRAY months LOOP
        first_key := month_key * 100;
        last_key := month_key * 100 + 99;
        DELETE FROM dora_deployment_closed AS closed
        WHERE
            closed.time_key BETWEEN first_key AND last_key
            AND NOT EXISTS (
                SELECT 1
                FROM fact_deployment AS fact
                WHERE
                    fact.deployment_id = closed.deployment_id
                    AND fact.end_number = closed.end_number
                    AND fact.time_key = closed.time_key
                    AND fact.time_key BETWEEN first_key AND last_key
                    AND fact.environment = 'production'
            );

        INSERT INTO dora_deployment_closed AS closed (
            deployment_id, time_key, issue_id, issue_key, repository, deployment_status, deployed_at, end_number,
            release_id, release_deployment_id, release_status
        )
        SELECT
            fact.deployment_id,
            fact.time_key,
            fact.issue_id,
            fact.issue_key,
            ops.shown_repository(fact.repository),
            fact.deployment_status,
            fact.deployed_at,
            fact.end_number,
            fact.release_id,
            fact.release_deployment_id,
            fact.release_status
        FROM fact_deployment AS fact
        WHERE fact.time_key BETWEEN first_key AND last_key AND fact.environment = 'production'
        ON CONFLICT (deployment_id, end_number) DO UPDATE SET
            time_key = excluded.time_key,
            issue_id = excluded.issue_id,
            issue_key = excluded.issue_key,
            repository = excluded.repository,
            deployment_status = excluded.deployment_status,
            deployed_at = excluded.deployed_at,
            release_id = excluded.release_id,
            release_deployment_id = excluded.release_deployment_id,
            release_status = excluded.release_status
        WHERE closed.* IS DISTINCT FROM excluded.*;
        GET DIAGNOSTICS written = ROW_COUNT;
        deployments := deployments + written;

        DELETE FROM dora_commit_closed AS closed
        WHERE
            closed.time_key BETWEEN first_key AND last_key
            AND NOT EXISTS (
                SELECT 1
                FROM fact_code_change AS fact
                WHERE
                    fact.commit_sha = closed.commit_sha
                    AND fact.time_key = closed.time_key
                    AND fact.time_key BETWEEN first_key AND last_key
            );

        INSERT INTO dora_commit_closed AS closed (
            commit_sha, time_key, issue_id, repository, committed_at, deployment_id, deployed_at, deployed_time_key,
            is_ignored_author
        )
        SELECT
            fact.commit_sha,
            fact.time_key,
            fact.issue_id,
            ops.shown_repository(fact.repository),
            fact.committed_at,
            fact.deployment_id,
            fact.deployed_at,
            fact.deployed_time_key,
            fact.is_ignored_author
        FROM fact_code_change AS fact
        WHERE fact.time_key BETWEEN first_key AND last_key
        ON CONFLICT (commit_sha) DO UPDATE SET
            time_key = excluded.time_key,
            issue_id = excluded.issue_id,
            repository = excluded.repository,
            committed_at = excluded.committed_at,
            deployment_id = excluded.deployment_id,
            deployed_at = excluded.deployed_at,
            deployed_time_key = excluded.deployed_time_key,
            is_ignored_author = excluded.is_ignored_author
        WHERE closed.* IS DISTINCT FROM excluded.*;
        GET DIAGNOSTICS written = ROW_COUNT;
        commits := commits + written;
    END LOOP;
    PERFORM ops.keep_statistics('dora_deployment_closed', deployments);
    PERFORM ops.keep_statistics('dora_commit_closed', commits);
END
$$;
COMMENT ON FUNCTION ops.mart_dora_keep IS 'Brings the kept deployments and commits of these months up to the facts.';

-- An incident is no fact: it counts by what dim_issue says of it.
CREATE OR REPLACE FUNCTION ops.mart_dora_mark() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    incident_kinds text [] := ops.setting_kinds('incident_types', 'incident');
    zone text := ops.business_zone();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM ops.mark_dirty(
            'mart_dora',
            array_agg(DISTINCT ops.month_of((moment.at AT TIME ZONE zone)::date))
        )
        FROM old_issue AS before
        INNER JOIN new_issue AS after ON before.issue_key = after.issue_key
        CROSS JOIN LATERAL unnest(
            ARRAY[
                before.source_created_at, before.source_closed_at, after.source_created_at, after.source_closed_at
            ]
        ) AS moment (at)
        WHERE
            (
                before.issue_type, before.labels, before.repository, before.source_created_at, before.source_closed_at,
                before.is_current, before.state = 'deleted'
            ) IS DISTINCT FROM (
                after.issue_type, after.labels, after.repository, after.source_created_at, after.source_closed_at,
                after.is_current, after.state = 'deleted'
            )
            AND (
                ops.issue_kinds(before.issue_type, before.labels) && incident_kinds
                OR ops.issue_kinds(after.issue_type, after.labels) && incident_kinds
            );
    ELSE
        PERFORM ops.mark_dirty(
            'mart_dora',
            array_agg(DISTINCT ops.month_of((moment.at AT TIME ZONE zone)::date))
        )
        FROM new_issue AS added
        CROSS JOIN LATERAL unnest(ARRAY[added.source_created_at, added.source_closed_at]) AS moment (at)
        WHERE added.is_current AND ops.issue_kinds(added.issue_type, added.labels) && incident_kinds;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_mark IS 'Marks the months in which a changed incident was filed or closed.';

CREATE OR REPLACE FUNCTION ops.mart_dora_forget(from_month integer) RETURNS void
LANGUAGE sql
AS $$
    DELETE FROM public.dora_deployment_closed AS closed WHERE closed.time_key >= from_month * 100;
    DELETE FROM public.dora_commit_closed AS closed WHERE closed.time_key >= from_month * 100;
$$;
COMMENT ON FUNCTION ops.mart_dora_forget IS 'Forgets the deployments and commits kept of a month (yyyymm) and later.';

CREATE OR REPLACE TRIGGER mark_dora_insert AFTER INSERT ON dim_issue
REFERENCING NEW TABLE AS new_issue
FOR EACH STATEMENT EXECUTE FUNCTION ops.mart_dora_mark();
CREATE OR REPLACE TRIGGER mark_dora_update AFTER UPDATE ON dim_issue
REFERENCING OLD TABLE AS old_issue NEW TABLE AS new_issue
FOR EACH STATEMENT EXECUTE FUNCTION ops.mart_dora_mark();

-- Which authors have no lead time is a setting: when it changes, the commits loaded change with it.
CREATE OR REPLACE FUNCTION ops.judge_authors() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    marked text;
BEGIN
    WITH judged AS MATERIALIZED (
        SELECT made.author, ops.ignores_author(made.author) AS is_ignored
        FROM (SELECT DISTINCT fact.author FROM fact_code_change AS fact WHERE fact.author IS NOT NULL) AS made
    ),

    changed AS (
        UPDATE fact_code_change AS fact
        SET is_ignored_author = judged.is_ignored
        FROM judged
        WHERE fact.author = judged.author AND fact.is_ignored_author <> judged.is_ignored
        RETURNING fact.time_key, fact.deployed_time_key
    )

    SELECT ops.mark_dirty('fact_code_change', array_agg(DISTINCT month.key))
    INTO marked
    FROM changed
    CROSS JOIN LATERAL unnest(ARRAY[changed.time_key / 100, changed.deployed_time_key / 100]) AS month (key)
    WHERE month.key IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.judge_authors IS 'Decides of all commits again whether their author is ignored, and marks the months of those that changed.';

CREATE OR REPLACE TRIGGER judge_authors_insert AFTER INSERT ON ops.setting
FOR EACH ROW WHEN (new.name = 'ignored_authors') EXECUTE FUNCTION ops.judge_authors();
CREATE OR REPLACE TRIGGER judge_authors_update AFTER UPDATE ON ops.setting
FOR EACH ROW WHEN (new.name = 'ignored_authors' AND old.value IS DISTINCT FROM new.value)
EXECUTE FUNCTION ops.judge_authors();
