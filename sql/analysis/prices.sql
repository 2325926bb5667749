-- List prices in force on a day.
SELECT
    llm_provider || '/' || llm_model AS name,
    input_usd_per_million_tokens AS input_usd,
    output_usd_per_million_tokens AS output_usd,
    valid_from,
    source_note
FROM model_price
WHERE valid_from <= %(last_day)s AND (valid_to IS NULL OR valid_to > %(last_day)s)
ORDER BY llm_provider, llm_model;
