-- What every table and column means, in which unit, from where, and what null says.
-- The data dictionary is made from these comments.

COMMENT ON TABLE public.dim_time IS
'Calendar, one row a day of the business time zone; 2020 to 2035, extended when facts lie outside.';
COMMENT ON COLUMN public.dim_time.time_key IS 'The day as the integer yyyymmdd.';
COMMENT ON COLUMN public.dim_time.full_date IS 'The day.';
COMMENT ON COLUMN public.dim_time.day_of_week IS 'ISO day of the week, 1 is Monday and 7 is Sunday.';
COMMENT ON COLUMN public.dim_time.day_name IS 'English name of the day.';
COMMENT ON COLUMN public.dim_time.day_of_month IS 'Day of the month, 1 to 31.';
COMMENT ON COLUMN public.dim_time.day_of_year IS 'Day of the year, 1 to 366.';
COMMENT ON COLUMN public.dim_time.week_of_year IS 'ISO 8601 week, 1 to 53; read it with iso_year.';
COMMENT ON COLUMN public.dim_time.week_of_month IS 'Week of the month, 1 to 6; weeks begin on Monday.';
COMMENT ON COLUMN public.dim_time.month IS 'Month, 1 to 12.';
COMMENT ON COLUMN public.dim_time.month_name IS 'English name of the month.';
COMMENT ON COLUMN public.dim_time.month_abbr IS 'First three letters of the month.';
COMMENT ON COLUMN public.dim_time.quarter IS 'Calendar quarter, 1 to 4.';
COMMENT ON COLUMN public.dim_time.quarter_name IS 'Calendar quarter as Q1 to Q4.';
COMMENT ON COLUMN public.dim_time.year IS 'Calendar year.';
COMMENT ON COLUMN public.dim_time.iso_year IS 'Year that the ISO week belongs to.';
COMMENT ON COLUMN public.dim_time.is_weekend IS 'True on Saturday and Sunday.';
COMMENT ON COLUMN public.dim_time.is_holiday IS 'True on a Japanese public holiday.';
COMMENT ON COLUMN public.dim_time.holiday_name IS 'Name of the holiday; null on any other day.';
COMMENT ON COLUMN public.dim_time.is_business_day IS 'True on a day that is neither weekend nor holiday.';
COMMENT ON COLUMN public.dim_time.fiscal_year IS
'Fiscal year, which begins on 1 April and bears the year it begins in.';
COMMENT ON COLUMN public.dim_time.fiscal_quarter IS 'Quarter of the fiscal year, 1 is April to June.';
COMMENT ON COLUMN public.dim_time.fiscal_month IS 'Month of the fiscal year, 1 is April.';
COMMENT ON COLUMN public.dim_time.fiscal_week IS
'Week of the fiscal year counted from 1 April in steps of seven days.';

COMMENT ON TABLE public.dim_issue IS
'Issues, slowly changing dimension of type 2: one row a version of an issue. Source: issues, label_history.';
COMMENT ON COLUMN public.dim_issue.issue_key IS 'Surrogate key of the version; -1 is the unknown issue.';
COMMENT ON COLUMN public.dim_issue.issue_id IS 'Natural key, issues.id of the source.';
COMMENT ON COLUMN public.dim_issue.issue_number IS 'Number people call the issue by; null for an inferred member.';
COMMENT ON COLUMN public.dim_issue.title IS 'Title as typed; null when the source has none.';
COMMENT ON COLUMN public.dim_issue.description IS 'Description as typed; null when the source has none.';
COMMENT ON COLUMN public.dim_issue.priority IS 'P0 (highest) to P4; null when not set.';
COMMENT ON COLUMN public.dim_issue.complexity IS 'trivial, low, medium, high or critical; null when not judged.';
COMMENT ON COLUMN public.dim_issue.issue_type IS
'Kind of issue in the source''s words, such as bug or feature; null when not set.';
COMMENT ON COLUMN public.dim_issue.category IS
'Label category that issue_type belongs to, where the label catalogue knows the type; null otherwise.';
COMMENT ON COLUMN public.dim_issue.repository IS 'Repository in the form owner/name; null when not set.';
COMMENT ON COLUMN public.dim_issue.created_by IS 'Who filed it; null because the source does not record it.';
COMMENT ON COLUMN public.dim_issue.assigned_to IS 'Who works on it; null because the source does not record it.';
COMMENT ON COLUMN public.dim_issue.labels IS
'Labels then applied, in the catalogue''s spelling and in order; empty when none.';
COMMENT ON COLUMN public.dim_issue.state IS
'open or closed at the time of the version; unknown for an inferred member.';
COMMENT ON COLUMN public.dim_issue.source_created_at IS 'When the issue was filed; null for an inferred member.';
COMMENT ON COLUMN public.dim_issue.source_updated_at IS 'When the source last changed it.';
COMMENT ON COLUMN public.dim_issue.source_closed_at IS 'When it was closed; null while it is open.';
COMMENT ON COLUMN public.dim_issue.effective_date IS
'First moment at which this version holds; 1900-01-01 for a first version, which also holds for the time before the source knew it.';
COMMENT ON COLUMN public.dim_issue.expiration_date IS
'First moment at which it no longer holds (half open); null while it is the current one.';
COMMENT ON COLUMN public.dim_issue.is_current IS 'True for the one open version.';
COMMENT ON COLUMN public.dim_issue.version IS 'Number of the version, counted from 1 without holes.';
COMMENT ON COLUMN public.dim_issue.is_inferred IS
'True while only facts have named this member and its own row has not been seen.';
COMMENT ON COLUMN public.dim_issue.record_created_at IS 'When the warehouse wrote this version.';
COMMENT ON COLUMN public.dim_issue.record_updated_at IS 'When the warehouse last corrected it.';

COMMENT ON TABLE public.dim_agent IS
'Agents, type 1: one row an agent. Source: catalogue agents.csv; inferred from agent_execution_logs.agent_id.';
COMMENT ON COLUMN public.dim_agent.agent_key IS 'Surrogate key; -1 is the unknown agent.';
COMMENT ON COLUMN public.dim_agent.agent_id IS
'Natural key: identifier in the catalogue, or the log''s own spelling for an inferred member.';
COMMENT ON COLUMN public.dim_agent.agent_name IS 'Name shown to people.';
COMMENT ON COLUMN public.dim_agent.agent_type IS
'CodeGen, Review, Deployment, Issue, Coordinator, Business, Marketing, Sales, CRM or Analytics; null when not known.';
COMMENT ON COLUMN public.dim_agent.agent_category IS 'Technical or Business; null when not known.';
COMMENT ON COLUMN public.dim_agent.ai_model IS 'Model that the agent runs on; null when not known.';
COMMENT ON COLUMN public.dim_agent.ai_provider IS 'Provider of the model; null when not known.';
COMMENT ON COLUMN public.dim_agent.model_version IS 'Version of the model; null when not known.';
COMMENT ON COLUMN public.dim_agent.framework_version IS 'Version of the agent framework; null when not known.';
COMMENT ON COLUMN public.dim_agent.capabilities IS
'What the agent can do, in the catalogue''s words; empty when not known.';
COMMENT ON COLUMN public.dim_agent.max_concurrent_tasks IS 'Tasks that it takes at once; null when not known.';
COMMENT ON COLUMN public.dim_agent.cost_per_hour_usd IS 'US dollars for an hour of its running; null when not known.';
COMMENT ON COLUMN public.dim_agent.cost_per_token_usd IS
'US dollars for one token; null when not known, prices by model stand in model_price.';
COMMENT ON COLUMN public.dim_agent.is_active IS 'Whether the agent is in use; null when not known.';
COMMENT ON COLUMN public.dim_agent.is_inferred IS
'True while only facts have named this agent and the catalogue has not.';
COMMENT ON COLUMN public.dim_agent.created_at IS 'When the warehouse first wrote the row.';
COMMENT ON COLUMN public.dim_agent.updated_at IS 'When the warehouse last changed the row.';

