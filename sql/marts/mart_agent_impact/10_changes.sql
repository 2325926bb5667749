-- needs: mart_dora
-- What a change is, by what an agent is known, and which months had means to know it. The load and the views ask these.

-- Without a repository a pull request's number says nothing.
CREATE OR REPLACE FUNCTION ops.change_key(repository text, pr_number bigint, issue_id bigint, commit_sha text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN repository IS NOT NULL AND pr_number IS NOT NULL THEN repository || '!' || pr_number
    WHEN issue_id IS NOT NULL THEN 'issue:' || issue_id
    ELSE commit_sha
END;
COMMENT ON FUNCTION ops.change_key IS 'The change that a commit is part of: its pull request, else its issue, else itself.';

-- An issue that a connection has made up for a release's other commits makes no change of them.
CREATE OR REPLACE FUNCTION ops.named_issue(issue_id bigint, number bigint, title text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN number IS NULL AND title LIKE 'release %, commits that name no issue' THEN NULL
    ELSE issue_id
END;
COMMENT ON FUNCTION ops.named_issue IS 'The issue, unless it only stands for the commits of a release that name none.';

CREATE OR REPLACE FUNCTION ops.is_main_branch(branch text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(branch) IN ('main', 'master', 'trunk', 'mainline', 'develop', 'dev', 'next', 'head');
COMMENT ON FUNCTION ops.is_main_branch IS 'Whether everybody works on a branch of that name.';

CREATE OR REPLACE FUNCTION ops.known_agent(text_kind text, said text) RETURNS TABLE (agent text, model text)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    fits.agent,
    CASE
        WHEN fits.model LIKE '%\\1%'
            THEN replace(fits.model, '\1', translate(btrim(substring(lower(said) FROM fits.pattern)), ' .', '--'))
        ELSE fits.model
    END
FROM public.agent_evidence AS fits
WHERE fits.kind = text_kind AND lower(said) ~ fits.pattern
ORDER BY fits.rank
LIMIT 1
$$;
COMMENT ON FUNCTION ops.known_agent IS
'The coding agent that a trailer, an account or a label names, and its model; no row where none fits, null where it is no coding agent.';

-- A sha that occurs twice counts once, as its commit with the smallest id.
CREATE OR REPLACE FUNCTION ops.judged_commits(shas text []) RETURNS TABLE (
    commit_sha text,
    change_key text,
    repository text,
    issue_id bigint,
    pr_number bigint,
    branch text,
    author text,
    trailers text,
    committed_at timestamptz,
    time_key integer,
    day date,
    is_merge boolean,
    lines_added bigint,
    lines_deleted bigint,
    code_lines_added bigint,
    code_lines_churned bigint,
    reverted_at timestamptz
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT DISTINCT ON (made.commit_sha)
    made.commit_sha,
    ops.change_key(
        place.repository, made.pr_number, ops.named_issue(made.issue_id, issue.number, issue.title), made.commit_sha
    ),
    ops.shown_repository(place.repository),
    made.issue_id,
    made.pr_number,
    COALESCE(made.branch, pull.head_branch),
    made.author,
    made.trailers,
    made.committed_at,
    ops.day_key(made.committed_at, zone.name),
    (made.committed_at AT TIME ZONE zone.name)::date,
    COALESCE(made.is_merge, FALSE),
    made.lines_added,
    made.lines_deleted,
    made.code_lines_added,
    made.code_lines_churned,
    made.reverted_at
FROM (SELECT ops.business_zone() AS name FROM generate_series(1, 1) OFFSET 0) AS zone
CROSS JOIN unnest(shas) AS asked (sha)
INNER JOIN staging.commits AS made ON asked.sha = made.commit_sha
LEFT JOIN staging.issues AS issue ON made.issue_id = issue.id
CROSS JOIN LATERAL (SELECT COALESCE(made.repository, issue.repository) AS repository) AS place
LEFT JOIN staging.pull_requests AS pull ON place.repository = pull.repository AND made.pr_number = pull.number
WHERE made.committed_at IS NOT NULL
ORDER BY made.commit_sha, made.id
$$;
COMMENT ON FUNCTION ops.judged_commits IS 'Commits with the change that each is part of, as the load of fact_change takes them.';

-- From nine to six on the business days of the calendar.
CREATE OR REPLACE FUNCTION ops.business_hours(from_moment timestamptz, to_moment timestamptz) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT round(COALESCE(sum(extract(EPOCH FROM
        LEAST(span.ends, day.full_date + time '18:00') - GREATEST(span.starts, day.full_date + time '09:00')
    )), 0) / 3600, 6)
    FROM (
        SELECT
            from_moment AT TIME ZONE ops.business_zone() AS starts,
            to_moment AT TIME ZONE ops.business_zone() AS ends
        FROM generate_series(1, 1)
        OFFSET 0
    ) AS span
    INNER JOIN public.dim_time AS day
        ON
            day.full_date BETWEEN span.starts::date AND span.ends::date
            AND day.is_business_day
            AND span.ends > day.full_date + time '09:00'
            AND span.starts < day.full_date + time '18:00'
);
COMMENT ON FUNCTION ops.business_hours IS 'Hours between two moments that lie on business days from 9 to 18 o''clock.';

-- A deployment is made with an agent as far as its changes are: those of its issues that were committed before it.
CREATE OR REPLACE FUNCTION ops.deployment_agent_share(of_deployment bigint, at_moment timestamptz) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN bool_or(change.made_with_agent = 'yes') OR NOT bool_or(change.made_with_agent = 'unknown') THEN round(avg(change.agent_share), 6)
    END
    FROM (
        SELECT DISTINCT known.change_key
        FROM ops.mart_state AS state
        CROSS JOIN LATERAL public.dora_known_rows(state.open_from * 100) AS part
        INNER JOIN public.bridge_change_commit AS known ON part.issue_id = known.issue_id
        WHERE
            state.mart = 'mart_dora'
            AND (part.deployment_id = of_deployment OR part.release_deployment_id = of_deployment)
    ) AS carried
    INNER JOIN public.fact_change AS change ON carried.change_key = change.change_key
    WHERE change.first_committed_at <= at_moment
);
COMMENT ON FUNCTION ops.deployment_agent_share IS
'Mean agent_share of the changes that a production deployment carries, of which it is known; null where of none, or while unknown ones stand beside a no.';

-- The same of all deployments of some months at once: asked of each, it would be planned for each. The first day that is not
-- finished is a plain value here, so that the planner opens no partition of a finished month; OFFSET 0 has changes looked up
-- by key, where the planner would rather read all of them.
CREATE OR REPLACE FUNCTION deployments_with_agents(first_month integer, last_month integer)
RETURNS TABLE (month_key integer, repository text, is_success boolean, agent_share numeric)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    open_key integer := (SELECT state.open_from * 100 FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
BEGIN
RETURN QUERY
WITH done AS MATERIALIZED (
    SELECT known.*
    FROM dora_known_deployments(open_key) AS known
    WHERE
        known.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
        AND known.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK')
),

carried AS (
    SELECT DISTINCT
        done.deployment_id,
        done.end_number,
        change.change_key,
        change.made_with_agent,
        change.agent_share
    FROM done
    CROSS JOIN LATERAL (
        SELECT done.issue_id
        UNION
        SELECT part.issue_id
        FROM dora_known_rows(open_key) AS part
        WHERE part.release_deployment_id = done.deployment_id
    ) AS issue
    INNER JOIN bridge_change_commit AS known ON issue.issue_id = known.issue_id
    CROSS JOIN LATERAL (
        SELECT
            fact.change_key,
            fact.made_with_agent,
            fact.agent_share
        FROM fact_change AS fact
        WHERE fact.change_key = known.change_key AND fact.first_committed_at <= done.deployed_at
        OFFSET 0
    ) AS change
),

share AS (
    SELECT
        carried.deployment_id,
        carried.end_number,
        CASE
            WHEN bool_or(carried.made_with_agent = 'yes') OR NOT bool_or(carried.made_with_agent = 'unknown')
                THEN round(avg(carried.agent_share), 6)
        END AS known
    FROM carried
    GROUP BY carried.deployment_id, carried.end_number
)

SELECT
    done.time_key / 100,
    done.repository,
    done.deployment_status = 'SUCCESS',
    share.known
FROM done
LEFT JOIN share ON done.deployment_id = share.deployment_id AND done.end_number = share.end_number;
END
$$;
COMMENT ON FUNCTION deployments_with_agents IS
'Production deployments of the months (yyyymm) from first to last, and how far they are made with agents: ops.deployment_agent_share.';

CREATE OR REPLACE FUNCTION ops.issue_agent_word(of_issue bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN bool_or(known.made_with_agent = 'yes') THEN 'yes'
        WHEN bool_and(known.made_with_agent = 'no') THEN 'no'
        ELSE 'unknown'
    END
    FROM public.bridge_change_commit AS known
    WHERE known.issue_id = of_issue
);
COMMENT ON FUNCTION ops.issue_agent_word IS
'made_with_agent of an issue: yes if any of its commits is, no if all are known not to be, else unknown, also without commits.';

CREATE OR REPLACE FUNCTION ops.agent_word(share numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN share > 0 THEN 'yes' WHEN share = 0 THEN 'no' ELSE 'unknown' END;
COMMENT ON FUNCTION ops.agent_word IS 'made_with_agent of a share: yes for any, no for none, unknown for null.';

-- A change is settled when its 14 days are over: what is taken back or written again later does not count any more.
CREATE OR REPLACE FUNCTION known_changes(first_month integer, last_month integer) RETURNS TABLE (
    change_key text,
    change_type text,
    time_key integer,
    day date,
    repository text,
    pr_number bigint,
    issue_id bigint,
    kind text,
    changed_at timestamptz,
    first_committed_at timestamptz,
    commits integer,
    commits_with_agent integer,
    agent_share numeric,
    made_with_agent text,
    agents text [],
    models text [],
    lines_added bigint,
    lines_deleted bigint,
    deployment_id bigint,
    deployed_at timestamptz,
    deployed_time_key integer,
    lead_time_hours numeric,
    is_failed boolean,
    is_settled boolean,
    is_reverted boolean,
    settled_lines_added bigint,
    settled_lines_churned bigint,
    cost_usd numeric,
    suspect_cost_usd numeric,
    tokens_input numeric,
    tokens_output numeric,
    tokens_cache_read numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    fact.change_key,
    fact.change_type,
    fact.time_key,
    ops.day_of(fact.time_key),
    fact.repository,
    fact.pr_number,
    fact.issue_id,
    fact.kind,
    fact.changed_at,
    fact.first_committed_at,
    fact.commits,
    fact.commits_with_agent,
    fact.agent_share,
    fact.made_with_agent,
    fact.agents,
    fact.models,
    fact.lines_added,
    fact.lines_deleted,
    fact.deployment_id,
    fact.deployed_at,
    fact.deployed_time_key,
    fact.lead_time_hours,
    fact.is_failed,
    settled.is_so,
    COALESCE(fact.reverted_at < fact.changed_at + INTERVAL '14 days', FALSE),
    CASE WHEN settled.is_so AND fact.code_lines_churned IS NOT NULL THEN fact.code_lines_added END,
    CASE WHEN settled.is_so THEN fact.code_lines_churned END,
    fact.cost_usd,
    fact.suspect_cost_usd,
    fact.tokens_input,
    fact.tokens_output,
    fact.tokens_cache_read
FROM public.fact_change AS fact
CROSS JOIN LATERAL (
    SELECT COALESCE(
        ops.day_of(fact.time_key) + 14 <= (SELECT state.last_day FROM ops.mart_state AS state WHERE state.mart = 'mart_agent_impact'),
        FALSE
    ) AS is_so
) AS settled
WHERE fact.is_merged AND fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
$$;
COMMENT ON FUNCTION known_changes IS 'Merged changes of the months (yyyymm) from first to last, and whether their 14 days are over.';
