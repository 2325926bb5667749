-- A small sample is picture enough of a batch.
SELECT set_config('default_statistics_target', '5', true);
