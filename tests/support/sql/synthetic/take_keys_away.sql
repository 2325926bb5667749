-- Foreign keys and secondary indexes are cheaper to check and build once than row by row.
SET LOCAL maintenance_work_mem = '512MB';

CREATE TEMPORARY TABLE put_back ON COMMIT DROP AS
SELECT
    1 AS step,
    pg_get_indexdef(held.indexrelid) AS command,
    format('DROP INDEX %%s', held.indexrelid::regclass) AS undo
FROM pg_index AS held
INNER JOIN pg_class AS owner ON held.indrelid = owner.oid
WHERE
    owner.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint AS made WHERE made.conindid = held.indexrelid)
UNION ALL
SELECT
    2 AS step,
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', held.conrelid::regclass, held.conname, pg_get_constraintdef(held.oid)),
    format('ALTER TABLE %%s DROP CONSTRAINT %%I', held.conrelid::regclass, held.conname)
FROM pg_constraint AS held
WHERE held.contype = 'f' AND held.connamespace = 'public'::regnamespace;

DO $$
DECLARE
    undo text;
BEGIN
    FOR undo IN SELECT held.undo FROM put_back AS held ORDER BY held.step DESC LOOP
        EXECUTE undo;
    END LOOP;
END;
$$;
