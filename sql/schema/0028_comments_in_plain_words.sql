-- What the data dictionary says of these tables and columns, in the words that pages and commands use too.
COMMENT ON TABLE public.dim_time IS
'Calendar, one row per day of the business time zone; 2020 to 2035, extended when facts lie outside.';
COMMENT ON TABLE public.dim_issue IS
'Issues, slowly changing dimension of type 2: one row per version of an issue. Source: issues, label_history.';
COMMENT ON TABLE public.dim_agent IS
'Agents, type 1: one row per agent. Source: catalogue agents.csv; inferred from agent_execution_logs.agent_id.';
COMMENT ON COLUMN public.dim_label.label_key IS 'Surrogate key; -1 means no label.';
COMMENT ON TABLE public.dim_worktree IS
'Git worktrees, type 1: one row per path, as last used. Source: worktree_states.';
COMMENT ON COLUMN public.dim_worktree.cleaned_up_at IS 'When its last use was cleaned up; null while it exists.';
COMMENT ON TABLE public.bridge_issue_label IS
'Labels of issues over time: one row per period in which one issue had one label. Source: label_history.';
COMMENT ON COLUMN staging.worktree_states.cleaned_up_at IS 'When it was cleaned up; null while it exists.';
COMMENT ON TABLE ops.run IS
'Runs of pipelines and jobs, one row per run.';
COMMENT ON TABLE ops.stage_attempt IS
'Attempts at stages, one row per attempt.';
COMMENT ON COLUMN ops.row_count.quarantined IS 'Rows quarantined with a reason; null until loaded.';
COMMENT ON TABLE ops.check_result IS
'Results of gates, one row per check and run.';
COMMENT ON TABLE ops.quarantine IS
'Quarantined rows, whole and with the reason, to be retried after repair.';
COMMENT ON COLUMN ops.quarantine.reason IS 'Why it was quarantined.';
COMMENT ON COLUMN ops.quarantine.quarantined_at IS 'When it was quarantined.';
COMMENT ON TABLE ops.incident IS
'Incidents of operation, one row per root cause from its first sign to its recovery.';
COMMENT ON TABLE ops.alert_delivery IS
'Messages about incidents, one row per message and channel.';
COMMENT ON TABLE ops.reconciliation IS
'Comparisons with the source, one row per table and month.';
COMMENT ON TABLE ops.batch_digest IS
'What a run was about to load, one row per table of its batch; a replay that conforms the same rows has the same digests.';
COMMENT ON TABLE ops.archived_run IS
'Hash chain over all archived runs in the order in which they were archived; one row per run. Kept for ever.';
COMMENT ON TABLE ops.archive_month IS
'Months that have a page in the archive, one row per pipeline and month; recounted whenever one of its runs is archived.';
COMMENT ON TABLE ops.health_finding IS 'Findings of the morning page, one row per finding and run.';
COMMENT ON COLUMN public.agent_rule.agent_name IS 'Name it means; \1 is the first group of the pattern.';