COMMENT ON TABLE public.agent_alias IS
'Spellings of agents: every spelling, in lower case, names one agent. Source: catalogue.';
COMMENT ON COLUMN public.agent_alias.alias IS 'Spelling in lower case.';
COMMENT ON COLUMN public.agent_alias.agent_id IS 'Agent it means.';

COMMENT ON TABLE public.dim_infrastructure IS
'Infrastructure resources, slowly changing dimension of type 2. Source: catalogue infrastructure.csv.';
COMMENT ON COLUMN public.dim_infrastructure.infrastructure_key IS
'Surrogate key of the version; -1 is the unknown resource.';
COMMENT ON COLUMN public.dim_infrastructure.resource_id IS 'Natural key: identifier of the resource.';
COMMENT ON COLUMN public.dim_infrastructure.resource_type IS
'VPC, Subnet, EC2, ECS, EKS, RDS, S3, Lambda, ALB, CloudFront or Route53; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.resource_name IS 'Name shown to people.';
COMMENT ON COLUMN public.dim_infrastructure.cloud_provider IS 'Provider that runs it; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.region IS 'Region of the provider; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.availability_zone IS 'Zone of the region; null when none or not known.';
COMMENT ON COLUMN public.dim_infrastructure.instance_type IS
'Size class of the provider; null when none or not known.';
COMMENT ON COLUMN public.dim_infrastructure.cpu_count IS 'Virtual processors; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.memory_gb IS 'Memory in gigabytes; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.storage_gb IS 'Storage in gigabytes; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.storage_type IS 'Kind of storage; null when none or not known.';
COMMENT ON COLUMN public.dim_infrastructure.vpc_id IS 'Virtual network that it lies in; null when none.';
COMMENT ON COLUMN public.dim_infrastructure.subnet_id IS 'Subnet that it lies in; null when none.';
COMMENT ON COLUMN public.dim_infrastructure.security_group_ids IS 'Security groups; empty when none.';
COMMENT ON COLUMN public.dim_infrastructure.hourly_cost_usd IS 'US dollars an hour; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.monthly_cost_usd IS 'US dollars a month; null when not known.';
COMMENT ON COLUMN public.dim_infrastructure.environment IS
'dev, staging or production, the deployments that run here; null when none.';
COMMENT ON COLUMN public.dim_infrastructure.tags IS 'Free tags of the provider.';
COMMENT ON COLUMN public.dim_infrastructure.effective_date IS
'First moment at which this version holds; 1900-01-01 for a first version, which also holds for the time before the source knew it.';
COMMENT ON COLUMN public.dim_infrastructure.expiration_date IS
'First moment at which it no longer holds (half open); null while it is the current one.';
COMMENT ON COLUMN public.dim_infrastructure.is_current IS 'True for the one open version.';
COMMENT ON COLUMN public.dim_infrastructure.version IS 'Number of the version, counted from 1 without holes.';
COMMENT ON COLUMN public.dim_infrastructure.is_inferred IS
'True while only facts have named this member and its own row has not been seen.';
COMMENT ON COLUMN public.dim_infrastructure.record_created_at IS 'When the warehouse wrote this version.';
COMMENT ON COLUMN public.dim_infrastructure.record_updated_at IS 'When the warehouse last corrected it.';

COMMENT ON TABLE public.dim_label IS
'Labels, type 1: Miyabis 57 labels and those that the source uses beyond them. Source: catalogue labels.csv, label_history.';
COMMENT ON COLUMN public.dim_label.label_key IS 'Surrogate key; -1 stands for no label.';
COMMENT ON COLUMN public.dim_label.label_name IS 'Natural key: the catalogue''s spelling.';
COMMENT ON COLUMN public.dim_label.label_category IS
'Status, Priority, Type, Component, Effort, Impact, Technology, Phase, Quality, Meta or Custom (not in the catalogue).';
COMMENT ON COLUMN public.dim_label.label_priority IS
'Rank among labels, 1 is the highest; null for an inferred label, which comes last.';
COMMENT ON COLUMN public.dim_label.color IS 'Colour as #rrggbb; null when none is set.';
COMMENT ON COLUMN public.dim_label.icon IS 'Symbol shown beside the name; null when none is set.';
COMMENT ON COLUMN public.dim_label.description IS 'What the label says; null for an inferred label.';
COMMENT ON COLUMN public.dim_label.usage_guidelines IS 'When to apply it; null for an inferred label.';
COMMENT ON COLUMN public.dim_label.is_active IS 'False once the label is retired.';
COMMENT ON COLUMN public.dim_label.is_inferred IS
'True while only the source has named this label and the catalogue has not.';
COMMENT ON COLUMN public.dim_label.created_at IS 'When the warehouse first wrote the row.';
COMMENT ON COLUMN public.dim_label.updated_at IS 'When the warehouse last changed the row.';

COMMENT ON TABLE public.label_alias IS
'Spellings of labels: every spelling, in lower case, names one label. Source: catalogue.';
COMMENT ON COLUMN public.label_alias.alias IS 'Spelling in lower case.';
COMMENT ON COLUMN public.label_alias.label_name IS 'Label it means.';

COMMENT ON TABLE public.dim_worktree IS
'Git worktrees, type 1: one row a path, as last used. Source: worktree_states.';
COMMENT ON COLUMN public.dim_worktree.worktree_key IS 'Surrogate key; -1 is the unknown worktree.';
COMMENT ON COLUMN public.dim_worktree.worktree_path IS 'Natural key: path of the worktree.';
COMMENT ON COLUMN public.dim_worktree.branch_name IS 'Branch checked out there; null when not known.';
COMMENT ON COLUMN public.dim_worktree.base_branch IS
'Branch it was made from; null because the source does not record it.';
COMMENT ON COLUMN public.dim_worktree.status IS 'active, completed, abandoned or merged, of its last use.';
COMMENT ON COLUMN public.dim_worktree.associated_issue_id IS 'Issue of its last use; null when none.';
COMMENT ON COLUMN public.dim_worktree.associated_pr_number IS
'Pull request of its last use; null because the source does not record it.';
COMMENT ON COLUMN public.dim_worktree.created_by IS 'Who made it; null because the source does not record it.';
COMMENT ON COLUMN public.dim_worktree.purpose IS 'What for; null because the source does not record it.';
COMMENT ON COLUMN public.dim_worktree.created_at IS 'When it was first made.';
COMMENT ON COLUMN public.dim_worktree.last_used_at IS 'When it was last made or cleaned up.';
COMMENT ON COLUMN public.dim_worktree.cleaned_up_at IS 'When its last use was cleaned up; null while it stands.';
COMMENT ON COLUMN public.dim_worktree.is_inferred IS 'True while only facts have named this worktree.';

