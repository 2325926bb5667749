-- needs: describe_models
-- The price list as executions meet it.

-- A seller without a price of its own for a model takes the maker's; what the list has no cache price for costs as input.
CREATE OR REPLACE FUNCTION ops.prices_of_models(providers text [], models text [], zone text)
RETURNS TABLE (
    llm_provider text, llm_model text, from_at timestamptz, until_at timestamptz, input_usd numeric, output_usd numeric,
    cache_read_usd numeric, cache_write_usd numeric, cache_write_1h_usd numeric
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        sold.llm_provider,
        sold.llm_model,
        listed.valid_from::timestamp AT TIME ZONE zone,
        coalesce(listed.valid_to::timestamp AT TIME ZONE zone, 'infinity'),
        -- Of one token: a product is exact where a quotient might be rounded.
        listed.input_usd_per_million_tokens * 0.000001,
        listed.output_usd_per_million_tokens * 0.000001,
        coalesce(listed.cache_read_usd_per_million_tokens, listed.input_usd_per_million_tokens) * 0.000001,
        coalesce(listed.cache_write_usd_per_million_tokens, listed.input_usd_per_million_tokens) * 0.000001,
        coalesce(
            listed.cache_write_1h_usd_per_million_tokens,
            listed.cache_write_usd_per_million_tokens,
            listed.input_usd_per_million_tokens
        ) * 0.000001
    FROM (
        SELECT DISTINCT asked.llm_provider, asked.llm_model
        FROM unnest(providers, models) AS asked (llm_provider, llm_model)
        WHERE asked.llm_model IS NOT NULL AND asked.llm_provider IS NOT NULL
    ) AS sold
    LEFT JOIN describe_models(ARRAY(SELECT DISTINCT named.model FROM unnest(models) AS named (model) WHERE named.model IS NOT NULL))
        AS made ON sold.llm_model = made.spelling
    INNER JOIN model_price AS listed
        ON
            listed.llm_model = sold.llm_model
            AND listed.llm_provider = CASE
                WHEN EXISTS (
                    SELECT 1 FROM model_price AS own
                    WHERE own.llm_provider = sold.llm_provider AND own.llm_model = sold.llm_model
                ) THEN sold.llm_provider
                ELSE made.llm_provider
            END;
END;
COMMENT ON FUNCTION ops.prices_of_models IS
'Prices of one token of the models asked for, each with the moments between which it holds; none for a model without a price.';

CREATE OR REPLACE FUNCTION ops.dearest_price() RETURNS TABLE (input_usd numeric, output_usd numeric)
LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
    SELECT
        max(listed.input_usd_per_million_tokens) * 0.000001,
        max(listed.output_usd_per_million_tokens) * 0.000001
    FROM public.model_price AS listed
$function$;
COMMENT ON FUNCTION ops.dearest_price IS 'What the dearest model of the price list takes for one token, in US dollars.';
