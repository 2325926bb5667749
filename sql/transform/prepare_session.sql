-- A tenth of the usual sample is picture enough of a batch.
SELECT set_config('default_statistics_target', '20', true);
