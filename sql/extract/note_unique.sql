INSERT INTO unique_by_source (source_table)
VALUES (%(source_table)s);
