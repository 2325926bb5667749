-- A corrected score; nothing in the row tells that it changed.
UPDATE review_results
SET review_score = round(pg_temp.chance(%(seed)s, 152, id)::numeric, 2)
WHERE created_at < %(as_of)s::timestamp AND pg_temp.chance(%(seed)s, 151, id) < %(share)s
