UPDATE issues SET title = title || ' (again)', updated_at = '2026-06-01 03:00:00' WHERE id %% 100 = 0;
