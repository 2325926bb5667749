COPY {table} FROM STDIN (FORMAT csv, HEADER true) -- noqa: PRS
