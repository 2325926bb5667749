-- A mart is a materialized view <mart> over two parts: months before its open_from lie finished in a table <mart>_closed,
-- later ones are computed from the facts at each refresh. One function, <mart>_rows(first_month, last_month), computes both.
-- What a mart does beyond that it says in functions of its own, which publish calls where they exist:
--   ops.<mart>_settings() RETURNS text                          the settings that its rows depend on
--   ops.<mart>_first_month() RETURNS integer                    month of the first event that is no fact
--   ops.<mart>_reach(changed integer []) RETURNS SETOF integer  finished months that changes in these months can touch
--   ops.<mart>_keep(months integer []) RETURNS void             keeps what these months are made of
--   ops.<mart>_complete() RETURNS void                          what follows when finished rows have changed
--   ops.<mart>_forget(from_month integer) RETURNS void          forgets what is kept of this month and later

CREATE OR REPLACE FUNCTION ops.register_mart(
    mart_name text,
    grain text [],
    subjects text [],
    keeps_events boolean DEFAULT FALSE,
    follows_days boolean DEFAULT FALSE
)
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO ops.mart_definition AS known (mart, grain, keeps_events, follows_days)
    VALUES (mart_name, register_mart.grain, register_mart.keeps_events, register_mart.follows_days)
    ON CONFLICT (mart) DO UPDATE SET
        grain = excluded.grain,
        keeps_events = excluded.keeps_events,
        follows_days = excluded.follows_days;

    DELETE FROM ops.mart_source AS known WHERE known.mart = mart_name AND known.subject <> ALL(subjects);
    INSERT INTO ops.mart_source (mart, subject)
    SELECT mart_name, listed.subject FROM unnest(subjects) AS listed (subject)
    ON CONFLICT DO NOTHING;

    INSERT INTO ops.mart_state (mart) VALUES (mart_name) ON CONFLICT DO NOTHING;
$$;
COMMENT ON FUNCTION ops.register_mart IS
'Tells publish of a mart: the columns that name a row of it, the fact tables it is computed from, how it is published.';

CREATE OR REPLACE FUNCTION ops.mart_function(mart_name text, purpose text, arguments text DEFAULT '') RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT format('ops.%I', mart_name || '_' || purpose)
    WHERE to_regprocedure(format('ops.%I(%s)', mart_name || '_' || purpose, arguments)) IS NOT NULL
);
COMMENT ON FUNCTION ops.mart_function IS 'A mart''s own function for a purpose; null when it has none.';
