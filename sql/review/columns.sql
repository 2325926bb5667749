SELECT attribute.attname AS name
FROM pg_attribute AS attribute
WHERE attribute.attrelid = to_regclass(%(table_name)s) AND attribute.attnum > 0 AND NOT attribute.attisdropped;
