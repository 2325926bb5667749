-- Rows leave one by one through one connection: a second process of the source could only hand them on.
SELECT set_config('max_parallel_workers_per_gather', '0', true);
