-- Written only when it differs, so that runs do not queue behind each other for a row that nobody changes.
INSERT INTO ops.setting (name, value)
SELECT given.name, given.value
FROM jsonb_each_text(%(settings)s) AS given (name, value)
WHERE NOT EXISTS (
    SELECT 1
    FROM ops.setting AS known
    WHERE known.name = given.name AND known.value = given.value
)
ORDER BY given.name
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = clock_timestamp()
WHERE setting.value IS DISTINCT FROM excluded.value
