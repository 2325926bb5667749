-- Labels that issues bear and the catalogue does not know.
WITH inferred AS (
    INSERT INTO dim_label (label_name, label_category, is_inferred)
    SELECT DISTINCT
        staged.label_name,
        'Custom',
        true
    FROM staging.label_history AS staged
    INNER JOIN change_label_history AS changed ON staged.id = changed.id
    WHERE
        staged.label_name IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM dim_label AS known WHERE known.label_name = staged.label_name)
    RETURNING label_key
)

SELECT
    count(*) AS inserted,
    0 AS updated,
    0 AS unchanged,
    0 AS deleted
FROM inferred;
