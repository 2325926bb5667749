-- Which commits the touched changes have. One without evidence is what its change's month makes of it.
CREATE UNLOGGED TABLE new_bridge_change_commit AS
SELECT
    judged.commit_sha,
    judged.time_key,
    judged.change_key,
    judged.repository,
    judged.issue_id,
    evident.commit_sha IS NOT NULL AS has_evidence,
    CASE
        WHEN evident.commit_sha IS NOT NULL THEN 'yes'
        WHEN fact.time_key / 100 BETWEEN means.first_month AND means.last_month THEN 'no'
        ELSE 'unknown'
    END AS made_with_agent
FROM judged_commit AS judged
INNER JOIN fact_change AS fact ON judged.change_key = fact.change_key
LEFT JOIN evident_commit AS evident ON judged.commit_sha = evident.commit_sha
LEFT JOIN agent_means AS means ON fact.repository = means.repository;
ANALYZE new_bridge_change_commit (commit_sha);

SELECT merged.*
FROM ops.merge_rows(
    'new_bridge_change_commit', 'bridge_change_commit', ARRAY['commit_sha'],
    't.commit_sha IN (SELECT commit_sha FROM seen_commit UNION SELECT commit_sha FROM judged_commit)', %(run_number)s,
    'change_bridge_change_commit'
) AS merged;
