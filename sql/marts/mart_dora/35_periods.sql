-- Which periods there are, those without an event included.

CREATE OR REPLACE FUNCTION dora_periods(first_day date, last_day date)
RETURNS TABLE (period_kind text, period_start date, period_end date)
LANGUAGE sql IMMUTABLE
AS $$
SELECT
    kind.name,
    step.starts::date,
    (step.starts + kind.length - INTERVAL '1 day')::date
FROM (VALUES ('day', INTERVAL '1 day'), ('week', INTERVAL '7 days'), ('month', INTERVAL '1 month')) AS kind (name, length)
CROSS JOIN generate_series(date_trunc(kind.name, first_day::timestamp), last_day::timestamp, kind.length) AS step (starts)
$$;
COMMENT ON FUNCTION dora_periods IS
'Days, ISO weeks and months from the one that the first day lies in to the one that the last day lies in.';

-- What is known of finished months beside their rows, so that a refresh need not look through all of these for what is missing.
CREATE TABLE IF NOT EXISTS dora_repository (
    repository text PRIMARY KEY,
    first_day date NOT NULL,
    last_day date NOT NULL
);
COMMENT ON TABLE dora_repository IS 'Repositories that have events in finished months of mart_dora, and (all) for all together.';
COMMENT ON COLUMN dora_repository.repository IS 'Repository; (unknown) where the source names none; (all) for all together.';
COMMENT ON COLUMN dora_repository.first_day IS 'Business day of its first event.';
COMMENT ON COLUMN dora_repository.last_day IS 'Business day of its last event in finished months.';

CREATE TABLE IF NOT EXISTS dora_vacant_closed (
    repository text NOT NULL,
    period_kind text NOT NULL,
    period_start date NOT NULL,
    month_key integer NOT NULL,
    PRIMARY KEY (repository, period_kind, period_start)
);
COMMENT ON TABLE dora_vacant_closed IS 'Periods of finished months of mart_dora without an event, since the repository''s first one.';
COMMENT ON COLUMN dora_vacant_closed.repository IS 'Repository; (unknown) where the source names none; (all) for all together.';
COMMENT ON COLUMN dora_vacant_closed.period_kind IS 'day, week or month.';
COMMENT ON COLUMN dora_vacant_closed.period_start IS 'First day of the period.';
COMMENT ON COLUMN dora_vacant_closed.month_key IS 'Month (yyyymm) in which the period ends.';

CREATE OR REPLACE FUNCTION ops.mart_dora_complete() RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    open_day date := (SELECT ops.first_day_of(state.open_from) FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
BEGIN
    DELETE FROM dora_repository AS known
    WHERE NOT EXISTS (
        SELECT 1 FROM mart_dora_closed AS closed WHERE closed.repository = known.repository AND closed.period_kind = 'day'
    );
    INSERT INTO dora_repository AS known (repository, first_day, last_day)
    SELECT
        closed.repository,
        min(closed.period_start),
        max(closed.period_start)
    FROM mart_dora_closed AS closed
    WHERE closed.period_kind = 'day'
    GROUP BY closed.repository
    ON CONFLICT (repository) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day
    WHERE (known.first_day, known.last_day) IS DISTINCT FROM (excluded.first_day, excluded.last_day);

    WITH vacant AS MATERIALIZED (
        SELECT
            known.repository,
            period.period_kind,
            period.period_start,
            ops.month_of(period.period_end) AS month_key
        FROM dora_repository AS known
        CROSS JOIN LATERAL dora_periods(known.first_day, open_day - 1) AS period
        WHERE period.period_end < open_day
        EXCEPT
        SELECT
            closed.repository,
            closed.period_kind,
            closed.period_start,
            closed.month_key
        FROM mart_dora_closed AS closed
    ),

    gone AS (
        DELETE FROM dora_vacant_closed AS kept
        WHERE NOT EXISTS (
            SELECT 1
            FROM vacant
            WHERE
                vacant.repository = kept.repository
                AND vacant.period_kind = kept.period_kind
                AND vacant.period_start = kept.period_start
        )
    )

    INSERT INTO dora_vacant_closed (repository, period_kind, period_start, month_key)
    SELECT
        vacant.repository,
        vacant.period_kind,
        vacant.period_start,
        vacant.month_key
    FROM vacant
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_complete IS 'Brings dora_repository and dora_vacant_closed up to the finished rows of mart_dora.';

SELECT ops.mart_dora_complete();
