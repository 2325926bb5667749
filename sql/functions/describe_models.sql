-- Reads provider and model from the ways in which logs spell them, by rules that operators keep as CSV.

-- All spellings go through the rules together, so that each pattern is compiled once.
CREATE OR REPLACE FUNCTION public.describe_models(spellings text [])
RETURNS TABLE (spelling text, llm_provider text, llm_model text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $function$
#variable_conflict use_column
DECLARE
    rule record;
    words text[] := ARRAY(
        SELECT lower(btrim(given.word)) FROM unnest(spellings) WITH ORDINALITY AS given (word, place) ORDER BY given.place
    );
    providers text[] := array_fill(NULL::text, ARRAY[cardinality(words)]);
    place integer;
BEGIN
    FOR rule IN SELECT pattern, coalesce(llm_provider, '') AS llm_provider, coalesce(llm_model, '') AS llm_model FROM model_alias ORDER BY rank
    LOOP
        FOR place IN 1 .. cardinality(words) LOOP
            IF words[place] ~ rule.pattern THEN
                providers[place] := coalesce(
                    providers[place], nullif(regexp_replace(words[place], rule.pattern, rule.llm_provider), '')
                );
                words[place] := regexp_replace(words[place], rule.pattern, rule.llm_model);
            END IF;
        END LOOP;
    END LOOP;
    RETURN QUERY
    SELECT told.spelling, told.llm_provider, nullif(told.llm_model, '')
    FROM unnest(spellings, providers, words) AS told (spelling, llm_provider, llm_model);
END
$function$;
COMMENT ON FUNCTION public.describe_models(text []) IS
'Provider and model of each spelling, one row each. A model that no rule knows keeps its own name, in lower case.';