COMMENT ON TABLE public.bridge_issue_label IS
'Labels of issues over time: one row a spell of one label on one issue. Source: label_history.';
COMMENT ON COLUMN public.bridge_issue_label.label_history_id IS 'label_history.id of the source.';
COMMENT ON COLUMN public.bridge_issue_label.issue_id IS 'Issue that carries the label.';
COMMENT ON COLUMN public.bridge_issue_label.label_key IS 'The label.';
COMMENT ON COLUMN public.bridge_issue_label.source_label_name IS 'Spelling in the source.';
COMMENT ON COLUMN public.bridge_issue_label.applied_at IS 'When it was applied.';
COMMENT ON COLUMN public.bridge_issue_label.removed_at IS 'When it was removed; null while it is applied.';

COMMENT ON TABLE public.model_price IS
'List prices of language models by validity, US dollars. Source: catalogue model_prices.csv.';
COMMENT ON COLUMN public.model_price.llm_provider IS 'Provider of the model.';
COMMENT ON COLUMN public.model_price.llm_model IS 'Model.';
COMMENT ON COLUMN public.model_price.valid_from IS 'First day of the price.';
COMMENT ON COLUMN public.model_price.valid_to IS 'First day on which it no longer holds; null while it holds.';
COMMENT ON COLUMN public.model_price.input_usd_per_million_tokens IS 'US dollars for a million input tokens.';
COMMENT ON COLUMN public.model_price.output_usd_per_million_tokens IS 'US dollars for a million output tokens.';
COMMENT ON COLUMN public.model_price.cache_read_usd_per_million_tokens IS
'US dollars for a million tokens read from the cache; null when there is no such price.';
COMMENT ON COLUMN public.model_price.cache_write_usd_per_million_tokens IS
'US dollars for a million tokens written to the cache; null when there is no such price.';
COMMENT ON COLUMN public.model_price.source_note IS 'Where the price was published.';

COMMENT ON TABLE public.model_alias IS
'Rules that read provider and model from an agents spelling in the log. Source: catalogue model_aliases.csv.';
COMMENT ON COLUMN public.model_alias.rank IS 'Order of the rules; the first that matches decides.';
COMMENT ON COLUMN public.model_alias.pattern IS 'Regular expression on the spelling in lower case.';
COMMENT ON COLUMN public.model_alias.llm_provider IS 'Provider it means; null when the spelling does not tell.';
COMMENT ON COLUMN public.model_alias.llm_model IS 'Model it means; null when the spelling does not tell.';

COMMENT ON TABLE public.dora_class IS
'Bounds of the DORA performance classes by report year. Source: catalogue dora_classes.csv.';
COMMENT ON COLUMN public.dora_class.report_year IS 'Year of the published report.';
COMMENT ON COLUMN public.dora_class.metric IS 'Metric that the bound is for.';
COMMENT ON COLUMN public.dora_class.class IS 'elite, high, medium or low.';
COMMENT ON COLUMN public.dora_class.unit IS 'Unit of the bounds.';
COMMENT ON COLUMN public.dora_class.lower_bound IS 'Lower end; null for no lower end.';
COMMENT ON COLUMN public.dora_class.lower_inclusive IS 'Whether the lower end belongs to the class.';
COMMENT ON COLUMN public.dora_class.upper_bound IS 'Upper end; null for no upper end.';
COMMENT ON COLUMN public.dora_class.upper_inclusive IS 'Whether the upper end belongs to the class.';

COMMENT ON TABLE public.fact_issue_processing IS
'One issue on one business day on which something happened to it. Computed from every source table.';
COMMENT ON COLUMN public.fact_issue_processing.time_key IS 'Business day as yyyymmdd.';
COMMENT ON COLUMN public.fact_issue_processing.process_date IS 'Business day.';
COMMENT ON COLUMN public.fact_issue_processing.issue_id IS 'Issue in the source.';
COMMENT ON COLUMN public.fact_issue_processing.issue_key IS 'Version of the issue in force at the end of the day.';
COMMENT ON COLUMN public.fact_issue_processing.agent_key IS
'Agent of the last execution completed on the day; -1 without one.';
COMMENT ON COLUMN public.fact_issue_processing.label_key IS
'Highest-ranking label applied at the end of the day, else the first by name; -1 without one.';
COMMENT ON COLUMN public.fact_issue_processing.worktree_key IS 'Worktree of the issue; -1 without one.';
COMMENT ON COLUMN public.fact_issue_processing.infrastructure_key IS
'Resource of the day''s deployment; -1 without one.';
COMMENT ON COLUMN public.fact_issue_processing.issue_number IS 'Number of the issue; null for an inferred issue.';
COMMENT ON COLUMN public.fact_issue_processing.processing_duration_seconds IS
'Seconds of the executions completed on the day, summed; null when none has a known duration.';
COMMENT ON COLUMN public.fact_issue_processing.lines_of_code_generated IS
'Lines of the code generation last updated on the day; null on any other day.';
COMMENT ON COLUMN public.fact_issue_processing.files_modified IS
'Files of the code generation last updated on the day; null on any other day.';
COMMENT ON COLUMN public.fact_issue_processing.review_score IS
'Review score known at the end of the day, 0 to 1; null without a review.';
COMMENT ON COLUMN public.fact_issue_processing.test_coverage_percent IS
'Test coverage known at the end of the day, percent; null without a review.';
COMMENT ON COLUMN public.fact_issue_processing.clippy_warnings IS
'Linter warnings of the code generation last updated on the day; null when not known.';
COMMENT ON COLUMN public.fact_issue_processing.fmt_issues IS
'Format issues of the code generation last updated on the day; null when not known.';
COMMENT ON COLUMN public.fact_issue_processing.build_success IS
'Neither linter warnings nor format issues in the day''s code generation; null without one or when neither is known.';
COMMENT ON COLUMN public.fact_issue_processing.test_success IS
'Coverage at or over the setting test_coverage_threshold; null without a coverage.';
COMMENT ON COLUMN public.fact_issue_processing.deployment_success IS
'Whether the deployment that ended on the day succeeded; null without one.';
COMMENT ON COLUMN public.fact_issue_processing.ai_cost_usd IS
'US dollars for language models in the executions completed on the day, reported or estimated; null when none is known.';
COMMENT ON COLUMN public.fact_issue_processing.infrastructure_cost_usd IS
'US dollars of the deployment that ended on the day; null without one or when not known.';
COMMENT ON COLUMN public.fact_issue_processing.started_at IS
'First start of the executions completed on the day; null without one.';
COMMENT ON COLUMN public.fact_issue_processing.completed_at IS
'Last end of the executions completed on the day; null without one.';
COMMENT ON COLUMN public.fact_issue_processing.lead_time_hours IS
'Hours from created to closed, on the closing day alone; null on any other day.';
COMMENT ON COLUMN public.fact_issue_processing.cycle_time_hours IS
'Hours from the first execution''s start to closed, on the closing day alone; null on any other day and without an execution.';
COMMENT ON COLUMN public.fact_issue_processing.commit_sha IS 'Last commit of the day; null without one.';
COMMENT ON COLUMN public.fact_issue_processing.pr_number IS
'Pull request of the last commit of the day that names one; null without one.';
COMMENT ON COLUMN public.fact_issue_processing.run_number IS
'Run that wrote the present version of the row (ops.run).';

