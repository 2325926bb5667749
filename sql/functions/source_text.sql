-- Text of a source that may have no UTF-8: a row in doubt travels as escaped bytes, and is decoded here.

-- Reads the rows of a source query, to be put in the place of the comment. Rows whose text is surely UTF-8 come as they are;
-- of the others, marked by undecodable, text comes as bytes.
CREATE OR REPLACE FUNCTION ops.checked_rows(columns text [], types oid [], encoding text) RETURNS text
LANGUAGE sql STABLE
AS $function$
SELECT format(
    'SELECT %s, CASE WHEN checked.is_doubtful THEN ''{}''::text [] END AS undecodable
    FROM (/* rows */) AS described
    CROSS JOIN LATERAL (
        SELECT concat_ws(chr(10), ''''%s) COLLATE "C" !~ %L AS is_doubtful OFFSET 0
    ) AS checked',
    string_agg(
        CASE
            WHEN listed.is_text THEN format(
                'CASE WHEN checked.is_doubtful
                THEN encode(convert_to(described.%1$I, current_setting(''server_encoding'')::name), ''escape'')
                ELSE described.%1$I END AS %1$I', listed.name
            )
            ELSE format('described.%I', listed.name)
        END, ', ' ORDER BY listed.place
    ),
    string_agg(format(', described.%I', listed.name), '' ORDER BY listed.place) FILTER (WHERE listed.is_text),
    -- A database that knows no encoding compares bytes, any other compares characters.
    CASE encoding
        WHEN 'SQL_ASCII' THEN
            '^(?:[\u0001-\u007F]|[\u00C2-\u00DF][\u0080-\u00BF]|\u00E0[\u00A0-\u00BF][\u0080-\u00BF]'
            '|\u00ED[\u0080-\u009F][\u0080-\u00BF]|[\u00E1-\u00EC\u00EE\u00EF][\u0080-\u00BF]{2}'
            '|\u00F0[\u0090-\u00BF][\u0080-\u00BF]{2}|[\u00F1-\u00F3][\u0080-\u00BF]{3}'
            '|\u00F4[\u0080-\u008F][\u0080-\u00BF]{2})*$'
        ELSE '^[\u0001-\u007F]*$'
    END
)
FROM (
    SELECT
        given.name,
        given.place,
        given.type = ANY(ARRAY['text', 'varchar', 'bpchar']::regtype []) AS is_text
    FROM unnest(columns, types) WITH ORDINALITY AS given (name, type, place)
) AS listed
$function$;
COMMENT ON FUNCTION ops.checked_rows IS 'A query around one of the source that brings text without UTF-8 as escaped bytes.';

CREATE OR REPLACE FUNCTION ops.decoded(escaped text, encoding text) RETURNS text
LANGUAGE plpgsql STABLE STRICT
AS $function$
BEGIN
    RETURN convert_from(decode(escaped, 'escape'), encoding);
EXCEPTION
    -- The last is an encoding that this server cannot convert.
    WHEN character_not_in_repertoire OR untranslatable_character OR undefined_function THEN
        RETURN NULL;
END
$function$;
COMMENT ON FUNCTION ops.decoded IS 'The text that escaped bytes are in an encoding; null when they are none.';

-- Where a piece of UTF-8 is whole it is shown as text; of another encoding nobody can tell where a character begins.
CREATE OR REPLACE FUNCTION ops.readable(escaped text, encoding text) RETURNS text
LANGUAGE sql STABLE STRICT
RETURN coalesce(ops.decoded(escaped, encoding), (
    SELECT
        string_agg(
            CASE
                WHEN piece.hex[1] ~ '^[0-7]' OR length(piece.hex[1]) > 2 THEN convert_from(decode(piece.hex[1], 'hex'), 'UTF8')
                ELSE '\x' || upper(piece.hex[1])
            END, '' ORDER BY piece.place
        )
    FROM regexp_matches(
        encode(decode(escaped, 'escape'), 'hex'),
        CASE encoding
            WHEN 'UTF8' THEN
                '(?:[0-7].)+|c[2-9a-f][89ab].|d.[89ab].|e0[ab].[89ab].|ed[89].[89ab].|e[1-9a-cef][89ab].[89ab].'
                || '|f0[9ab].(?:[89ab].){2}|f[1-3](?:[89ab].){3}|f48.(?:[89ab].){2}|..'
            ELSE '(?:[0-7].)+|..'
        END, 'g'
    ) WITH ORDINALITY AS piece (hex, place)
));
COMMENT ON FUNCTION ops.readable IS 'Escaped bytes as text, with \xA4 for a byte that is none.';

-- Text that came as bytes is decoded; rows of which some cannot be are made readable and noted with the columns' names.
CREATE OR REPLACE FUNCTION ops.decode_rows(raw regclass, source_table text, encoding text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    texts text[] := ARRAY(
        SELECT attname FROM pg_attribute
        WHERE attrelid = raw AND attnum > 0 AND atttypid = ANY(ARRAY['text', 'varchar', 'bpchar']::regtype [])
        ORDER BY attnum
    );
    stored text := CASE encoding WHEN 'SQL_ASCII' THEN 'UTF8' ELSE encoding END;
BEGIN
    IF texts <> '{}' THEN
        EXECUTE format(
            'UPDATE %s AS doubtful SET undecodable = array_remove(ARRAY[%s], NULL), %s WHERE doubtful.undecodable IS NOT NULL',
            raw,
            (SELECT string_agg(format(
                'CASE WHEN doubtful.%1$I IS NOT NULL AND ops.decoded(doubtful.%1$I, %2$L) IS NULL THEN %1$L END', name, stored
            ), ', ') FROM unnest(texts) AS listed (name)),
            (SELECT string_agg(format('%1$I = ops.readable(doubtful.%1$I, %2$L)', name, stored), ', ')
            FROM unnest(texts) AS listed (name))
        );
        EXECUTE format(
            'INSERT INTO undecodable (source_table, id, row_hash, reason)
            SELECT $1, doubtful.id, doubtful.row_hash, array_to_string(doubtful.undecodable, '', '') || $2
            FROM %s AS doubtful
            WHERE doubtful.undecodable <> ''{}'' AND doubtful.id IS NOT NULL', raw
        ) USING source_table, CASE encoding
            WHEN 'SQL_ASCII' THEN ': no UTF-8, and the source is in SQL_ASCII, which leaves open what it is'
            ELSE format(': a character of %s that UTF-8 does not have', encoding)
        END || '; write the text again in the source';
    END IF;
    EXECUTE format('ALTER TABLE %s DROP COLUMN undecodable', raw);
END
$function$;
COMMENT ON FUNCTION ops.decode_rows IS 'Decodes the rows of a batch that came as bytes and notes those that cannot be.';
