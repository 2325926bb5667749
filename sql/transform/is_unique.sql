SELECT EXISTS (
    SELECT 1
    FROM unique_by_source AS kept
    WHERE kept.source_table = %(source_table)s
) AS is_unique;
