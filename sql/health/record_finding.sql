INSERT INTO ops.health_finding (run_id, name, position, level, value, unit, sentence, remedy)
SELECT %(run_id)s, f.name, f.position, f.level, f.value, f.unit, f.sentence, f.remedy
FROM jsonb_to_recordset(%(findings)s) AS f (
    name text, position integer, level text, value numeric, unit text, sentence text, remedy text
)
ON CONFLICT (run_id, name) DO UPDATE
    SET
        position = excluded.position, level = excluded.level, value = excluded.value, unit = excluded.unit,
        sentence = excluded.sentence, remedy = excluded.remedy;
