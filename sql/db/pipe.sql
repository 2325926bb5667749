-- name: copy_in
-- Into a table of this transaction's own, which nobody else has seen: so its rows are written as visible to all, and who reads
-- them first need not mark and write them again.
COPY {table} FROM STDIN (FORMAT binary, FREEZE); -- noqa: PRS

-- name: copy_out
-- Both ends have the same types, and binary spares writing and reading every number as text.
COPY (
    /* query */
) TO STDOUT (FORMAT binary); -- noqa: PRS