COMMENT ON TABLE public.fact_agent_execution IS
'One completed execution of an agent. Source: agent_execution_logs.';
COMMENT ON COLUMN public.fact_agent_execution.execution_id IS 'agent_execution_logs.id of the source.';
COMMENT ON COLUMN public.fact_agent_execution.time_key IS 'Business day of completed_at as yyyymmdd.';
COMMENT ON COLUMN public.fact_agent_execution.issue_id IS 'Issue it worked on; null when it worked on none.';
COMMENT ON COLUMN public.fact_agent_execution.issue_key IS
'Version of the issue in force at the end of the day; -1 without an issue.';
COMMENT ON COLUMN public.fact_agent_execution.agent_key IS 'Agent; -1 when the log names none.';
COMMENT ON COLUMN public.fact_agent_execution.execution_duration_ms IS
'Milliseconds as logged; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.memory_usage_mb IS
'Megabytes of memory as logged; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.cpu_usage_percent IS
'Processor use in percent as logged; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.disk_io_mb IS
'Megabytes of disk traffic; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.api_calls_count IS
'Calls of outside interfaces; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.api_errors_count IS
'Failed calls; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.cache_hit_count IS 'Cache hits; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.cache_miss_count IS
'Cache misses; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.cache_hit_rate IS
'Hits by hits and misses, 0 to 1; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.llm_provider IS
'Provider of the model, read from the agent''s spelling or the agent catalogue; null when it does not tell.';
COMMENT ON COLUMN public.fact_agent_execution.llm_model IS
'Model, read from the agent''s spelling or the agent catalogue; null when it does not tell.';
COMMENT ON COLUMN public.fact_agent_execution.llm_tokens_input IS
'Input tokens as logged, cached ones included; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.llm_tokens_output IS 'Output tokens as logged; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.llm_requests_count IS
'Requests to the model; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.llm_cost_usd IS
'US dollars: as logged, else estimated from tokens and the price of that day; null when neither is possible.';
COMMENT ON COLUMN public.fact_agent_execution.llm_cost_source IS 'reported, estimated or unknown.';
COMMENT ON COLUMN public.fact_agent_execution.exit_code IS 'Exit status; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.error_count IS 'Errors; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.warning_count IS 'Warnings; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.retry_count IS 'Retries; null, the source does not record it.';
COMMENT ON COLUMN public.fact_agent_execution.success IS 'Whether it succeeded; null when the log does not say.';
COMMENT ON COLUMN public.fact_agent_execution.error_message IS 'Error as logged; null without one.';
COMMENT ON COLUMN public.fact_agent_execution.started_at IS 'When it started; null when not logged.';
COMMENT ON COLUMN public.fact_agent_execution.completed_at IS 'When it completed.';
COMMENT ON COLUMN public.fact_agent_execution.source_created_at IS 'When the log row was written.';
COMMENT ON COLUMN public.fact_agent_execution.row_hash IS
'Digest of the source row, computed by the source, by which changes are found.';
COMMENT ON COLUMN public.fact_agent_execution.run_number IS
'Run that wrote the present version of the row (ops.run).';

COMMENT ON TABLE public.fact_code_generation IS
'One code generation task, as last updated. Source: code_gen_tasks.';
COMMENT ON COLUMN public.fact_code_generation.code_generation_id IS 'code_gen_tasks.id of the source.';
COMMENT ON COLUMN public.fact_code_generation.time_key IS 'Business day of created_at as yyyymmdd.';
COMMENT ON COLUMN public.fact_code_generation.issue_id IS 'Issue it was made for.';
COMMENT ON COLUMN public.fact_code_generation.issue_key IS 'Version of the issue in force at the end of the day.';
COMMENT ON COLUMN public.fact_code_generation.agent_key IS 'Agent that generated; -1, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.total_files_generated IS 'Files generated; null when not known.';
COMMENT ON COLUMN public.fact_code_generation.total_lines_generated IS 'Lines generated; null when not known.';
COMMENT ON COLUMN public.fact_code_generation.total_functions_generated IS
'Functions generated; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.total_tests_generated IS
'Tests generated; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.compilation_time_ms IS
'Milliseconds of compilation; null when not known.';
COMMENT ON COLUMN public.fact_code_generation.clippy_warnings IS 'Linter warnings; null when not known.';
COMMENT ON COLUMN public.fact_code_generation.clippy_errors IS 'Linter errors; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.fmt_issues IS 'Format issues; null when not known.';
COMMENT ON COLUMN public.fact_code_generation.ai_model_name IS 'Model used; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.ai_model_tokens_input IS
'Input tokens; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.ai_model_tokens_output IS
'Output tokens; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.ai_generation_cost_usd IS
'US dollars; null, costs stand with the executions.';
COMMENT ON COLUMN public.fact_code_generation.ai_prompt_count IS 'Prompts; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.cyclomatic_complexity_avg IS
'Mean cyclomatic complexity; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.code_duplication_percent IS
'Share of duplicated code in percent; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.maintainability_index IS
'Maintainability index; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.test_count IS 'Tests; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.generation_duration_ms IS
'Milliseconds of generation; null, the source does not record it.';
COMMENT ON COLUMN public.fact_code_generation.created_at IS 'When the task was created.';
COMMENT ON COLUMN public.fact_code_generation.updated_at IS 'When the task was last updated; null when never.';
COMMENT ON COLUMN public.fact_code_generation.run_number IS
'Run that wrote the present version of the row (ops.run).';

COMMENT ON TABLE public.fact_deployment IS
'One deployment that reached an end. Source: deployment_pipelines.';
COMMENT ON COLUMN public.fact_deployment.deployment_id IS 'deployment_pipelines.id of the source.';
COMMENT ON COLUMN public.fact_deployment.time_key IS 'Business day of deployed_at as yyyymmdd.';
COMMENT ON COLUMN public.fact_deployment.issue_id IS 'Issue it delivered.';
COMMENT ON COLUMN public.fact_deployment.issue_key IS 'Version of the issue in force at the end of the day.';
COMMENT ON COLUMN public.fact_deployment.infrastructure_key IS
'Resource that runs the environment; -1 when the catalogue names none.';
COMMENT ON COLUMN public.fact_deployment.deployment_duration_seconds IS 'Seconds it took; null when not known.';
COMMENT ON COLUMN public.fact_deployment.rollback_count IS '1 when it was rolled back, 0 when it was not.';
COMMENT ON COLUMN public.fact_deployment.resource_count IS 'Resources touched; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.container_count IS
'Containers touched; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.health_check_pass_rate IS
'Share of health checks passed, 0 to 1; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.error_count IS 'Errors; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.warning_count IS 'Warnings; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.infrastructure_cost_usd IS
'US dollars of infrastructure; null when not known.';
COMMENT ON COLUMN public.fact_deployment.data_transfer_cost_usd IS
'US dollars of data transfer; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.total_cost_usd IS
'Sum of the known costs in US dollars; null when none is known.';
COMMENT ON COLUMN public.fact_deployment.deployment_status IS
'SUCCESS, FAILED, ROLLED_BACK (once a success) or PARTIAL.';
COMMENT ON COLUMN public.fact_deployment.deployment_type IS
'Kind of deployment; null, the source does not record it.';
COMMENT ON COLUMN public.fact_deployment.environment IS 'dev, staging or production.';
COMMENT ON COLUMN public.fact_deployment.started_at IS 'When its pipeline was created.';
COMMENT ON COLUMN public.fact_deployment.completed_at IS 'When it ended, the same as deployed_at.';
COMMENT ON COLUMN public.fact_deployment.deployed_at IS 'When it reached its end; the moment DORA counts it at.';
COMMENT ON COLUMN public.fact_deployment.repository IS 'Repository of its issue; null for an inferred issue.';
COMMENT ON COLUMN public.fact_deployment.commit_sha IS
'Last commit of its issue up to deployed_at; null without one.';
COMMENT ON COLUMN public.fact_deployment.pipeline_id IS 'Identifier of the pipeline in the source, as text.';
COMMENT ON COLUMN public.fact_deployment.run_number IS 'Run that wrote the present version of the row (ops.run).';

