COPY {table} FROM STDIN (FORMAT binary) -- noqa: PRS
