-- As text every digit of a numeric is kept. The order of the columns is that of the table.
COPY (SELECT * FROM {table} ORDER BY time_key) TO STDOUT (FORMAT csv, HEADER true) -- noqa: PRS
