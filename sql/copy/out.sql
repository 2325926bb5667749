-- Both ends have the same types, and binary spares writing and reading every number as text.
COPY (
    {select}
) TO STDOUT (FORMAT binary) -- noqa: PRS
