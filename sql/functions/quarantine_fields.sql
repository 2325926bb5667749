-- What is wrong with a field, in words, and how fields of a batch are emptied and filled again.

CREATE OR REPLACE FUNCTION ops.sound_moment(moment timestamp, latest timestamptz, zone text) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN moment >= '1970-01-01' AND moment < latest AT TIME ZONE zone THEN moment END;
COMMENT ON FUNCTION ops.sound_moment IS 'A moment of the source''s clock, null where it lies outside of 1970 to `latest`.';

-- The faults of a moment on the source's clock: before 1970, or after `latest`, which is a day after the reading.
CREATE OR REPLACE FUNCTION ops.moment_fault(field text, moment timestamp, latest timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN moment < '1970-01-01' THEN format('%s is %s, before 1970', field, moment)
    WHEN moment >= latest AT TIME ZONE zone THEN format('%s is %s, in the future', field, moment)
END;
COMMENT ON FUNCTION ops.moment_fault IS 'What is wrong with a moment of the source; null when nothing is.';

-- True in the hour after a clock was put back or forward: what it shows then happened twice, or never.
CREATE OR REPLACE FUNCTION ops.clock_is_unsure(moment timestamptz, zone text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN moment AT TIME ZONE zone - (moment - interval '1 hour') AT TIME ZONE zone <> interval '1 hour';
COMMENT ON FUNCTION ops.clock_is_unsure IS 'True where a zone''s clock was put back or forward within the hour before a moment.';

-- An execution's start. Where the clock was changed in between, an end before its start is no fault: the duration decides.
CREATE OR REPLACE FUNCTION ops.started_at(
    started_at timestamptz, completed_at timestamptz, duration_ms bigint, zone text
) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN
        zone <> 'UTC' AND started_at > completed_at
        AND (ops.clock_is_unsure(started_at, zone) OR ops.clock_is_unsure(completed_at, zone))
        THEN CASE WHEN duration_ms BETWEEN 0 AND 315360000000 THEN completed_at - duration_ms * interval '1 ms' END
    ELSE started_at
END;
COMMENT ON FUNCTION ops.started_at IS 'Start of an execution, by its duration where a change of the clock puts its end before it.';

-- Two moments that are out of order, in words: how much the first lies before the second.
CREATE OR REPLACE FUNCTION ops.order_fault(
    field text, moment timestamptz, other text, other_moment timestamptz, zone text
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(
    '%s is %s, %s before %s', field, moment AT TIME ZONE zone,
    CASE
        WHEN other_moment - moment < interval '1 second'
            THEN format('%s ms', round(extract(EPOCH FROM other_moment - moment) * 1000, 3))
        WHEN other_moment - moment = interval '1 second' THEN 'one second'
        WHEN other_moment - moment < interval '2 minutes'
            THEN format('%s seconds', trim_scale(extract(EPOCH FROM other_moment - moment)))
        WHEN other_moment - moment < interval '2 hours'
            THEN format('%s minutes', floor(extract(EPOCH FROM other_moment - moment) / 60))
        WHEN other_moment - moment < interval '2 days'
            THEN format('%s hours', floor(extract(EPOCH FROM other_moment - moment) / 3600))
        ELSE format('%s days', floor(extract(EPOCH FROM other_moment - moment) / 86400))
    END, other
);
COMMENT ON FUNCTION ops.order_fault IS 'By how much a moment lies before another that it should follow, in words.';

-- The moments of a batch that no calendar holds and that do not decide where their row belongs.
CREATE OR REPLACE FUNCTION ops.reject_moments(
    judged regclass, source_table text, fields text [], latest timestamptz, zone text
) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format(
        'INSERT INTO rejected_field (source_table, source_key, field, content, reason, check_id, row_hash, event_at)
        SELECT $1, judged.id::text, moment.field, jsonb_build_object(''id'', judged.id, moment.field, moment.at::text),
            ops.moment_fault(moment.field, moment.at, $2, $3), $1 || ''.moment-out-of-range'',
            judged.row_hash, ops.sound_moment(judged.event_at, $2, $3) AT TIME ZONE $3
        FROM %s AS judged
        CROSS JOIN LATERAL (VALUES %s) AS moment (field, at)
        WHERE (least(%s) < ''1970-01-01'' OR greatest(%s) >= $2 AT TIME ZONE $3)
            AND (moment.at < ''1970-01-01'' OR moment.at >= $2 AT TIME ZONE $3) AND judged.problem IS NULL',
        judged,
        (SELECT string_agg(format('(%L, judged.%I)', name, name), ', ') FROM unnest(fields) AS listed (name)),
        (SELECT string_agg(format('judged.%I', name), ', ') FROM unnest(fields) AS listed (name)),
        (SELECT string_agg(format('judged.%I', name), ', ') FROM unnest(fields) AS listed (name))
    ) USING source_table, latest, zone;
END
$function$;
COMMENT ON FUNCTION ops.reject_moments IS 'Notes the moments of a batch that lie outside of 1970 to `latest` in rows that are loaded without them.';

-- Fields named in `offending` are noted in rejected_field and emptied in the batch, those in `kept` noted only.
CREATE OR REPLACE FUNCTION ops.reject_fields(batch regclass, source_table text) RETURNS bigint
LANGUAGE plpgsql
AS $function$
DECLARE
    emptied text[] := ARRAY(SELECT DISTINCT field FROM offending WHERE field IS NOT NULL AND NOT is_kept);
    noted bigint;
BEGIN
    EXECUTE format(
        'INSERT INTO rejected_field (source_table, source_key, field, content, reason, check_id, row_hash, event_at)
        SELECT $1, bad.id::text, fault.field,
            jsonb_build_object(''id'', bad.id, fault.field, to_jsonb(bad) ->> fault.field),
            fault.reason, fault.check_id, bad.row_hash, bad.event_at
        FROM %s AS bad
        INNER JOIN (
            SELECT row_place, field, string_agg(check_id, '', '' ORDER BY position) AS check_id,
                string_agg(reason, ''; '' ORDER BY position) AS reason
            FROM offending WHERE field IS NOT NULL GROUP BY row_place, field
        ) AS fault ON bad.ctid = fault.row_place', batch
    ) USING source_table;
    GET DIAGNOSTICS noted = ROW_COUNT;
    IF emptied <> '{}' THEN
        EXECUTE format(
            'UPDATE %s AS bad SET %s
            FROM (
                SELECT row_place, array_agg(field) AS fields
                FROM offending WHERE field IS NOT NULL AND NOT is_kept GROUP BY row_place
            ) AS fault
            WHERE bad.ctid = fault.row_place',
            batch,
            (SELECT string_agg(format('%1$I = CASE WHEN %1$L <> ALL(fault.fields) THEN bad.%1$I END', name), ', ')
            FROM unnest(emptied) AS listed (name))
        );
    END IF;
    RETURN noted;
END
$function$;
COMMENT ON FUNCTION ops.reject_fields IS 'Notes the bad fields of a batch and empties them; how many.';

-- What an earlier attempt of the gate has emptied is as it was.
CREATE OR REPLACE FUNCTION ops.restore_fields(batch regclass, source_table text, check_ids text []) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    restored text;
BEGIN
    FOR restored IN
        SELECT DISTINCT aside.field FROM rejected_field AS aside
        WHERE aside.source_table = restore_fields.source_table AND string_to_array(aside.check_id, ', ') && check_ids
    LOOP
        EXECUTE format(
            'UPDATE %1$s AS emptied SET %2$I = (jsonb_populate_record(NULL::%1$s, aside.content)).%2$I
            FROM rejected_field AS aside
            WHERE aside.source_table = $1 AND aside.field = %2$L AND aside.source_key = emptied.id::text
                AND string_to_array(aside.check_id, '', '') && $2',
            batch, restored
        ) USING source_table, check_ids;
    END LOOP;
    DELETE FROM rejected_field AS aside
    WHERE aside.source_table = restore_fields.source_table AND string_to_array(aside.check_id, ', ') && check_ids;
END
$function$;
COMMENT ON FUNCTION ops.restore_fields IS 'Fills the fields again that named checks had emptied.';
