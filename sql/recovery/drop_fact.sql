-- Views and functions that read the fact go with it and are made again afterwards.
DROP TABLE IF EXISTS {fact} CASCADE;
