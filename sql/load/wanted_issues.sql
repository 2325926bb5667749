-- What the current version of each touched issue should say, and what is to be done about the one there is:
--   open      there is none yet
--   correct   the change is no later than the present version began, or touches nothing that has a history
--   succeed   the change came later: the present version ends and a new one begins
CREATE UNLOGGED TABLE wanted_issue AS
WITH labelled AS (
    SELECT
        spell.issue_id,
        array_agg(DISTINCT spell.label_name ORDER BY spell.label_name)
            FILTER (WHERE spell.removed_at IS NULL AND spell.label_name IS NOT NULL) AS labels,
        max(greatest(spell.applied_at, spell.removed_at)) AS changed_at
    FROM staging.label_history AS spell
    WHERE spell.issue_id IN (SELECT touched.issue_id FROM touched_issue AS touched)
    GROUP BY spell.issue_id
),

-- What is known of issues that the source has no longer: they say what they said, and that they are deleted.
known AS (
    SELECT held.*
    FROM vanished AS gone
    INNER JOIN dim_issue AS held ON gone.id = held.issue_id
    WHERE
        gone.source_table = 'issues'
        AND held.is_current
        AND NOT held.is_inferred
        AND NOT EXISTS (SELECT 1 FROM staging.issues AS staged WHERE staged.id = gone.id)
),

wanted AS (
    SELECT
        touched.issue_id,
        coalesce(staged.number, known.issue_number) AS issue_number,
        coalesce(staged.title, known.title) AS title,
        coalesce(staged.description, known.description) AS description,
        coalesce(staged.priority, known.priority) AS priority,
        coalesce(staged.complexity, known.complexity) AS complexity,
        coalesce(staged.issue_type, known.issue_type) AS issue_type,
        coalesce(category.label_category, known.category) AS category,
        coalesce(staged.repository, known.repository) AS repository,
        coalesce(staged.author, known.created_by) AS created_by,
        coalesce(known.labels, labelled.labels, '{}') AS labels,
        CASE
            WHEN
                known.issue_key IS NOT NULL
                OR staged.deleted_at IS NOT NULL
                OR staged.state IN ('deleted', 'moved', 'transferred')
                THEN 'deleted'
            WHEN staged.id IS NULL THEN 'unknown'
            WHEN staged.state IS NOT NULL THEN staged.state
            WHEN staged.closed_at IS NULL THEN 'open'
            ELSE 'closed'
        END AS state,
        coalesce(staged.created_at, known.source_created_at) AS source_created_at,
        coalesce(staged.updated_at, known.source_updated_at) AS source_updated_at,
        coalesce(staged.closed_at, known.source_closed_at) AS source_closed_at,
        staged.id IS NULL AND known.issue_key IS NULL AS is_inferred,
        CASE
            WHEN known.issue_key IS NOT NULL THEN %(read_at)s
            -- Known since it was read at the latest, whatever the source's clock says.
            ELSE least(greatest(staged.updated_at, staged.closed_at, staged.deleted_at, labelled.changed_at), %(read_at)s)
        END AS changed_at
    FROM touched_issue AS touched
    LEFT JOIN staging.issues AS staged ON touched.issue_id = staged.id
    LEFT JOIN known ON touched.issue_id = known.issue_id
    LEFT JOIN labelled ON touched.issue_id = labelled.issue_id
    LEFT JOIN label_alias AS alias ON alias.alias = 'type:' || staged.issue_type
    LEFT JOIN dim_label AS category ON alias.label_name = category.label_name
)

SELECT
    wanted.*,
    held.issue_key AS held_key,
    held.version AS held_version,
    CASE -- noqa: PRS
        WHEN held.issue_key IS NULL THEN 'open'
        -- Nobody has seen it, or it could not be loaded: what was known of it stays.
        WHEN wanted.is_inferred THEN 'keep'
        WHEN
            NOT held.is_inferred
            AND wanted.changed_at > held.effective_date
            AND (
                wanted.issue_number, wanted.title, wanted.description, wanted.priority, wanted.complexity, wanted.issue_type,
                wanted.category, wanted.repository, wanted.labels, wanted.state
            ) IS DISTINCT FROM ( -- noqa: PRS
                held.issue_number, held.title, held.description, held.priority, held.complexity, held.issue_type,
                held.category, held.repository, held.labels, held.state
            )
            THEN 'succeed'
        WHEN
            (
                wanted.issue_number, wanted.title, wanted.description, wanted.priority, wanted.complexity, wanted.issue_type,
                wanted.category, wanted.repository, wanted.created_by, wanted.labels, wanted.state,
                wanted.source_created_at, wanted.source_updated_at, wanted.source_closed_at, false
            ) IS DISTINCT FROM (
                held.issue_number, held.title, held.description, held.priority, held.complexity, held.issue_type,
                held.category, held.repository, held.created_by, held.labels, held.state,
                held.source_created_at, held.source_updated_at, held.source_closed_at, held.is_inferred
            )
            THEN 'correct'
        ELSE 'keep'
    END AS action
FROM wanted
LEFT JOIN dim_issue AS held ON wanted.issue_id = held.issue_id AND held.is_current;
ANALYZE wanted_issue (issue_id, held_key, action);