COMMENT ON TABLE public.fact_code_change IS
'One commit and the first successful production deployment that carries it. Source: commits, deployment_pipelines.';
COMMENT ON COLUMN public.fact_code_change.commit_sha IS 'The commit.';
COMMENT ON COLUMN public.fact_code_change.commit_id IS 'commits.id of the source.';
COMMENT ON COLUMN public.fact_code_change.time_key IS 'Business day of committed_at as yyyymmdd.';
COMMENT ON COLUMN public.fact_code_change.issue_id IS 'Issue it belongs to; null when it names none.';
COMMENT ON COLUMN public.fact_code_change.issue_key IS
'Version of the issue in force at the end of the day; -1 without an issue.';
COMMENT ON COLUMN public.fact_code_change.repository IS 'Repository of its issue; null without an issue.';
COMMENT ON COLUMN public.fact_code_change.author IS 'Author as the source names him.';
COMMENT ON COLUMN public.fact_code_change.pr_number IS 'Pull request; null when not known.';
COMMENT ON COLUMN public.fact_code_change.committed_at IS 'When it was made.';
COMMENT ON COLUMN public.fact_code_change.deployment_id IS
'First successful production deployment of its issue at or after committed_at; null when not deployed yet.';
COMMENT ON COLUMN public.fact_code_change.deployed_at IS
'When that deployment reached its end; null when not deployed yet.';
COMMENT ON COLUMN public.fact_code_change.deployed_time_key IS
'Business day of deployed_at as yyyymmdd; null when not deployed yet.';
COMMENT ON COLUMN public.fact_code_change.lead_time_seconds IS
'Seconds from committed_at to deployed_at; null when not deployed yet.';
COMMENT ON COLUMN public.fact_code_change.run_number IS 'Run that wrote the present version of the row (ops.run).';

COMMENT ON TABLE public.fact_performance_metrics IS
'One measurement of one monitored resource. Source: the monitor, from the host and the warehouses own statistics.';
COMMENT ON COLUMN public.fact_performance_metrics.resource_id IS
'Resource measured (dim_infrastructure.resource_id).';
COMMENT ON COLUMN public.fact_performance_metrics.measured_at IS 'When it was measured.';
COMMENT ON COLUMN public.fact_performance_metrics.time_key IS 'Business day of measured_at as yyyymmdd.';
COMMENT ON COLUMN public.fact_performance_metrics.infrastructure_key IS 'Version of the resource then in force.';
COMMENT ON COLUMN public.fact_performance_metrics.measurement_interval_seconds IS
'Seconds that rates and counts cover; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.cpu_usage_percent IS 'Processor use in percent.';
COMMENT ON COLUMN public.fact_performance_metrics.memory_usage_percent IS 'Memory in use in percent.';
COMMENT ON COLUMN public.fact_performance_metrics.disk_usage_percent IS
'Use in percent of the disk that holds the warehouse''s state.';
COMMENT ON COLUMN public.fact_performance_metrics.disk_read_bytes_per_second IS
'Bytes read in a second; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.disk_write_bytes_per_second IS
'Bytes written in a second; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.network_in_bytes_per_second IS
'Bytes received in a second; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.network_out_bytes_per_second IS
'Bytes sent in a second; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.request_count IS
'Transactions of the warehouse in the interval; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.error_count IS
'Transactions rolled back in the interval; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.latency_p50_ms IS
'Median statement time in milliseconds over statements, weighted by calls; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.latency_p95_ms IS
'95th percentile of the same; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.latency_p99_ms IS
'99th percentile of the same; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.latency_max_ms IS
'Longest statement in milliseconds; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.database_connections IS 'Connections to the warehouse.';
COMMENT ON COLUMN public.fact_performance_metrics.connection_pool_usage_percent IS
'Connections in percent of the server''s limit.';
COMMENT ON COLUMN public.fact_performance_metrics.query_count IS
'Statements executed in the interval; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.query_time_avg_ms IS
'Mean statement time in milliseconds; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.query_time_max_ms IS
'Longest mean statement time in milliseconds; null without pg_stat_statements.';
COMMENT ON COLUMN public.fact_performance_metrics.deadlock_count IS
'Deadlocks in the interval; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.slow_query_count IS
'Statements running for longer than a minute at that moment.';
COMMENT ON COLUMN public.fact_performance_metrics.cache_hit_count IS
'Blocks found in the buffer cache in the interval; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.cache_miss_count IS
'Blocks read from outside the buffer cache in the interval; null for a first measurement.';
COMMENT ON COLUMN public.fact_performance_metrics.cache_hit_rate IS
'Hits by hits and misses, 0 to 1; null when there were neither.';
COMMENT ON COLUMN public.fact_performance_metrics.run_number IS 'Run that measured; null when measured by hand.';

