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

-- The dearest price stands for a model that the list does not have: a report far above even that is suspect.
CREATE OR REPLACE FUNCTION ops.execution_cost(
    given_usd numeric, input bigint, output bigint, cache_read bigint, cache_write bigint, cache_write_1h bigint,
    input_usd numeric, output_usd numeric, cache_read_usd numeric, cache_write_usd numeric, cache_write_1h_usd numeric,
    dearest_input_usd numeric, dearest_output_usd numeric
)
RETURNS TABLE (reported_usd numeric, list_usd numeric, list_high_usd numeric, cost_usd numeric, source text, is_suspect boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT
        told.reported_usd,
        list.low,
        list.high,
        coalesce(told.reported_usd, list.low),
        CASE WHEN told.reported_usd IS NOT NULL THEN 'reported' WHEN list.low IS NOT NULL THEN 'estimated' ELSE 'unknown' END,
        CASE
            WHEN told.reported_usd IS NULL THEN NULL
            WHEN told.reported_usd <= 1 AND coalesce(list.low, 0) <= 1 THEN false
            WHEN list.low IS NULL
                THEN coalesce(told.reported_usd > 20 * (input * dearest_input_usd + output * dearest_output_usd), false)
            ELSE
                (told.reported_usd - list.high > 1 AND told.reported_usd > 20 * list.high)
                OR (list.low > 1 AND 20 * told.reported_usd < list.low)
        END
    -- OFFSET 0: worked out once a row, not wherever it is named.
    FROM (
        SELECT
            ends.low,
            CASE
                WHEN cache_read IS NULL AND cache_write IS NULL AND cache_read_usd <> input_usd
                    THEN ops.list_cost(
                        input, output, NULL, NULL, NULL, input_usd, output_usd, input_usd, cache_write_usd, cache_write_1h_usd
                    )
                ELSE ends.low
            END AS high
        FROM (
            SELECT ops.list_cost(
                input, output, cache_read, cache_write, cache_write_1h,
                input_usd, output_usd, cache_read_usd, cache_write_usd, cache_write_1h_usd
            ) AS low
            OFFSET 0
        ) AS ends
        OFFSET 0
    ) AS list
    CROSS JOIN LATERAL (SELECT CASE WHEN given_usd <> 0 OR coalesce(list.high, 0) <= 0 THEN given_usd END AS reported_usd) AS told
$function$;
COMMENT ON FUNCTION ops.execution_cost IS
'What an execution cost as reported and by the list, which of both counts, and whether the report is far from the list.';
