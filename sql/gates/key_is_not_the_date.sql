SELECT batch.issue_id, batch.time_key, batch.process_date
FROM {batch} AS batch
WHERE batch.time_key IS DISTINCT FROM to_char(batch.process_date, 'YYYYMMDD')::integer;
