-- Issues of which something happened in the window, or to which a row of it belongs.
UPDATE staging.issues AS issue
SET row_hash = 0
WHERE
    issue.id IN (
        SELECT ops.ids_in_window('staging.issues'::regclass, %(window_start)s, %(window_end)s)
        UNION
        SELECT task.issue_id FROM staging.code_gen_tasks AS task WHERE task.row_hash = 0
        UNION
        SELECT written.issue_id FROM staging.review_results AS written WHERE written.row_hash = 0
        UNION
        SELECT pipeline.issue_id FROM staging.deployment_pipelines AS pipeline WHERE pipeline.row_hash = 0
        UNION
        SELECT change.issue_id FROM staging.commits AS change WHERE change.row_hash = 0
    );
