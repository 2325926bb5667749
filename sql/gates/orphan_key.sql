SELECT DISTINCT batch.{column} AS orphan_key
FROM {batch} AS batch
WHERE NOT EXISTS (SELECT 1 FROM {dimension} AS member WHERE member.{column} = batch.{column});