COMMENT ON TABLE staging.issues IS
'Issues as last seen in the source.';
COMMENT ON COLUMN staging.issues.id IS 'issues.id of the source.';
COMMENT ON COLUMN staging.issues.number IS 'Number people call it by.';
COMMENT ON COLUMN staging.issues.title IS 'Title as typed; null when none.';
COMMENT ON COLUMN staging.issues.description IS 'Description as typed; null when none.';
COMMENT ON COLUMN staging.issues.priority IS 'P0 to P4; null when not set.';
COMMENT ON COLUMN staging.issues.complexity IS 'trivial, low, medium, high or critical; null when not judged.';
COMMENT ON COLUMN staging.issues.issue_type IS 'Kind of issue; null when not set.';
COMMENT ON COLUMN staging.issues.repository IS 'Repository as owner/name; null when not set.';
COMMENT ON COLUMN staging.issues.created_at IS 'When it was filed.';
COMMENT ON COLUMN staging.issues.updated_at IS 'When the source last changed it.';
COMMENT ON COLUMN staging.issues.closed_at IS 'When it was closed; null while open.';
COMMENT ON COLUMN staging.issues.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.issues.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.code_gen_tasks IS
'Code generation tasks as last seen in the source.';
COMMENT ON COLUMN staging.code_gen_tasks.id IS 'code_gen_tasks.id of the source.';
COMMENT ON COLUMN staging.code_gen_tasks.issue_id IS 'Issue it belongs to.';
COMMENT ON COLUMN staging.code_gen_tasks.total_files_generated IS 'Files generated.';
COMMENT ON COLUMN staging.code_gen_tasks.total_lines_generated IS 'Lines generated.';
COMMENT ON COLUMN staging.code_gen_tasks.compilation_time_ms IS 'Milliseconds of compilation; null when not known.';
COMMENT ON COLUMN staging.code_gen_tasks.clippy_warnings IS 'Linter warnings; null when not known.';
COMMENT ON COLUMN staging.code_gen_tasks.fmt_issues IS 'Format issues; null when not known.';
COMMENT ON COLUMN staging.code_gen_tasks.created_at IS 'When it was created.';
COMMENT ON COLUMN staging.code_gen_tasks.updated_at IS 'When it was last updated.';
COMMENT ON COLUMN staging.code_gen_tasks.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.code_gen_tasks.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.review_results IS
'Reviews as last seen in the source.';
COMMENT ON COLUMN staging.review_results.id IS 'review_results.id of the source.';
COMMENT ON COLUMN staging.review_results.issue_id IS 'Issue reviewed.';
COMMENT ON COLUMN staging.review_results.review_score IS 'Score, 0 to 1; null when not given.';
COMMENT ON COLUMN staging.review_results.test_coverage_percent IS 'Test coverage in percent; null when not known.';
COMMENT ON COLUMN staging.review_results.security_issues_found IS 'Security issues found; null when not known.';
COMMENT ON COLUMN staging.review_results.performance_issues_found IS 'Performance issues found; null when not known.';
COMMENT ON COLUMN staging.review_results.created_at IS 'When the review was written.';
COMMENT ON COLUMN staging.review_results.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.review_results.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.deployment_pipelines IS
'Deployments as last seen in the source, ended or not.';
COMMENT ON COLUMN staging.deployment_pipelines.id IS 'deployment_pipelines.id of the source.';
COMMENT ON COLUMN staging.deployment_pipelines.issue_id IS 'Issue delivered.';
COMMENT ON COLUMN staging.deployment_pipelines.deployment_status IS
'PENDING, RUNNING, SUCCESS, FAILED, ROLLED_BACK or PARTIAL.';
COMMENT ON COLUMN staging.deployment_pipelines.deployment_duration_seconds IS 'Seconds it took; null when not known.';
COMMENT ON COLUMN staging.deployment_pipelines.infrastructure_cost_usd IS
'US dollars of infrastructure; null when not known.';
COMMENT ON COLUMN staging.deployment_pipelines.environment IS 'dev, staging or production.';
COMMENT ON COLUMN staging.deployment_pipelines.deployed_at IS 'When it reached its end; null before.';
COMMENT ON COLUMN staging.deployment_pipelines.created_at IS 'When the pipeline was created.';
COMMENT ON COLUMN staging.deployment_pipelines.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.deployment_pipelines.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.commits IS
'Commits as last seen in the source.';
COMMENT ON COLUMN staging.commits.id IS 'commits.id of the source.';
COMMENT ON COLUMN staging.commits.issue_id IS 'Issue it belongs to; null when it names none.';
COMMENT ON COLUMN staging.commits.commit_sha IS 'The commit.';
COMMENT ON COLUMN staging.commits.pr_number IS 'Pull request; null when not known.';
COMMENT ON COLUMN staging.commits.commit_message IS 'Message; null when the source has none.';
COMMENT ON COLUMN staging.commits.author IS 'Author as the source names him.';
COMMENT ON COLUMN staging.commits.committed_at IS 'When it was made.';
COMMENT ON COLUMN staging.commits.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.commits.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.label_history IS
'Spells of labels on issues as last seen in the source.';
COMMENT ON COLUMN staging.label_history.id IS 'label_history.id of the source.';
COMMENT ON COLUMN staging.label_history.issue_id IS 'Issue that carries the label.';
COMMENT ON COLUMN staging.label_history.label_name IS 'Label in the catalogue''s spelling.';
COMMENT ON COLUMN staging.label_history.source_label_name IS 'Label in the source''s spelling.';
COMMENT ON COLUMN staging.label_history.applied_at IS 'When it was applied.';
COMMENT ON COLUMN staging.label_history.removed_at IS 'When it was removed; null while applied.';
COMMENT ON COLUMN staging.label_history.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.label_history.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.worktree_states IS
'Worktrees as last seen in the source.';
COMMENT ON COLUMN staging.worktree_states.id IS 'worktree_states.id of the source.';
COMMENT ON COLUMN staging.worktree_states.associated_issue_id IS 'Issue worked on there.';
COMMENT ON COLUMN staging.worktree_states.worktree_path IS 'Path of the worktree.';
COMMENT ON COLUMN staging.worktree_states.branch_name IS 'Branch checked out there.';
COMMENT ON COLUMN staging.worktree_states.status IS 'active, completed, abandoned or merged.';
COMMENT ON COLUMN staging.worktree_states.created_at IS 'When it was made.';
COMMENT ON COLUMN staging.worktree_states.cleaned_up_at IS 'When it was cleaned up; null while it stands.';
COMMENT ON COLUMN staging.worktree_states.row_hash IS 'Digest of the source row, computed by the source.';
COMMENT ON COLUMN staging.worktree_states.run_number IS 'Run that last wrote the row (ops.run).';

COMMENT ON TABLE staging.archived_issue_start IS
'First start of each issues executions in months that have been archived.';
COMMENT ON COLUMN staging.archived_issue_start.issue_id IS 'The issue.';
COMMENT ON COLUMN staging.archived_issue_start.first_started_at IS 'First start among its archived executions.';

COMMENT ON TABLE ops.run IS
'Runs of pipelines and jobs, one row a run.';
COMMENT ON COLUMN ops.run.run_number IS 'Short number of the run, by which facts name it.';
COMMENT ON COLUMN ops.run.run_id IS 'Identifier, sortable by time.';
COMMENT ON COLUMN ops.run.pipeline IS 'Pipeline or job.';
COMMENT ON COLUMN ops.run.interval_start IS
'First moment of the interval that it is for; null for a job without one.';
COMMENT ON COLUMN ops.run.interval_end IS 'First moment after the interval; null for a job without one.';
COMMENT ON COLUMN ops.run.as_of IS 'What now was to this run.';
COMMENT ON COLUMN ops.run.trigger IS 'schedule, catchup, manual, backfill, resume, replay or demo.';
COMMENT ON COLUMN ops.run.parent_run_id IS 'Run that it resumes, replays or belongs to; null otherwise.';
COMMENT ON COLUMN ops.run.parameters IS 'Parameters of its notebooks.';
COMMENT ON COLUMN ops.run.state IS 'queued, running, succeeded, failed, skipped, lost or cancelled.';
COMMENT ON COLUMN ops.run.reason IS 'Why it ended so, in one sentence; null for a success.';
COMMENT ON COLUMN ops.run.error IS 'Failing stage, cell, error and remedy; null without a failure.';
COMMENT ON COLUMN ops.run.host IS 'Host that ran it.';
COMMENT ON COLUMN ops.run.pid IS 'Process that ran it.';
COMMENT ON COLUMN ops.run.requested_by IS 'Operating system user who asked for it; null when not known.';
COMMENT ON COLUMN ops.run.code_version IS 'Version of the code that ran.';
COMMENT ON COLUMN ops.run.queued_at IS 'When it was recorded.';
COMMENT ON COLUMN ops.run.started_at IS 'When its first stage began; null before.';
COMMENT ON COLUMN ops.run.finished_at IS 'When it ended; null before.';
COMMENT ON COLUMN ops.run.cancel_requested_at IS 'When somebody asked for it to stop; null otherwise.';
COMMENT ON COLUMN ops.run.archive_path IS 'Its folder below the reports folder; null before it is archived.';
COMMENT ON COLUMN ops.run.manifest_sha256 IS 'Digest of its manifest; null before it is archived.';

