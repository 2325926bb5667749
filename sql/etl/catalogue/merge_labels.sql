WITH changed AS (
    UPDATE dim_label AS held
    SET
        label_category = wanted.label_category,
        label_priority = wanted.label_priority,
        color = wanted.color,
        icon = wanted.icon,
        description = wanted.description,
        usage_guidelines = wanted.usage_guidelines,
        is_active = wanted.is_active,
        is_inferred = false,
        updated_at = now()
    FROM incoming_labels AS wanted
    WHERE
        held.label_name = wanted.label_name
        AND (
            held.label_category, held.label_priority, held.color, held.icon, held.description,
            held.usage_guidelines, held.is_active, held.is_inferred
        ) IS DISTINCT FROM (
            wanted.label_category, wanted.label_priority, wanted.color, wanted.icon, wanted.description,
            wanted.usage_guidelines, wanted.is_active, false
        )
    RETURNING held.label_name
),

added AS (
    INSERT INTO dim_label (
        label_name, label_category, label_priority, color, icon, description, usage_guidelines, is_active
    )
    SELECT wanted.*
    FROM incoming_labels AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM dim_label AS held WHERE held.label_name = wanted.label_name)
    ORDER BY wanted.label_priority, wanted.label_name
    RETURNING label_name
)

SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM incoming_labels)
    - (SELECT count(*) FROM added)
    - (SELECT count(*) FROM changed) AS unchanged,
    0 AS deleted
