-- The price list begins with that of the package genai-prices; rows of our own win over it.
ALTER TABLE model_price
ADD COLUMN cache_write_1h_usd_per_million_tokens numeric,
ADD COLUMN price_source text NOT NULL DEFAULT 'own' CONSTRAINT price_source_is_known CHECK (price_source IN ('own', 'genai-prices'));
COMMENT ON TABLE model_price IS
'List prices of language models by validity, US dollars: those of the package genai-prices, and over them catalogue model_prices.csv.';
COMMENT ON COLUMN model_price.cache_write_usd_per_million_tokens IS
'US dollars for a million tokens written to the cache for five minutes; null when there is no such price.';
COMMENT ON COLUMN model_price.cache_write_1h_usd_per_million_tokens IS
'US dollars for a million tokens written to the cache for an hour; null when there is no such price.';
COMMENT ON COLUMN model_price.price_source IS 'own: from model_prices.csv; genai-prices: from the package.';
COMMENT ON TABLE model_alias IS
'Rules that read provider and model from a spelling, applied one after the other. Source: catalogue model_aliases.csv.';
COMMENT ON COLUMN model_alias.rank IS 'Order of the rules; each reads what the ones before it left.';
COMMENT ON COLUMN model_alias.pattern IS 'Regular expression on the spelling in lower case.';
COMMENT ON COLUMN model_alias.llm_provider IS 'Provider it means, unless an earlier rule named one; null when the pattern does not tell.';
COMMENT ON COLUMN model_alias.llm_model IS 'What is left of the spelling; \1 stands for the first group of the pattern, null for nothing.';
-- One execution is looked for by the id that it has where it came from; a source without such ids pays nothing for it.
CREATE INDEX fact_agent_execution_external_id ON fact_agent_execution (external_id) WHERE external_id IS NOT NULL;
