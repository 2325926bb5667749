-- name: gather
-- Labels that changed, and those that waited for their issue.
CREATE TEMPORARY TABLE touched_label ON COMMIT DROP AS
SELECT
    repository,
    issue_key,
    name,
    applied_at
FROM connect.label
WHERE changed_by >= %(since)s
UNION
SELECT
    label.repository,
    label.issue_key,
    label.name,
    label.applied_at
FROM touched_key AS touched
INNER JOIN connect.label AS label ON touched.repository = label.repository AND touched.key = label.issue_key;
ANALYZE touched_label (issue_key);

CREATE TEMPORARY TABLE new_label ON COMMIT DROP AS
SELECT
    concat_ws(' | ', issue.x_key, label.name, to_char(label.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')) AS x_key,
    issue.id AS issue_id,
    label.name AS label_name,
    label.applied_at,
    max(label.removed_at) AS removed_at
FROM touched_label AS touched
INNER JOIN connect.label AS label
    ON
        touched.repository = label.repository
        AND touched.issue_key = label.issue_key
        AND touched.name = label.name
        AND touched.applied_at = label.applied_at
INNER JOIN issues AS issue ON issue.x_key = connect.issue_row_key(label.repository, label.issue_key)
WHERE label.gone_at IS NULL
GROUP BY issue.x_key, issue.id, label.name, label.applied_at;

-- name: merge
WITH merged AS (
    INSERT INTO label_history AS known (issue_id, label_name, applied_at, removed_at, x_key)
    SELECT
        fresh.issue_id,
        fresh.label_name,
        fresh.applied_at AT TIME ZONE %(zone)s,
        fresh.removed_at AT TIME ZONE %(zone)s,
        fresh.x_key
    FROM new_label AS fresh
    ON CONFLICT (x_key) DO UPDATE SET removed_at = excluded.removed_at
    WHERE known.removed_at IS DISTINCT FROM excluded.removed_at
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM label_history AS known
    USING (
        SELECT DISTINCT connect.issue_row_key(repository, issue_key) AS issue_row_key
        FROM touched_label
    ) AS touched, issues AS issue
    WHERE
        issue.x_key = touched.issue_row_key
        AND known.issue_id = issue.id
        AND NOT EXISTS (
            SELECT FROM connect.label AS label
            WHERE
                label.repository = issue.repository
                AND label.issue_key = substr(issue.x_key, length(issue.repository) + 2)
                AND label.name = known.label_name
                AND label.applied_at = known.applied_at AT TIME ZONE %(zone)s
                AND label.gone_at IS NULL
        )
    RETURNING 1
)

SELECT
    'label_history' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_label) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
