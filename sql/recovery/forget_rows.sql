-- A row whose hash is not that of the source counts as changed when it is read again, and its issue's facts are restated.
UPDATE {table}
SET row_hash = 0
WHERE id IN (SELECT ops.ids_in_window(%(relation)s::regclass, %(window_start)s, %(window_end)s));
