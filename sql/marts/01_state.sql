-- What the marts remember beside the views, and the settings they read.
-- Each mart is a materialized view over two parts: months before its open_from lie finished in a table <mart>_closed, later
-- ones are computed from the facts at each refresh. One function, <mart>_rows(first_month, last_month), computes both.
-- The files of this folder may be run again at any time: views and functions are replaced, tables keep their rows and are
-- marked for restatement by the next publish. Archived months cannot be restated and stay as they are.

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

INSERT INTO ops.mart_source (mart, subject)
VALUES
('mart_development_performance', 'fact_issue_processing'),
('mart_development_performance', 'fact_deployment'),
('mart_agent_performance', 'fact_agent_execution'),
('mart_infrastructure_cost', 'fact_deployment'),
('mart_dora', 'fact_deployment'),
('mart_dora', 'fact_code_change')
ON CONFLICT DO NOTHING;

INSERT INTO ops.mart_state (mart)
SELECT DISTINCT source.mart
FROM ops.mart_source AS source
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION ops.setting_value(setting_name text, fallback text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE((SELECT known.value FROM ops.setting AS known WHERE known.name = setting_name), fallback);
COMMENT ON FUNCTION ops.setting_value IS 'A setting as text, or the fallback where none was written yet.';

CREATE OR REPLACE FUNCTION ops.setting_words(setting_name text, fallback text) RETURNS text []
LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(ops.setting_value(setting_name, fallback), ',');
COMMENT ON FUNCTION ops.setting_words IS 'A setting that lists words.';

CREATE OR REPLACE FUNCTION ops.business_zone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ops.setting_value('business_timezone', 'Asia/Tokyo');
COMMENT ON FUNCTION ops.business_zone IS 'Time zone whose days are the business days.';

CREATE OR REPLACE FUNCTION ops.attribution_limit() RETURNS interval
LANGUAGE sql STABLE PARALLEL SAFE
RETURN make_interval(days => NULLIF(ops.setting_value('incident_attribution_days', '7'), '')::integer);
COMMENT ON FUNCTION ops.attribution_limit IS 'How long after a deployment an incident still counts against it; null: for ever.';

CREATE OR REPLACE FUNCTION ops.month_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(YEAR FROM day) * 100 + extract(MONTH FROM day))::integer;
COMMENT ON FUNCTION ops.month_of IS 'A day''s month as yyyymm.';

CREATE OR REPLACE FUNCTION ops.day_of(time_key integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN make_date(time_key / 10000, time_key / 100 % 100, time_key % 100);
COMMENT ON FUNCTION ops.day_of IS 'The day that a time_key (yyyymmdd) names.';

CREATE OR REPLACE FUNCTION ops.first_day_of(month_key integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN month_key IS NOT NULL THEN make_date(GREATEST(month_key, 190001) / 100, GREATEST(month_key, 190001) % 100, 1)
END;
COMMENT ON FUNCTION ops.first_day_of IS 'First day of a month yyyymm; 0 and all before 1900 are January 1900.';

CREATE OR REPLACE FUNCTION ops.last_day_of(month_key integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ops.first_day_of(month_key) + INTERVAL '1 month - 1 day')::date;
COMMENT ON FUNCTION ops.last_day_of IS 'Last day of a month yyyymm.';