COMMENT ON TABLE ops.stage_attempt IS
'Attempts at stages, one row an attempt.';
COMMENT ON COLUMN ops.stage_attempt.run_id IS 'The run.';
COMMENT ON COLUMN ops.stage_attempt.stage IS 'Name of the stage''s notebook.';
COMMENT ON COLUMN ops.stage_attempt.attempt IS '1 for the first.';
COMMENT ON COLUMN ops.stage_attempt.position IS 'Place of the stage in the run, from 1.';
COMMENT ON COLUMN ops.stage_attempt.state IS 'State of the attempt.';
COMMENT ON COLUMN ops.stage_attempt.started_at IS 'When it began.';
COMMENT ON COLUMN ops.stage_attempt.finished_at IS 'When it ended; null before.';
COMMENT ON COLUMN ops.stage_attempt.cells_total IS 'Cells of the notebook.';
COMMENT ON COLUMN ops.stage_attempt.cells_completed IS 'Cells completed so far.';
COMMENT ON COLUMN ops.stage_attempt.engine IS 'Engine that ran it: warm or stock.';
COMMENT ON COLUMN ops.stage_attempt.notebook IS 'Executed notebook below the run''s folder.';
COMMENT ON COLUMN ops.stage_attempt.error IS 'Failing cell, error and remedy; null without a failure.';

COMMENT ON TABLE ops.row_count IS
'What became of each extracted row, by run and source table; the parts always add up.';
COMMENT ON COLUMN ops.row_count.run_id IS 'The run.';
COMMENT ON COLUMN ops.row_count.source_table IS 'Table of the source.';
COMMENT ON COLUMN ops.row_count.extracted IS 'Rows extracted.';
COMMENT ON COLUMN ops.row_count.inserted IS 'Rows new to the warehouse; null until loaded.';
COMMENT ON COLUMN ops.row_count.updated IS 'Rows that differed from the warehouse; null until loaded.';
COMMENT ON COLUMN ops.row_count.unchanged IS 'Rows equal to the warehouse; null until loaded.';
COMMENT ON COLUMN ops.row_count.quarantined IS 'Rows set aside with a reason; null until loaded.';

COMMENT ON TABLE ops.fact_count IS
'Rows that each run wrote to each target.';
COMMENT ON COLUMN ops.fact_count.run_id IS 'The run.';
COMMENT ON COLUMN ops.fact_count.target_table IS 'Table written.';
COMMENT ON COLUMN ops.fact_count.inserted IS 'Rows inserted.';
COMMENT ON COLUMN ops.fact_count.updated IS 'Rows that differed.';
COMMENT ON COLUMN ops.fact_count.unchanged IS 'Rows computed and found equal.';
COMMENT ON COLUMN ops.fact_count.deleted IS 'Rows that no longer belong.';

COMMENT ON TABLE ops.check_result IS
'Results of gates, one row a check and run.';
COMMENT ON COLUMN ops.check_result.run_id IS 'The run.';
COMMENT ON COLUMN ops.check_result.suite IS 'Suite that the check belongs to.';
COMMENT ON COLUMN ops.check_result.layer IS 'source, conformed or facts.';
COMMENT ON COLUMN ops.check_result.table_name IS 'Table checked.';
COMMENT ON COLUMN ops.check_result.check_id IS 'Identifier of the check within its suite.';
COMMENT ON COLUMN ops.check_result.column_name IS 'Column checked; null for a check of the table.';
COMMENT ON COLUMN ops.check_result.expectation IS 'Type of the expectation.';
COMMENT ON COLUMN ops.check_result.severity IS 'critical (blocks the load), warning or info.';
COMMENT ON COLUMN ops.check_result.outcome IS 'passed, failed or could not check.';
COMMENT ON COLUMN ops.check_result.note IS 'Why the check exists.';
COMMENT ON COLUMN ops.check_result.observed IS 'What was observed.';
COMMENT ON COLUMN ops.check_result.rows_checked IS 'Rows looked at; null when the check is not about rows.';
COMMENT ON COLUMN ops.check_result.rows_failed IS 'Rows that did not meet it; null when the check is not about rows.';
COMMENT ON COLUMN ops.check_result.offending_rows_sql IS
'Query that shows every offending row; null when there is none.';
COMMENT ON COLUMN ops.check_result.checked_at IS 'When it was checked.';

COMMENT ON TABLE ops.quarantine IS
'Rows set aside, whole and with the reason, to be retried after repair.';
COMMENT ON COLUMN ops.quarantine.quarantine_id IS 'Number of the entry.';
COMMENT ON COLUMN ops.quarantine.run_id IS 'Run that set it aside.';
COMMENT ON COLUMN ops.quarantine.source_table IS 'Table of the source.';
COMMENT ON COLUMN ops.quarantine.source_key IS 'Key of the row in that table.';
COMMENT ON COLUMN ops.quarantine.content IS 'The whole row.';
COMMENT ON COLUMN ops.quarantine.reason IS 'Why it was set aside.';
COMMENT ON COLUMN ops.quarantine.check_id IS 'Check that set it aside; null when the transform did.';
COMMENT ON COLUMN ops.quarantine.state IS
'open, loaded (repaired and loaded since), discarded (by an operator) or vanished (gone from the source).';
COMMENT ON COLUMN ops.quarantine.row_hash IS 'Digest of the row, computed by the source.';
COMMENT ON COLUMN ops.quarantine.event_at IS 'Time by which the row belongs to a day; null when it has none.';
COMMENT ON COLUMN ops.quarantine.quarantined_at IS 'When it was set aside.';
COMMENT ON COLUMN ops.quarantine.last_seen_run_id IS 'Last run that saw it.';
COMMENT ON COLUMN ops.quarantine.resolved_at IS 'When it left the state open; null before.';
COMMENT ON COLUMN ops.quarantine.resolved_by IS 'Run or operator that resolved it; null before.';
COMMENT ON COLUMN ops.quarantine.resolution IS 'Why an operator discarded it; null otherwise.';

COMMENT ON TABLE ops.pause IS
'Pipelines that are paused.';
COMMENT ON COLUMN ops.pause.pipeline IS 'Pipeline or job.';
COMMENT ON COLUMN ops.pause.paused_at IS 'Since when.';
COMMENT ON COLUMN ops.pause.paused_until IS 'Until when; null until somebody unpauses it.';
COMMENT ON COLUMN ops.pause.paused_by IS 'Who paused it.';
COMMENT ON COLUMN ops.pause.why IS 'Reason given.';

