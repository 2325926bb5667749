-- An earlier attempt's results go, so that the stage can be run again.
DROP VIEW IF EXISTS {judged} CASCADE;
DROP TABLE IF EXISTS {staged} CASCADE;
DELETE FROM rejected
WHERE source_table = %(source_table)s;
