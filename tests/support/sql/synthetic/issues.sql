INSERT INTO issues (
    id, number, title, description, priority, complexity, issue_type, repository, created_at, updated_at, closed_at
)
WITH born AS (
    SELECT
        %(issue_base)s + n AS id,
        date_trunc('milliseconds',
            %(first)s::timestamp
            + (%(end)s::timestamp - %(first)s::timestamp)
            * ((n - 1 + pg_temp.chance(%(seed)s, 1, %(issue_base)s + n)) / %(n_issues)s)
        ) AS created_at
    FROM generate_series(1, %(n_issues)s::bigint) AS n
),

lived AS (
    SELECT
        id,
        created_at,
        pg_temp.chance(%(seed)s, 2, id) < %(hostile)s AS is_hostile,
        CASE
            WHEN pg_temp.chance(%(seed)s, 3, id) < 0.9
                THEN created_at + pg_temp.wait('4 days', pg_temp.chance(%(seed)s, 4, id))
        END AS closed_at,
        created_at + pg_temp.wait('6 days', pg_temp.chance(%(seed)s, 5, id)) AS updated_at
    FROM born
)

SELECT
    id,
    id,
    CASE
        WHEN is_hostile THEN left(pg_temp.hostile(pg_temp.chance(%(seed)s, 6, id)), 500)
        WHEN pg_temp.chance(%(seed)s, 6, id) < 0.001 THEN NULL
        ELSE format(
            '%%s the %%s of the %%s (%%s)',
            pg_temp.pick('{Fix,Add,Speed up,Document,Remove,Rework}', pg_temp.chance(%(seed)s, 6, id)),
            pg_temp.pick('{parser,cache,queue,loader,report,scheduler}', pg_temp.chance(%(seed)s, 7, id)),
            pg_temp.pick('{agent,worktree,web API,command line}', pg_temp.chance(%(seed)s, 8, id)), id
        )
    END,
    CASE
        WHEN is_hostile THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 9, id))
        WHEN pg_temp.chance(%(seed)s, 9, id) < 0.7 THEN 'Seen by user ' || (id %% 97)
    END,
    pg_temp.pick('{P0,P1,P1,P2,P2,P2,P2,P3,P3,P4}', pg_temp.chance(%(seed)s, 10, id)),
    pg_temp.pick('{trivial,low,low,medium,medium,high,critical,NULL}', pg_temp.chance(%(seed)s, 11, id)),
    pg_temp.pick('{bug,bug,bug,feature,feature,task,task,chore,incident,hotfix,NULL}', pg_temp.chance(%(seed)s, 12, id)),
    pg_temp.pick('{miyabi/core,miyabi/core,miyabi/web,miyabi/agents,miyabi/infra}', pg_temp.chance(%(seed)s, 13, id)),
    created_at,
    date_trunc('milliseconds', least(greatest(updated_at, closed_at), %(end)s::timestamp)),
    CASE WHEN closed_at < %(end)s::timestamp THEN date_trunc('milliseconds', closed_at) END
FROM lived
