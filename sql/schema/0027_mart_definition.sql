-- What publish knows of a mart is rows of its own; what only one mart does stands with that mart, under sql/marts.
CREATE TABLE IF NOT EXISTS ops.mart_state (
    mart text PRIMARY KEY,
    open_from integer NOT NULL DEFAULT 0,
    last_day date,
    settings text,
    published_at timestamptz
);
COMMENT ON TABLE ops.mart_state IS 'How far each mart is finished; one row a mart, written by publish.';
COMMENT ON COLUMN ops.mart_state.mart IS 'Name of the materialized view.';
COMMENT ON COLUMN ops.mart_state.open_from IS
'First month (yyyymm) that is computed from the facts at each refresh; earlier ones lie in the closed table. 0: all are computed.';
COMMENT ON COLUMN ops.mart_state.last_day IS 'Last business day that was loaded when the mart was published; null: never published.';
COMMENT ON COLUMN ops.mart_state.settings IS
'The settings that the closed rows were computed with; when they change, all are restated. Null: the mart reads no setting.';
COMMENT ON COLUMN ops.mart_state.published_at IS 'When publish last looked at the mart.';

CREATE TABLE IF NOT EXISTS ops.mart_source (
    mart text NOT NULL,
    subject text NOT NULL,
    PRIMARY KEY (mart, subject)
);
COMMENT ON TABLE ops.mart_source IS 'Which fact tables a mart is computed from; a dirty month of one is dirty for the other.';
COMMENT ON COLUMN ops.mart_source.mart IS 'Name of the materialized view.';
COMMENT ON COLUMN ops.mart_source.subject IS 'Name of the fact table, as in ops.dirty_month.subject.';

CREATE TABLE ops.mart_definition (
    mart text PRIMARY KEY,
    grain text [] NOT NULL,
    keeps_events boolean NOT NULL,
    follows_days boolean NOT NULL
);
COMMENT ON TABLE ops.mart_definition IS 'How each mart is published; one row a mart, written when the mart is made.';
COMMENT ON COLUMN ops.mart_definition.mart IS 'Name of the materialized view.';
COMMENT ON COLUMN ops.mart_definition.grain IS 'The columns that name a row of it.';
COMMENT ON COLUMN ops.mart_definition.keeps_events IS
'Whether it keeps what its finished months were made of, and so can restate a month whose facts are archived.';
COMMENT ON COLUMN ops.mart_definition.follows_days IS
'Whether it has rows for days on which nothing happened, and so changes when one more day was loaded.';

-- Each mart has a trigger of its own on what it shows, named for it.
DROP TRIGGER IF EXISTS mart_marks_update ON dim_agent;
DROP TRIGGER IF EXISTS mart_marks_update ON dim_infrastructure;
DROP TRIGGER IF EXISTS mart_marks_update ON dim_issue;
DROP TRIGGER IF EXISTS mart_marks_insert ON dim_issue;
DROP FUNCTION IF EXISTS ops.mark_agent_change(), ops.mark_infrastructure_change(), ops.mark_incidents();

-- What publish asked of one mart by its name, it asks of any mart that has such a function.
DROP FUNCTION IF EXISTS ops.dora_reach(integer []), ops.keep_dora_events(integer []), ops.fill_dora_periods();

-- All marts were one script once; each has a row of its own.
DELETE FROM ops.schema_migration WHERE name = 'marts';
