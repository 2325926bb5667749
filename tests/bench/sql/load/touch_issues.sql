UPDATE issues SET title = title || ' (again)', updated_at = timestamp '2026-06-01 03:00:00' + %(turn)s * interval '1 day' WHERE id %% 100 = %(turn)s;
