SELECT EXISTS (SELECT 1 FROM {table}) AS has_rows
