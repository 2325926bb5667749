INSERT INTO touched_issue (issue_id)
SELECT DISTINCT touched.issue_id
FROM unnest(%(issue_ids)s::bigint []) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL
ON CONFLICT DO NOTHING;
