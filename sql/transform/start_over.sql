-- An earlier attempt's results go, so that the stage can be run again.
DROP TABLE IF EXISTS {staged} CASCADE;
DROP VIEW IF EXISTS {judged};
DELETE FROM rejected
WHERE source_table = %(source_table)s;
