-- Which changes were made with a coding agent, by what evidence, and what became of them.

-- What a source may tell of a commit beyond what it had to.
ALTER TABLE staging.commits
ADD COLUMN branch text,
ADD COLUMN trailers text,
ADD COLUMN code_lines_added bigint,
ADD COLUMN code_lines_churned bigint,
ADD COLUMN reverted_at timestamptz;
COMMENT ON COLUMN staging.commits.branch IS 'Branch that it was made on; null when not told, and for one made on the main branch.';
COMMENT ON COLUMN staging.commits.trailers IS
'Trailers of its message that name people, agents or sessions, one a line as Key: value, without addresses; null when it has none.';
COMMENT ON COLUMN staging.commits.code_lines_added IS
'Lines that it brought to the main branch: without moves, white space, generated, vendored and lock files; null when not counted.';
COMMENT ON COLUMN staging.commits.code_lines_churned IS
'Of these the ones changed or removed within 14 days; null when not counted.';
COMMENT ON COLUMN staging.commits.reverted_at IS 'When the first commit was made that takes it back; null while none does.';
CREATE INDEX commits_repository ON staging.commits (repository, committed_at) WHERE repository IS NOT NULL;
CREATE INDEX commits_pull_request ON staging.commits (pr_number) WHERE pr_number IS NOT NULL;
ALTER TABLE unread.stg_commits
ADD COLUMN branch text,
ADD COLUMN trailers text,
ADD COLUMN code_lines_added bigint,
ADD COLUMN code_lines_churned bigint,
ADD COLUMN reverted_at timestamptz;
CREATE INDEX fact_agent_execution_session ON fact_agent_execution (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX fact_agent_execution_repository ON fact_agent_execution (repository, time_key) WHERE repository IS NOT NULL;

-- Pull requests of the source, where it has some.
CREATE TABLE staging.pull_requests (
    id bigint PRIMARY KEY,
    issue_id bigint,
    repository text,
    number bigint,
    state text,
    author text,
    labels text,
    head_branch text,
    base_branch text,
    merge_commit_sha text,
    created_at timestamptz,
    updated_at timestamptz,
    ready_at timestamptz,
    first_review_at timestamptz,
    first_human_review_at timestamptz,
    merged_at timestamptz,
    closed_at timestamptz,
    review_rounds bigint,
    human_reviews bigint,
    bot_reviews bigint,
    lines_added bigint,
    lines_deleted bigint,
    changed_files bigint,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.pull_requests (created_at);
CREATE INDEX ON staging.pull_requests (repository, number);
CREATE INDEX ON staging.pull_requests (issue_id) WHERE issue_id IS NOT NULL;
COMMENT ON TABLE staging.pull_requests IS 'Pull requests of the source, one row each, as last read. Empty where the source has no such table.';
COMMENT ON COLUMN staging.pull_requests.id IS 'The source''s id of the pull request.';
COMMENT ON COLUMN staging.pull_requests.issue_id IS 'The source''s id of the issue that it works on, of several the first; null when none is known.';
COMMENT ON COLUMN staging.pull_requests.repository IS 'Repository that it is for.';
COMMENT ON COLUMN staging.pull_requests.number IS 'Its number in the repository.';
COMMENT ON COLUMN staging.pull_requests.state IS 'open, closed or merged.';
COMMENT ON COLUMN staging.pull_requests.author IS 'Who opened it; null when unknown.';
COMMENT ON COLUMN staging.pull_requests.labels IS 'Names of its labels, one a line; null when it has none.';
COMMENT ON COLUMN staging.pull_requests.head_branch IS 'Branch that it brings; null when unknown.';
COMMENT ON COLUMN staging.pull_requests.base_branch IS 'Branch that it goes into; null when unknown.';
COMMENT ON COLUMN staging.pull_requests.merge_commit_sha IS 'Commit that merged it, of a squash the only one; null while it is not merged.';
COMMENT ON COLUMN staging.pull_requests.created_at IS 'When it was opened.';
COMMENT ON COLUMN staging.pull_requests.updated_at IS 'When it last changed; null when not told.';
COMMENT ON COLUMN staging.pull_requests.ready_at IS
'When it was last marked as ready for review; null for one that never was a draft, or when not told.';
COMMENT ON COLUMN staging.pull_requests.first_review_at IS 'When anybody first reviewed it, a bot included; null without a review.';
COMMENT ON COLUMN staging.pull_requests.first_human_review_at IS
'When somebody first reviewed it who is neither its author nor a bot; null without such a review.';
COMMENT ON COLUMN staging.pull_requests.merged_at IS 'When it was merged; null while it is not.';
COMMENT ON COLUMN staging.pull_requests.closed_at IS 'When it was closed, by a merge or without; null while it is open.';
COMMENT ON COLUMN staging.pull_requests.review_rounds IS
'How often it was handed back: reviews that ask for changes, and the one that ends it; 0 without a human review, null when not told.';
COMMENT ON COLUMN staging.pull_requests.human_reviews IS 'Reviews by people other than its author; null when not told.';
COMMENT ON COLUMN staging.pull_requests.bot_reviews IS 'Reviews by bots; null when not told.';
COMMENT ON COLUMN staging.pull_requests.lines_added IS 'Lines added; null when not told.';
COMMENT ON COLUMN staging.pull_requests.lines_deleted IS 'Lines deleted; null when not told.';
COMMENT ON COLUMN staging.pull_requests.changed_files IS 'Files changed; null when not told.';
COMMENT ON COLUMN staging.pull_requests.row_hash IS 'Digest of the source''s row; another one means that the row has changed.';
COMMENT ON COLUMN staging.pull_requests.run_number IS 'Number of the run that wrote the row last.';

-- By what a coding agent is known. Files under sql/catalogue fill it.
CREATE TABLE agent_evidence (
    rank integer PRIMARY KEY,
    kind text NOT NULL,
    pattern text NOT NULL,
    agent text,
    model text,
    CONSTRAINT kind_is_trailer_author_or_label CHECK (kind IN ('trailer', 'author', 'label'))
);
COMMENT ON TABLE agent_evidence IS
'Trailers, accounts and labels by which coding agents are known. Of the rows that fit a text the one with the smallest rank counts.';
COMMENT ON COLUMN agent_evidence.rank IS 'Place of the row; the smallest that fits counts. Below 100 is for rows of one''s own.';
COMMENT ON COLUMN agent_evidence.kind IS 'What the pattern is compared with: trailer (Key: value), author (an account''s name) or label.';
COMMENT ON COLUMN agent_evidence.pattern IS 'Regular expression that the text in lower case is searched with.';
COMMENT ON COLUMN agent_evidence.agent IS 'The coding agent; null: no coding agent, such as a bot that updates dependencies.';
COMMENT ON COLUMN agent_evidence.model IS 'Its model, \1 is the first group of the pattern; null when the text does not tell it.';

CREATE TABLE change_evidence (
    of_change text NOT NULL,
    kind text NOT NULL,
    detail text NOT NULL,
    agent text,
    model text,
    repository text NOT NULL,
    time_key integer NOT NULL,
    run_number bigint NOT NULL,
    PRIMARY KEY (of_change, kind, detail),
    CONSTRAINT kind_is_known CHECK (kind IN ('session', 'trailer', 'author', 'label'))
);
CREATE INDEX change_evidence_repository ON change_evidence (repository, time_key);
COMMENT ON TABLE change_evidence IS
'Why a change counts as made with a coding agent, one row per piece of evidence. What has none is here not at all.';
COMMENT ON COLUMN change_evidence.of_change IS
'What the evidence is of: a commit''s sha; or a change_key of fact_change, where it is of the whole change.';
COMMENT ON COLUMN change_evidence.kind IS
'session: an agent worked there at that time, or a trailer names the session. trailer: of the message. author: an agent''s own account. label.';
COMMENT ON COLUMN change_evidence.detail IS 'The trailer, account or label, or which session and how it was linked; text from outside.';
COMMENT ON COLUMN change_evidence.agent IS 'The coding agent; null when the evidence does not name it.';
COMMENT ON COLUMN change_evidence.model IS 'Its model; null when the evidence does not name it.';
COMMENT ON COLUMN change_evidence.repository IS 'Repository as shown; (unknown) where the source names none.';
COMMENT ON COLUMN change_evidence.time_key IS 'Business day of the commit, or of the whole change, yyyymmdd.';
COMMENT ON COLUMN change_evidence.run_number IS 'Number of the run that wrote the row last.';

CREATE TABLE agent_means (
    repository text PRIMARY KEY,
    first_month integer NOT NULL,
    last_month integer NOT NULL,
    run_number bigint NOT NULL
);
COMMENT ON TABLE agent_means IS
'In which months a repository had means that give evidence of agents. Only within them the absence of evidence is a no.';
COMMENT ON COLUMN agent_means.repository IS 'Repository as shown.';
COMMENT ON COLUMN agent_means.first_month IS 'Month (yyyymm) of its first evidence.';
COMMENT ON COLUMN agent_means.last_month IS 'Month (yyyymm) of its last evidence.';
COMMENT ON COLUMN agent_means.run_number IS 'Number of the run that wrote the row last.';

CREATE TABLE bridge_change_commit (
    commit_sha text PRIMARY KEY,
    time_key integer NOT NULL,
    change_key text NOT NULL,
    repository text NOT NULL,
    issue_id bigint,
    has_evidence boolean NOT NULL,
    made_with_agent text NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX bridge_change_commit_change ON bridge_change_commit (change_key);
CREATE INDEX bridge_change_commit_issue ON bridge_change_commit (issue_id) WHERE issue_id IS NOT NULL;
COMMENT ON TABLE bridge_change_commit IS 'Which commits a change has, one row per commit, and whether each was made with a coding agent.';
COMMENT ON COLUMN bridge_change_commit.commit_sha IS 'Commit''s hash.';
COMMENT ON COLUMN bridge_change_commit.time_key IS 'Business day on which it was made, yyyymmdd.';
COMMENT ON COLUMN bridge_change_commit.change_key IS 'The change that it is part of, as in fact_change.';
COMMENT ON COLUMN bridge_change_commit.repository IS 'Repository as shown; (unknown) where the source names none.';
COMMENT ON COLUMN bridge_change_commit.issue_id IS 'Issue that it belongs to; null when the source names none.';
COMMENT ON COLUMN bridge_change_commit.has_evidence IS 'Whether there is evidence of an agent, of the commit or of its whole change.';
COMMENT ON COLUMN bridge_change_commit.made_with_agent IS
'yes with evidence; no without, where the repository had means in that month; unknown where it had none.';
COMMENT ON COLUMN bridge_change_commit.run_number IS 'Number of the run that wrote the row last.';

CREATE TABLE fact_change (
    change_key text PRIMARY KEY,
    change_type text NOT NULL,
    time_key integer NOT NULL,
    repository text NOT NULL,
    pr_number bigint,
    issue_id bigint,
    kind text NOT NULL,
    changed_at timestamptz NOT NULL,
    is_merged boolean NOT NULL,
    first_committed_at timestamptz,
    commits integer NOT NULL,
    commits_with_agent integer NOT NULL,
    agent_share numeric,
    made_with_agent text NOT NULL,
    agents text [] NOT NULL,
    models text [] NOT NULL,
    lines_added bigint,
    lines_deleted bigint,
    code_lines_added bigint,
    code_lines_churned bigint,
    reverted_at timestamptz,
    deployment_id bigint,
    deployed_at timestamptz,
    deployed_time_key integer,
    lead_time_hours numeric,
    is_failed boolean NOT NULL,
    cost_usd numeric,
    suspect_cost_usd numeric,
    tokens_input numeric,
    tokens_output numeric,
    tokens_cache_read numeric,
    run_number bigint NOT NULL,
    CONSTRAINT made_with_agent_is_known CHECK (made_with_agent IN ('yes', 'no', 'unknown'))
);
CREATE INDEX fact_change_day ON fact_change (time_key);
CREATE INDEX fact_change_issue ON fact_change (issue_id) WHERE issue_id IS NOT NULL;
CREATE INDEX fact_change_repository ON fact_change (repository, time_key);
COMMENT ON TABLE fact_change IS
'Changes, one row each: a pull request; without one an issue''s commits; without either a single commit. With and without a coding agent.';
COMMENT ON COLUMN fact_change.change_key IS 'acme/cli!12 for a pull request, issue:7 (the source''s id) for an issue''s commits, else the commit''s sha.';
COMMENT ON COLUMN fact_change.change_type IS 'pull request, issue or commit.';
COMMENT ON COLUMN fact_change.time_key IS 'Business day of changed_at, yyyymmdd.';
COMMENT ON COLUMN fact_change.repository IS 'Repository as shown; (unknown) where the source names none.';
COMMENT ON COLUMN fact_change.pr_number IS 'Number of the pull request; null without one.';
COMMENT ON COLUMN fact_change.issue_id IS 'Issue that it is for, of several the first; null when the source names none.';
COMMENT ON COLUMN fact_change.kind IS 'Type of its issue in lower case, such as bug or feature; (unknown) without one.';
COMMENT ON COLUMN fact_change.changed_at IS
'When it was merged; where that is not told, when its last commit was made; of a pull request that is not merged, when it was opened.';
COMMENT ON COLUMN fact_change.is_merged IS 'False for a pull request that is not merged. Only what is merged counts as a change.';
COMMENT ON COLUMN fact_change.first_committed_at IS 'When its first commit was made; null when no commit of it is known.';
COMMENT ON COLUMN fact_change.commits IS 'Its commits, without merges and squashes where it has others.';
COMMENT ON COLUMN fact_change.commits_with_agent IS 'Of these the ones with evidence, which all have where it is of the whole change.';
COMMENT ON COLUMN fact_change.agent_share IS 'commits_with_agent by commits, 0 to 1; null where made_with_agent is unknown.';
COMMENT ON COLUMN fact_change.made_with_agent IS
'yes with any evidence; no without, where the repository had means in that month; unknown where it had none.';
COMMENT ON COLUMN fact_change.agents IS 'The coding agents that the evidence names, in the order of the alphabet.';
COMMENT ON COLUMN fact_change.models IS 'Their models as far as the evidence names them, in the order of the alphabet.';
COMMENT ON COLUMN fact_change.lines_added IS 'Lines added, as its pull request tells, else its commits; null when not told.';
COMMENT ON COLUMN fact_change.lines_deleted IS 'Lines deleted, likewise.';
COMMENT ON COLUMN fact_change.code_lines_added IS
'Lines that it brought to the main branch: without moves, white space, generated, vendored and lock files; null when not counted.';
COMMENT ON COLUMN fact_change.code_lines_churned IS 'Of these the ones changed or removed within 14 days; null when not counted.';
COMMENT ON COLUMN fact_change.reverted_at IS 'When the first commit was made that takes any of it back; null while none does.';
COMMENT ON COLUMN fact_change.deployment_id IS 'First successful production deployment that carries any of its commits; null when none does.';
COMMENT ON COLUMN fact_change.deployed_at IS 'When that was; null when none does.';
COMMENT ON COLUMN fact_change.deployed_time_key IS 'Business day of deployed_at, yyyymmdd; null when none does.';
COMMENT ON COLUMN fact_change.lead_time_hours IS 'Hours from its first commit to deployed_at; null when not deployed.';
COMMENT ON COLUMN fact_change.is_failed IS 'Whether a production deployment of its issue failed or was rolled back after its first commit.';
COMMENT ON COLUMN fact_change.cost_usd IS
'Its issue''s LLM cost, USD, shared among the issue''s commits; without suspect reports, null when none is known.';
COMMENT ON COLUMN fact_change.suspect_cost_usd IS 'The same of suspect reports; null without any.';
COMMENT ON COLUMN fact_change.tokens_input IS 'Its issue''s input tokens, shared likewise; null when none are known.';
COMMENT ON COLUMN fact_change.tokens_output IS 'Its issue''s output tokens, shared likewise; null when none are known.';
COMMENT ON COLUMN fact_change.tokens_cache_read IS 'The part of tokens_input that was read from the cache; null when not told.';
COMMENT ON COLUMN fact_change.run_number IS 'Number of the run that wrote the row last.';

CREATE TABLE fact_pull_request (
    pull_request_id bigint PRIMARY KEY,
    time_key integer NOT NULL,
    change_key text,
    repository text NOT NULL,
    number bigint,
    issue_id bigint,
    state text,
    author text,
    created_at timestamptz NOT NULL,
    ready_at timestamptz NOT NULL,
    first_review_at timestamptz,
    first_human_review_at timestamptz,
    merged_at timestamptz,
    merged_time_key integer,
    closed_at timestamptz,
    lines_added bigint,
    lines_deleted bigint,
    changed_files bigint,
    review_rounds bigint,
    human_reviews bigint,
    bot_reviews bigint,
    draft_hours numeric NOT NULL,
    first_review_hours numeric,
    review_hours numeric,
    merge_hours numeric,
    first_review_business_hours numeric,
    review_business_hours numeric,
    merge_business_hours numeric,
    is_merged_without_review boolean,
    run_number bigint NOT NULL
);
CREATE INDEX fact_pull_request_change ON fact_pull_request (change_key);
CREATE INDEX fact_pull_request_day ON fact_pull_request (time_key);
CREATE INDEX fact_pull_request_merged ON fact_pull_request (merged_time_key) WHERE merged_time_key IS NOT NULL;
COMMENT ON TABLE fact_pull_request IS 'Pull requests, one row each: how long they waited, who looked, and how they ended.';
COMMENT ON COLUMN fact_pull_request.pull_request_id IS 'The source''s id of the pull request.';
COMMENT ON COLUMN fact_pull_request.time_key IS 'Business day on which it was opened, yyyymmdd.';
COMMENT ON COLUMN fact_pull_request.change_key IS 'The change that it is, as in fact_change; null when its repository or number is not told.';
COMMENT ON COLUMN fact_pull_request.repository IS 'Repository as shown; (unknown) where the source names none.';
COMMENT ON COLUMN fact_pull_request.number IS 'Its number in the repository.';
COMMENT ON COLUMN fact_pull_request.issue_id IS 'Issue that it works on, of several the first; null when none is known.';
COMMENT ON COLUMN fact_pull_request.state IS 'open, closed or merged.';
COMMENT ON COLUMN fact_pull_request.author IS 'Who opened it; null when unknown.';
COMMENT ON COLUMN fact_pull_request.created_at IS 'When it was opened.';
COMMENT ON COLUMN fact_pull_request.ready_at IS 'When it was ready for review: when it was opened, of a former draft when it was marked as ready.';
COMMENT ON COLUMN fact_pull_request.first_review_at IS 'When anybody first reviewed it, a bot included; null without a review.';
COMMENT ON COLUMN fact_pull_request.first_human_review_at IS
'When somebody first reviewed it who is neither its author nor a bot; null without such a review.';
COMMENT ON COLUMN fact_pull_request.merged_at IS 'When it was merged; null while it is not.';
COMMENT ON COLUMN fact_pull_request.merged_time_key IS 'Business day of merged_at, yyyymmdd; null while it is not merged.';
COMMENT ON COLUMN fact_pull_request.closed_at IS 'When it was closed, by a merge or without; null while it is open.';
COMMENT ON COLUMN fact_pull_request.lines_added IS 'Lines added; null when not told.';
COMMENT ON COLUMN fact_pull_request.lines_deleted IS 'Lines deleted; null when not told.';
COMMENT ON COLUMN fact_pull_request.changed_files IS 'Files changed; null when not told.';
COMMENT ON COLUMN fact_pull_request.review_rounds IS
'How often it was handed back: reviews that ask for changes, and the one that ends it; 0 without a human review, null when not told.';
COMMENT ON COLUMN fact_pull_request.human_reviews IS 'Reviews by people other than its author; null when not told.';
COMMENT ON COLUMN fact_pull_request.bot_reviews IS 'Reviews by bots; null when not told.';
COMMENT ON COLUMN fact_pull_request.draft_hours IS 'Hours that it was a draft, from created_at to ready_at; 0 for one that never was.';
COMMENT ON COLUMN fact_pull_request.first_review_hours IS 'Hours from ready_at to the first human review; 0 for one that came before, null without.';
COMMENT ON COLUMN fact_pull_request.review_hours IS 'Hours from the first human review to the merge or the closing; null without either.';
COMMENT ON COLUMN fact_pull_request.merge_hours IS 'Hours from ready_at to the merge; null while it is not merged.';
COMMENT ON COLUMN fact_pull_request.first_review_business_hours IS 'first_review_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN fact_pull_request.review_business_hours IS 'review_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN fact_pull_request.merge_business_hours IS 'merge_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN fact_pull_request.is_merged_without_review IS
'Whether it was merged and nobody but its author and bots had reviewed it; null while it is not merged, or when reviews are not told.';
COMMENT ON COLUMN fact_pull_request.run_number IS 'Number of the run that wrote the row last.';

-- What no batch has changed and is to be judged again all the same: the catalogue has changed, or the tables are new.
CREATE TABLE ops.unjudged_month (month_key integer PRIMARY KEY);
COMMENT ON TABLE ops.unjudged_month IS 'Months whose commits the next load judges again: whether an agent made them. Empty but for that.';
COMMENT ON COLUMN ops.unjudged_month.month_key IS 'Month as yyyymm.';
INSERT INTO ops.unjudged_month (month_key)
SELECT DISTINCT fact.time_key / 100 FROM fact_code_change AS fact;

-- What the load compares, and what it finds empty where a pipeline does not read the table.
CREATE TABLE unread.stg_pull_requests (LIKE staging.pull_requests);
CREATE TABLE unread.change_pull_requests (id bigint, old_issue_id bigint, new_issue_id bigint);