COMMENT ON TABLE ops.schedule_tick IS
'Due intervals that the scheduler has dealt with, each once.';
COMMENT ON COLUMN ops.schedule_tick.pipeline IS 'Pipeline or job.';
COMMENT ON COLUMN ops.schedule_tick.interval_start IS 'First moment of the interval.';
COMMENT ON COLUMN ops.schedule_tick.due_at IS 'When it was due.';
COMMENT ON COLUMN ops.schedule_tick.run_id IS 'Run that it started; null when it started none.';
COMMENT ON COLUMN ops.schedule_tick.outcome IS 'What the scheduler did about it.';
COMMENT ON COLUMN ops.schedule_tick.recorded_at IS 'When it was recorded.';

COMMENT ON TABLE ops.incident IS
'Incidents of operation, one row a root cause from its first sign to its recovery.';
COMMENT ON COLUMN ops.incident.incident_id IS 'Number of the incident.';
COMMENT ON COLUMN ops.incident.fingerprint IS 'What makes two failures the same incident.';
COMMENT ON COLUMN ops.incident.pipeline IS 'Pipeline or job; null for the installation as a whole.';
COMMENT ON COLUMN ops.incident.severity IS 'critical or warning.';
COMMENT ON COLUMN ops.incident.title IS 'One sentence that names it.';
COMMENT ON COLUMN ops.incident.detail IS 'Failing stage, cell, error, remedy and link.';
COMMENT ON COLUMN ops.incident.first_run_id IS 'Run that showed it first; null when no run did.';
COMMENT ON COLUMN ops.incident.last_run_id IS 'Run that showed it last; null when no run did.';
COMMENT ON COLUMN ops.incident.occurrences IS 'How often it was seen.';
COMMENT ON COLUMN ops.incident.opened_at IS 'When it was first seen.';
COMMENT ON COLUMN ops.incident.last_seen_at IS 'When it was last seen.';
COMMENT ON COLUMN ops.incident.recovered_at IS 'When it was over; null while open.';

COMMENT ON TABLE ops.alert_delivery IS
'Messages about incidents, one row a message and channel.';
COMMENT ON COLUMN ops.alert_delivery.delivery_id IS 'Number of the message.';
COMMENT ON COLUMN ops.alert_delivery.incident_id IS 'Incident it is about.';
COMMENT ON COLUMN ops.alert_delivery.kind IS 'opened, recovered or test.';
COMMENT ON COLUMN ops.alert_delivery.channel IS 'email or slack.';
COMMENT ON COLUMN ops.alert_delivery.state IS 'pending, delivered or given up.';
COMMENT ON COLUMN ops.alert_delivery.attempts IS 'Attempts so far.';
COMMENT ON COLUMN ops.alert_delivery.next_attempt_at IS 'When it will be tried next.';
COMMENT ON COLUMN ops.alert_delivery.last_error IS 'What the last attempt met; null without an error.';
COMMENT ON COLUMN ops.alert_delivery.delivered_at IS 'When it was delivered; null before.';

COMMENT ON TABLE ops.sign_off IS
'Who has read and signed a morning page.';
COMMENT ON COLUMN ops.sign_off.run_id IS 'Run of the morning page.';
COMMENT ON COLUMN ops.sign_off.signed_by IS 'Name given.';
COMMENT ON COLUMN ops.sign_off.signed_at IS 'When it was signed.';
COMMENT ON COLUMN ops.sign_off.note IS 'Note given; null without one.';

COMMENT ON TABLE ops.backup IS
'Backups of the warehouse.';
COMMENT ON COLUMN ops.backup.backup_id IS 'Identifier, sortable by time.';
COMMENT ON COLUMN ops.backup.run_id IS 'Run that made it; null when made by hand.';
COMMENT ON COLUMN ops.backup.path IS 'Its place below the backup folder.';
COMMENT ON COLUMN ops.backup.started_at IS 'When it began.';
COMMENT ON COLUMN ops.backup.finished_at IS 'When it ended; null before.';
COMMENT ON COLUMN ops.backup.size_bytes IS 'Size in bytes; null before its end.';
COMMENT ON COLUMN ops.backup.sha256 IS 'Digest of its files; null before its end.';
COMMENT ON COLUMN ops.backup.state IS 'running, good (restored and compared), bad or deleted (by retention).';
COMMENT ON COLUMN ops.backup.verified_at IS 'When it was restored and compared; null before.';
COMMENT ON COLUMN ops.backup.detail IS 'Counts and checksums compared, or what was wrong.';

COMMENT ON TABLE ops.archived_month IS
'Months of facts that have left for Parquet files.';
COMMENT ON COLUMN ops.archived_month.fact_table IS 'The fact.';
COMMENT ON COLUMN ops.archived_month.month_key IS 'Month as yyyymm.';
COMMENT ON COLUMN ops.archived_month.state IS
'copying, copied (verified, still in the warehouse), archived (dropped here) or restored.';
COMMENT ON COLUMN ops.archived_month.path IS 'File below the archive folder.';
COMMENT ON COLUMN ops.archived_month.row_count IS 'Rows in the file.';
COMMENT ON COLUMN ops.archived_month.content_checksum IS 'Digest of the rows, equal on both sides.';
COMMENT ON COLUMN ops.archived_month.file_sha256 IS 'Digest of the file.';
COMMENT ON COLUMN ops.archived_month.archived_at IS 'When it was last archived.';
COMMENT ON COLUMN ops.archived_month.restored_at IS 'When it was brought back; null otherwise.';

COMMENT ON TABLE ops.dirty_month IS
'Months whose facts changed since their marts were last restated.';
COMMENT ON COLUMN ops.dirty_month.subject IS 'Fact table that changed.';
COMMENT ON COLUMN ops.dirty_month.month_key IS 'Month as yyyymm.';
COMMENT ON COLUMN ops.dirty_month.marked_at IS 'When it was first marked.';

COMMENT ON TABLE ops.reconciliation IS
'Comparisons with the source, one row a table and month.';
COMMENT ON COLUMN ops.reconciliation.run_id IS 'Run that compared.';
COMMENT ON COLUMN ops.reconciliation.source_table IS 'Table of the source.';
COMMENT ON COLUMN ops.reconciliation.bucket IS 'First day of the month compared.';
COMMENT ON COLUMN ops.reconciliation.source_rows IS 'Rows in the source.';
COMMENT ON COLUMN ops.reconciliation.warehouse_rows IS 'Rows in the warehouse, quarantined ones included.';
COMMENT ON COLUMN ops.reconciliation.is_equal IS 'Whether count and checksum agreed.';
COMMENT ON COLUMN ops.reconciliation.reread IS 'Whether the month was reread.';

COMMENT ON TABLE ops.setting IS
'Settings that views and marts read, written from the settings object at each run.';
COMMENT ON COLUMN ops.setting.name IS 'Name of the setting.';
COMMENT ON COLUMN ops.setting.value IS 'Value as text.';
COMMENT ON COLUMN ops.setting.updated_at IS 'When it last changed.';
