-- One empty table for each catalogue file, shaped as the file must be: COPY into it finds every mistake, with its line.
DROP TABLE IF EXISTS
    pg_temp.incoming_agents, pg_temp.incoming_agent_aliases, pg_temp.incoming_labels, pg_temp.incoming_label_aliases,
    pg_temp.incoming_infrastructure, pg_temp.incoming_agent_rules, pg_temp.incoming_model_aliases,
    pg_temp.incoming_model_prices, pg_temp.package_prices, pg_temp.wanted_model_prices, pg_temp.incoming_dora_classes,
    pg_temp.incoming_deployment_states, pg_temp.incoming_environments, pg_temp.incoming_repositories,
    pg_temp.incoming_agent_evidence;

CREATE TEMPORARY TABLE incoming_agents (
    agent_id text PRIMARY KEY,
    agent_name text NOT NULL,
    agent_type text,
    agent_category text,
    ai_model text,
    ai_provider text,
    model_version text,
    framework_version text,
    capabilities text,
    max_concurrent_tasks integer,
    cost_per_hour_usd numeric,
    cost_per_token_usd numeric,
    is_active boolean,
    CONSTRAINT agent_type_is_known CHECK (
        agent_type IN (
            'CodeGen', 'Review', 'Deployment', 'Issue', 'Coordinator',
            'Business', 'Marketing', 'Sales', 'CRM', 'Analytics'
        )
    ),
    CONSTRAINT agent_category_is_technical_or_business CHECK (agent_category IN ('Technical', 'Business')),
    CONSTRAINT no_cost_is_negative CHECK (cost_per_hour_usd >= 0 AND cost_per_token_usd >= 0)
) ON COMMIT DROP;

CREATE TEMPORARY TABLE incoming_agent_aliases (alias text NOT NULL, agent_id text NOT NULL) ON COMMIT DROP;
CREATE UNIQUE INDEX ON incoming_agent_aliases (lower(btrim(alias)));

CREATE TEMPORARY TABLE incoming_labels (
    label_name text PRIMARY KEY,
    label_category text NOT NULL,
    label_priority integer,
    color text,
    icon text,
    description text,
    usage_guidelines text,
    is_active boolean NOT NULL,
    CONSTRAINT label_category_is_known CHECK (
        label_category IN (
            'Status', 'Priority', 'Type', 'Component', 'Effort', 'Impact',
            'Technology', 'Phase', 'Quality', 'Meta', 'Custom'
        )
    ),
    CONSTRAINT color_is_a_hash_and_six_hex_digits CHECK (color ~ '^#[0-9A-Fa-f]{6}$')
) ON COMMIT DROP;
CREATE UNIQUE INDEX ON incoming_labels (lower(label_name));

CREATE TEMPORARY TABLE incoming_label_aliases (alias text NOT NULL, label_name text NOT NULL) ON COMMIT DROP;
CREATE UNIQUE INDEX ON incoming_label_aliases (lower(btrim(alias)));

CREATE TEMPORARY TABLE incoming_infrastructure (
    resource_id text PRIMARY KEY,
    resource_type text,
    resource_name text,
    cloud_provider text,
    region text,
    availability_zone text,
    instance_type text,
    cpu_count integer,
    memory_gb numeric,
    storage_gb numeric,
    storage_type text,
    vpc_id text,
    subnet_id text,
    security_group_ids text,
    hourly_cost_usd numeric,
    monthly_cost_usd numeric,
    environment text,
    tags jsonb,
    CONSTRAINT resource_type_is_known CHECK (
        resource_type IN (
            'VPC', 'Subnet', 'EC2', 'ECS', 'EKS', 'RDS', 'S3', 'Lambda', 'ALB', 'CloudFront', 'Route53'
        )
    ),
    CONSTRAINT environment_is_dev_or_staging_or_production CHECK (environment IN ('dev', 'staging', 'production')),
    CONSTRAINT no_cost_is_negative CHECK (hourly_cost_usd >= 0 AND monthly_cost_usd >= 0)
) ON COMMIT DROP;

-- '' ~ pattern fails for a pattern that is no regular expression.
CREATE TEMPORARY TABLE incoming_agent_rules (
    LIKE agent_rule INCLUDING ALL, CONSTRAINT pattern_compiles CHECK (('' ~ pattern) IS NOT NULL)
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_model_aliases (
    LIKE model_alias INCLUDING ALL, CONSTRAINT pattern_compiles CHECK (('' ~ pattern) IS NOT NULL)
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_agent_evidence (
    LIKE agent_evidence INCLUDING ALL, CONSTRAINT pattern_compiles CHECK (('' ~ pattern) IS NOT NULL)
) ON COMMIT DROP;

CREATE TEMPORARY TABLE incoming_model_prices (
    llm_provider text NOT NULL,
    llm_model text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    input_usd_per_million_tokens numeric NOT NULL,
    output_usd_per_million_tokens numeric NOT NULL,
    cache_read_usd_per_million_tokens numeric,
    cache_write_usd_per_million_tokens numeric,
    cache_write_1h_usd_per_million_tokens numeric,
    source_note text,
    PRIMARY KEY (llm_provider, llm_model, valid_from),
    CONSTRAINT valid_to_is_after_valid_from CHECK (valid_to > valid_from),
    CONSTRAINT no_price_is_negative CHECK (
        least(
            input_usd_per_million_tokens, output_usd_per_million_tokens, cache_read_usd_per_million_tokens,
            cache_write_usd_per_million_tokens, cache_write_1h_usd_per_million_tokens
        ) >= 0
    )
) ON COMMIT DROP;

-- What the package genai-prices lists, under each name that it knows a model by; and both lists together.
CREATE TEMPORARY TABLE package_prices (
    llm_provider text NOT NULL,
    model_id text NOT NULL,
    name text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    note text NOT NULL,
    input_usd numeric NOT NULL,
    output_usd numeric NOT NULL,
    cache_read_usd numeric,
    cache_write_usd numeric,
    cache_write_1h_usd numeric
) ON COMMIT DROP;
CREATE TEMPORARY TABLE wanted_model_prices (LIKE model_price INCLUDING ALL) ON COMMIT DROP;

CREATE TEMPORARY TABLE incoming_dora_classes (
    LIKE dora_class INCLUDING ALL,
    CONSTRAINT upper_bound_is_above_lower_bound CHECK (upper_bound > lower_bound)
) ON COMMIT DROP;

-- Words are compared in one form, so that a line written otherwise would never be found.
CREATE TEMPORARY TABLE incoming_deployment_states (
    LIKE deployment_state INCLUDING ALL,
    CONSTRAINT pattern_is_lower_case_with_underscores CHECK (pattern = ops.state_word(pattern))
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_environments (
    LIKE environment_name INCLUDING ALL,
    CONSTRAINT pattern_is_lower_case CHECK (pattern = lower(btrim(pattern)))
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_repositories (
    LIKE repository_name INCLUDING ALL,
    CONSTRAINT spelling_is_lower_case_without_address CHECK (spelling = ops.bare_repository(spelling))
) ON COMMIT DROP;
