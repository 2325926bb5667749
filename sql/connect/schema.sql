-- Where origins land, in a source database of our own: one table a kind of record, by the origin's own keys. Repeatable.
-- `connection` is the connection's name, `digest` a hash of the other columns, `changed_by` the number of the sync that wrote
-- the row last, `gone_at` when a full listing no longer had it.
CREATE SCHEMA IF NOT EXISTS landing;

CREATE TABLE IF NOT EXISTS landing.sync (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- Null while what landed has not been made into the source's tables.
    conformed_at timestamptz
);

CREATE TABLE IF NOT EXISTS landing.cursor (
    connection text PRIMARY KEY,
    kind text NOT NULL,
    origin text NOT NULL,
    cursor jsonb NOT NULL,
    synced_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS landing.quarantine (
    connection text NOT NULL,
    what text NOT NULL,
    found_at text NOT NULL,
    reason text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, what, found_at)
);

CREATE TABLE IF NOT EXISTS landing.issue (
    connection text NOT NULL,
    repository text NOT NULL,
    key text NOT NULL,
    number bigint,
    title text,
    state text,
    issue_type text,
    priority text,
    author text,
    created_at timestamptz,
    updated_at timestamptz,
    closed_at timestamptz,
    deleted_at timestamptz,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, key)
);

CREATE TABLE IF NOT EXISTS landing.label (
    connection text NOT NULL,
    repository text NOT NULL,
    issue_key text NOT NULL,
    name text NOT NULL,
    applied_at timestamptz NOT NULL,
    removed_at timestamptz,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, issue_key, name, applied_at)
);

CREATE TABLE IF NOT EXISTS landing.commit (
    connection text NOT NULL,
    repository text NOT NULL,
    sha text NOT NULL,
    author text,
    committed_at timestamptz,
    is_merge boolean,
    lines_added bigint,
    lines_deleted bigint,
    pr_number bigint,
    branch text,
    reverts text,
    trailers text [],
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, sha)
);

CREATE TABLE IF NOT EXISTS landing.commit_lines (
    connection text NOT NULL,
    repository text NOT NULL,
    sha text NOT NULL,
    lines_added bigint NOT NULL,
    lines_churned bigint NOT NULL,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, sha)
);

CREATE TABLE IF NOT EXISTS landing.commit_issue (
    connection text NOT NULL,
    repository text NOT NULL,
    sha text NOT NULL,
    issue_key text NOT NULL,
    link text NOT NULL,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, sha, issue_key)
);

CREATE TABLE IF NOT EXISTS landing.pull_request (
    connection text NOT NULL,
    repository text NOT NULL,
    number bigint NOT NULL,
    state text,
    author text,
    head_branch text,
    base_branch text,
    merge_commit_sha text,
    created_at timestamptz,
    updated_at timestamptz,
    merged_at timestamptz,
    closed_at timestamptz,
    lines_added bigint,
    lines_deleted bigint,
    changed_files bigint,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, number)
);

ALTER TABLE landing.pull_request
ADD COLUMN IF NOT EXISTS labels text [],
ADD COLUMN IF NOT EXISTS ready_at timestamptz;

CREATE TABLE IF NOT EXISTS landing.pull_request_issue (
    connection text NOT NULL,
    repository text NOT NULL,
    number bigint NOT NULL,
    issue_key text NOT NULL,
    link text NOT NULL,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, number, issue_key)
);

CREATE TABLE IF NOT EXISTS landing.pull_request_commit (
    connection text NOT NULL,
    repository text NOT NULL,
    number bigint NOT NULL,
    sha text NOT NULL,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, number, sha)
);

CREATE TABLE IF NOT EXISTS landing.review (
    connection text NOT NULL,
    repository text NOT NULL,
    number bigint NOT NULL,
    external_id text NOT NULL,
    author text,
    state text,
    submitted_at timestamptz,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, number, external_id)
);

ALTER TABLE landing.review ADD COLUMN IF NOT EXISTS is_bot boolean;

CREATE TABLE IF NOT EXISTS landing.deployment (
    connection text NOT NULL,
    repository text NOT NULL,
    environment text NOT NULL,
    release_id text NOT NULL,
    status text NOT NULL,
    created_at timestamptz,
    deployed_at timestamptz,
    updated_at timestamptz,
    duration_seconds bigint,
    commit_sha text,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, environment, release_id)
);

CREATE TABLE IF NOT EXISTS landing.deployment_commit (
    connection text NOT NULL,
    repository text NOT NULL,
    environment text NOT NULL,
    release_id text NOT NULL,
    sha text NOT NULL,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, repository, environment, release_id, sha)
);

