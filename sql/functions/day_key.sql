-- Days as whole numbers, yyyymmdd.

CREATE OR REPLACE FUNCTION ops.day_key(moment timestamptz, zone text) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE zone, 'YYYYMMDD')::integer;
COMMENT ON FUNCTION ops.day_key IS 'The day on which a moment falls in a time zone, as yyyymmdd.';

CREATE OR REPLACE FUNCTION ops.day_end(moment timestamptz, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ((moment AT TIME ZONE zone)::date + 1)::timestamp AT TIME ZONE zone;
COMMENT ON FUNCTION ops.day_end IS 'The first moment after the day on which a moment falls in a time zone.';

CREATE OR REPLACE FUNCTION ops.day_of(time_key integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN make_date(time_key / 10000, time_key / 100 % 100, time_key % 100);
COMMENT ON FUNCTION ops.day_of IS 'The day that a time_key (yyyymmdd) names.';
