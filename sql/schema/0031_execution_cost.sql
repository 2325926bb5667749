-- What an execution cost as reported, and what the price list makes of its tokens, side by side.
ALTER TABLE fact_agent_execution
ADD COLUMN llm_cost_reported_usd numeric,
ADD COLUMN llm_cost_list_usd numeric,
ADD COLUMN llm_cost_list_high_usd numeric,
ADD COLUMN llm_cost_is_suspect boolean;
COMMENT ON COLUMN fact_agent_execution.llm_cost_reported_usd IS
'Cost in US dollars as the source reports it; null when it reports none. Zero for tokens of a priced model is no report.';
COMMENT ON COLUMN fact_agent_execution.llm_cost_list_usd IS
'Cost in US dollars by the price list of that day; where cached tokens are not told apart the lower end, all input read from the cache.
Null without a price or without tokens.';
COMMENT ON COLUMN fact_agent_execution.llm_cost_list_high_usd IS
'Upper end of the list cost, no input from the cache; equal to llm_cost_list_usd where cached tokens are told apart.';
COMMENT ON COLUMN fact_agent_execution.llm_cost_is_suspect IS
'True where the reported cost is over 1 USD and 20 times off the price list; null where the cost is not reported.';
