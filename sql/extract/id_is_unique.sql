-- True where the source itself makes sure that an id is there once.
SELECT EXISTS (
    SELECT 1
    FROM pg_index AS key
    WHERE
        key.indrelid = to_regclass(%(source_table)s)
        AND key.indisunique
        AND key.indisvalid
        AND key.indpred IS NULL
        AND key.indnkeyatts = 1
        AND key.indkey[0] = (
            SELECT attribute.attnum
            FROM pg_attribute AS attribute
            WHERE attribute.attrelid = key.indrelid AND attribute.attname = 'id'
        )
) AS is_unique;
