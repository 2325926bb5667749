SELECT *
FROM ops.archived_run
WHERE pruned_at IS null AND archived_at < %(older_than)s
ORDER BY sequence;
