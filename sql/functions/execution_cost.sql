-- What an execution cost: the one place where tokens and prices become dollars, for the load and for pricing again.
-- Functions of plain SQL, which the planner writes into the query that calls them.

-- Whether the cached parts of the input can be: parts, and no more of them than there is.
CREATE OR REPLACE FUNCTION ops.cache_split_fits(input bigint, cache_read bigint, cache_write bigint, cache_write_1h bigint)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN
    coalesce(cache_read, 0) >= 0
    AND coalesce(cache_write_1h, 0) BETWEEN 0 AND coalesce(cache_write, 0)
    AND coalesce(cache_read, 0) + coalesce(cache_write, 0) <= input;
COMMENT ON FUNCTION ops.cache_split_fits IS
'Whether the cached parts of an execution''s input are not negative and no more than the whole; null without an input.';

-- Prices are those of one token. Where cached tokens are not told apart all input is taken as read from the cache: given the
-- input's price as that of cache reads, it is the upper end.
CREATE OR REPLACE FUNCTION ops.list_cost(
    input bigint, output bigint, cache_read bigint, cache_write bigint, cache_write_1h bigint,
    input_usd numeric, output_usd numeric, cache_read_usd numeric, cache_write_usd numeric, cache_write_1h_usd numeric
)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN
    output * output_usd
    + CASE
        WHEN cache_read IS NULL AND cache_write IS NULL THEN input * cache_read_usd
        ELSE
            (input - coalesce(cache_read, 0) - coalesce(cache_write, 0)) * input_usd
            + coalesce(cache_read, 0) * cache_read_usd
            + (coalesce(cache_write, 0) - coalesce(cache_write_1h, 0)) * cache_write_usd
            + coalesce(cache_write_1h, 0) * cache_write_1h_usd
    END;
COMMENT ON FUNCTION ops.list_cost IS
'US dollars of an execution''s tokens at prices of one token; null without tokens or prices. With an unknown split all input is read from the cache.';

-- A zero is no report where the list has a price. The list's cost is worked out for a zero only.
CREATE OR REPLACE FUNCTION ops.is_report(given_usd numeric, list_usd numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN given_usd IS NULL THEN false WHEN given_usd <> 0 THEN true ELSE coalesce(list_usd, 0) <= 0 END;
COMMENT ON FUNCTION ops.is_report IS 'Whether a cost was reported: not where it is zero and the list says that there was one.';

-- The dearest price stands for a model that the list does not have: a report far above even that is suspect.
CREATE OR REPLACE FUNCTION ops.execution_cost(
    given_usd numeric, input bigint, output bigint, cache_read bigint, cache_write bigint, cache_write_1h bigint,
    input_usd numeric, output_usd numeric, cache_read_usd numeric, cache_write_usd numeric, cache_write_1h_usd numeric,
    dearest_input_usd numeric, dearest_output_usd numeric
)
RETURNS TABLE (reported_usd numeric, list_usd numeric, list_high_usd numeric, cost_usd numeric, source text, is_suspect boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
    -- Nothing keeps the planner from writing all this into the query, where most rows are done with after the first comparison:
    -- a step of its own for each row would take longer than the sums that some rows work out twice.
    SELECT
        CASE WHEN ops.is_report(given_usd, list.high) THEN given_usd END,
        list.low,
        list.high,
        CASE WHEN ops.is_report(given_usd, list.high) THEN given_usd ELSE list.low END,
        CASE
            WHEN ops.is_report(given_usd, list.high) THEN 'reported'
            WHEN list.low IS NOT NULL THEN 'estimated'
            ELSE 'unknown'
        END,
        CASE
            WHEN NOT ops.is_report(given_usd, list.high) THEN NULL
            WHEN given_usd <= 1 AND coalesce(list.low, 0) <= 1 THEN false
            WHEN list.low IS NULL
                THEN coalesce(given_usd > 20 * (input * dearest_input_usd + output * dearest_output_usd), false)
            ELSE
                (given_usd - list.high > 1 AND given_usd > 20 * list.high)
                OR (list.low > 1 AND 20 * given_usd < list.low)
        END
    FROM (
        SELECT
            ops.list_cost(
                input, output, cache_read, cache_write, cache_write_1h,
                input_usd, output_usd, cache_read_usd, cache_write_usd, cache_write_1h_usd
            ) AS low,
            CASE
                WHEN cache_read IS NULL AND cache_write IS NULL THEN output * output_usd + input * input_usd
                ELSE
                    ops.list_cost(
                        input, output, cache_read, cache_write, cache_write_1h,
                        input_usd, output_usd, cache_read_usd, cache_write_usd, cache_write_1h_usd
                    )
            END AS high
    ) AS list
$function$;
COMMENT ON FUNCTION ops.execution_cost IS
'What an execution cost as reported and by the list, which of both counts, and whether the report is far from the list.';