CREATE TABLE IF NOT EXISTS landing.answer (
    connection text NOT NULL,
    answer_id text NOT NULL,
    execution_id text NOT NULL,
    session_id text NOT NULL,
    session_at timestamptz NOT NULL,
    prompt_at timestamptz NOT NULL,
    answered_at timestamptz NOT NULL,
    agent_id text NOT NULL,
    model text NOT NULL,
    provider text,
    tokens_input bigint NOT NULL,
    tokens_output bigint NOT NULL,
    tokens_cache_read bigint NOT NULL,
    tokens_cache_write bigint NOT NULL,
    tokens_cache_write_1h bigint NOT NULL,
    tokens_reasoning bigint NOT NULL,
    cost_usd numeric,
    success boolean,
    folder text,
    repository text,
    branch text,
    branch_key text,
    issue_key text,
    digest bigint NOT NULL,
    changed_by bigint NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (connection, answer_id, session_id)
);
CREATE INDEX IF NOT EXISTS answer_execution ON landing.answer (connection, execution_id);
CREATE INDEX IF NOT EXISTS answer_changed_by ON landing.answer (changed_by);

-- A temporary table for the records of one kind that come in, in the order of `columns`, with their position at the end.
CREATE OR REPLACE FUNCTION landing.receive(landing text, columns text [])
RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.%I', 'in_' || landing);
    EXECUTE format(
        'CREATE TEMPORARY TABLE %I ON COMMIT DROP AS SELECT %s, 0::bigint AS position FROM landing.%I WITH NO DATA',
        'in_' || landing,
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS listed (name, place)),
        landing
    );
END
$function$;

-- Makes the landing table hold what came in: of records with one key the last, and only where something differs. In a
-- repository of `listed` everything that did not come is gone. One sync writes at a time, so that a key that is not there
-- can be inserted without ON CONFLICT, which costs half as much again.
CREATE OR REPLACE FUNCTION landing.merge(landing text, keys text [], connection_name text, sync_number bigint, listed text [])
RETURNS TABLE (read bigint, inserted bigint, updated bigint, unchanged bigint, deleted bigint)
LANGUAGE plpgsql
AS $function$
DECLARE
    incoming text := format('pg_temp.%I', 'in_' || landing);
    columns text[] := ARRAY(
        SELECT attname FROM pg_attribute
        WHERE attrelid = incoming::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'position'
        ORDER BY attnum
    );
    names text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(columns) AS column_name (name));
    key text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(keys) AS column_name (name));
    same_key text := (SELECT string_agg(format('came.%1$I = known.%1$I', name), ' AND ') FROM unnest(keys) AS column_name (name));
    assigned text := (SELECT string_agg(format('%1$I = came.%1$I', name), ', ') FROM unnest(columns) AS column_name (name));
    total bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', incoming) INTO read;
    EXECUTE format('ANALYZE %s (%s)', incoming, key);
    EXECUTE format(
        'WITH came AS MATERIALIZED (
            SELECT DISTINCT ON (%1$s) %2$s, hash_record_extended(ROW(%2$s), 0) AS digest FROM %3$s ORDER BY %1$s, position DESC
        ),
        fresh AS (
            INSERT INTO landing.%4$I (connection, %2$s, digest, changed_by)
            SELECT %5$L, %2$s, digest, %6$s
            FROM came
            WHERE NOT EXISTS (SELECT FROM landing.%4$I AS known WHERE known.connection = %5$L AND %7$s)
            RETURNING 1
        ),
        changed AS (
            UPDATE landing.%4$I AS known SET %8$s, digest = came.digest, changed_by = %6$s, gone_at = NULL
            FROM came
            WHERE known.connection = %5$L AND %7$s AND (known.digest <> came.digest OR known.gone_at IS NOT NULL)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM came), (SELECT count(*) FROM fresh), (SELECT count(*) FROM changed)',
        key, names, incoming, landing, connection_name, sync_number, same_key, assigned
    ) INTO total, inserted, updated;
    unchanged := total - inserted - updated;
    deleted := 0;
    IF cardinality(listed) > 0 THEN
        EXECUTE format(
            'UPDATE landing.%I AS known SET gone_at = now(), changed_by = %s
            WHERE known.connection = %L AND known.repository = ANY(%L) AND known.gone_at IS NULL
                AND NOT EXISTS (SELECT FROM %s AS came WHERE %s)',
            landing, sync_number, connection_name, listed, incoming, same_key
        );
        GET DIAGNOSTICS deleted = ROW_COUNT;
    END IF;
    RETURN NEXT;
END
$function$;

CREATE OR REPLACE FUNCTION landing.note_version(version text)
RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA landing IS %L', version);
END
$function$;
