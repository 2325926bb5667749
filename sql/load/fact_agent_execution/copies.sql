-- Copies of what the load has worked out and not committed, for the connections that write months.
DROP VIEW IF EXISTS bulk_fact_agent_execution;
DROP TABLE IF EXISTS bulk_issue_version, bulk_execution_agent, bulk_day_price, bulk_dearest_price;
CREATE TABLE bulk_issue_version (
    issue_id bigint,
    issue_key bigint,
    from_key integer,
    until_key integer,
    from_at timestamptz,
    until_at timestamptz
);
CREATE TABLE bulk_execution_agent (
    spelling_key integer,
    agent_key bigint
);
CREATE TABLE bulk_day_price (
    spelling_key integer,
    llm_provider text,
    llm_model text,
    from_at timestamptz,
    until_at timestamptz,
    input_usd numeric,
    output_usd numeric,
    cache_read_usd numeric,
    cache_write_usd numeric,
    cache_write_1h_usd numeric
);
CREATE TABLE bulk_dearest_price (
    input_usd numeric,
    output_usd numeric
);
