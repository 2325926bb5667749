-- Copies of what the load has worked out and not committed, for the connections that fill months.
DROP VIEW IF EXISTS filling_fact_agent_execution;
DROP TABLE IF EXISTS filling_issue_version, filling_execution_agent, filling_day_price;
CREATE TABLE filling_issue_version (
    issue_id bigint,
    issue_key bigint,
    from_key integer,
    until_key integer,
    from_at timestamptz,
    until_at timestamptz
);
CREATE TABLE filling_execution_agent (
    source_agent_id text,
    agent_key bigint,
    llm_provider text,
    llm_model text
);
CREATE TABLE filling_day_price (
    llm_provider text,
    llm_model text,
    from_at timestamptz,
    until_at timestamptz,
    input_usd numeric,
    output_usd numeric
);
