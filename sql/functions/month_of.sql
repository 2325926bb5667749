-- Months as whole numbers, yyyymm.

CREATE OR REPLACE FUNCTION ops.month_of(day date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(YEAR FROM day) * 100 + extract(MONTH FROM day))::integer;
COMMENT ON FUNCTION ops.month_of IS 'A day''s month as yyyymm.';

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

CREATE OR REPLACE FUNCTION ops.month_after(month_key integer) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN month_key % 100 = 12 THEN month_key + 89 ELSE month_key + 1 END;
COMMENT ON FUNCTION ops.month_after IS 'The month that follows, both as yyyymm.';

CREATE OR REPLACE FUNCTION ops.months_between(first_month integer, last_month integer) RETURNS SETOF integer
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT to_char(series.month, 'YYYYMM')::integer
    FROM generate_series(
        to_date(first_month::text, 'YYYYMM')::timestamp, to_date(last_month::text, 'YYYYMM')::timestamp, interval '1 month'
    ) AS series (month);
END;
COMMENT ON FUNCTION ops.months_between IS 'The months (yyyymm) from first to last.';

CREATE OR REPLACE FUNCTION ops.month_start(month_key integer, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_date(month_key::text, 'YYYYMM')::timestamp AT TIME ZONE zone;
COMMENT ON FUNCTION ops.month_start IS 'The first moment of a month (yyyymm) in a time zone.';
