-- Two prices of one model that hold on the same day.
SELECT
    earlier.llm_provider,
    earlier.llm_model,
    later.valid_from
FROM incoming_model_prices AS earlier
INNER JOIN incoming_model_prices AS later
    ON
        earlier.llm_provider = later.llm_provider
        AND earlier.llm_model = later.llm_model
        AND earlier.valid_from < later.valid_from
        AND coalesce(earlier.valid_to, 'infinity') > later.valid_from
ORDER BY earlier.llm_provider, earlier.llm_model, later.valid_from
LIMIT 1
