-- needs: setting_value
-- What a source's words mean by the catalogues. A batch asks for each distinct spelling once.

CREATE OR REPLACE FUNCTION ops.fits(word text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN word LIKE replace(regexp_replace(pattern, '([\\%_])', '\\\1', 'g'), '*', '%');
COMMENT ON FUNCTION ops.fits IS 'Whether a word fits a pattern in which * stands for any text.';

CREATE OR REPLACE FUNCTION ops.state_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(lower(btrim(word)), '- ', '__');
COMMENT ON FUNCTION ops.state_word IS 'A word for a state as deployment_states.csv writes it.';

-- The pattern that says most wins: the word itself, then the longest.
CREATE OR REPLACE FUNCTION ops.deployment_state(word text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT known.state
    FROM public.deployment_state AS known
    WHERE ops.fits(ops.state_word(word), known.pattern)
    ORDER BY strpos(known.pattern, '*') = 0 DESC, length(known.pattern) DESC, known.pattern
    LIMIT 1
);
COMMENT ON FUNCTION ops.deployment_state IS 'State that a source''s word for one means; null when no catalogue knows the word.';

CREATE OR REPLACE FUNCTION ops.environment_name(word text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(
    (
        SELECT known.environment
        FROM public.environment_name AS known
        WHERE ops.fits(lower(btrim(word)), known.pattern)
        ORDER BY strpos(known.pattern, '*') = 0 DESC, length(known.pattern) DESC, known.pattern
        LIMIT 1
    ),
    NULLIF(lower(btrim(word)), '')
);
COMMENT ON FUNCTION ops.environment_name IS 'Environment that a source''s name for one means; the name itself when no pattern fits.';

CREATE OR REPLACE FUNCTION ops.bare_repository(spelling text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NULLIF(
    regexp_replace(
        regexp_replace(lower(btrim(spelling)), '^(?:[a-z][a-z0-9+.-]*://(?:[^/@]*@)?[^/]+/+|git@[^:/]+:/*)', ''),
        '(?:/|\.git)+$', ''
    ),
    ''
);
COMMENT ON FUNCTION ops.bare_repository IS 'A repository in lower case, without the address of its host, .git and slashes at the end.';

CREATE OR REPLACE FUNCTION ops.repository_name(spelling text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(
    (SELECT known.repository FROM public.repository_name AS known WHERE known.spelling = ops.bare_repository(spelling)),
    ops.bare_repository(spelling)
);
COMMENT ON FUNCTION ops.repository_name IS 'The one name of a repository, however a source spells it; null for none.';

-- Names that mark rows of the marts are no repository's: one that is called so is shown quoted.
CREATE OR REPLACE FUNCTION ops.shown_repository(repository text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN COALESCE(repository, '') = '' THEN '(unknown)'
    WHEN repository IN ('(all)', '(unknown)') THEN '"' || repository || '"'
    ELSE repository
END;
COMMENT ON FUNCTION ops.shown_repository IS 'A repository as the marts name it: (unknown) for none, in quotes where the name is one of their own.';

-- A short sha is the commit whose sha it begins, where the repository has one such.
CREATE OR REPLACE FUNCTION ops.whole_sha(sha text, in_repository text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN CASE
    WHEN sha ~ '^[0-9a-f]{7,39}$'
        THEN (
            SELECT CASE WHEN count(DISTINCT made.commit_sha) = 1 THEN min(made.commit_sha) ELSE sha END
            FROM staging.commits AS made
            LEFT JOIN staging.issues AS issue ON made.issue_id = issue.id
            WHERE
                made.commit_sha > sha
                AND made.commit_sha < sha || 'g'
                AND starts_with(made.commit_sha, sha)
                AND COALESCE(made.repository, issue.repository) IS NOT DISTINCT FROM in_repository
        )
    ELSE sha
END;
COMMENT ON FUNCTION ops.whole_sha IS
'The one longer sha of the repository that a sha of 7 to 39 digits begins; the sha itself when there is none, or more than one.';

CREATE OR REPLACE FUNCTION ops.ignores_author(author text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(
    (
        SELECT bool_or(ops.fits(lower(author), lower(btrim(ignored.pattern))))
        FROM unnest(ops.setting_words('ignored_authors', '*[bot],dependabot*,renovate*,github-actions*')) AS ignored (pattern)
    ),
    FALSE
);
COMMENT ON FUNCTION ops.ignores_author IS 'Whether the setting ignored_authors leaves the commits of this author out of lead times.';

-- What an issue is called by: its type and its labels, in lower case.
CREATE OR REPLACE FUNCTION ops.issue_kinds(issue_type text, labels text []) RETURNS text []
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_append(string_to_array(lower(array_to_string(labels, E'\x1F')), E'\x1F'), lower(issue_type));
COMMENT ON FUNCTION ops.issue_kinds IS 'Labels and type of an issue in lower case.';

CREATE OR REPLACE FUNCTION ops.version_is(version_key bigint, kinds text []) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT ops.issue_kinds(version.issue_type, version.labels) && kinds AND NOT EXISTS (
        SELECT 1 FROM public.dim_issue AS present
        WHERE present.issue_id = version.issue_id AND present.is_current AND present.state = 'deleted'
    )
    FROM public.dim_issue AS version
    WHERE version.issue_key = version_key
);
COMMENT ON FUNCTION ops.version_is IS
'Whether this version of an issue is one of these kinds; false when the issue has been deleted since, null when there is no such version.';

CREATE OR REPLACE FUNCTION ops.setting_kinds(setting_name text, fallback text) RETURNS text []
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT lower(btrim(listed.word)) FROM unnest(ops.setting_words(setting_name, fallback)) AS listed (word)
    UNION
    SELECT 'type:' || lower(btrim(listed.word)) FROM unnest(ops.setting_words(setting_name, fallback)) AS listed (word)
    UNION
    SELECT lower(alias.label_name)
    FROM unnest(ops.setting_words(setting_name, fallback)) AS listed (word)
    INNER JOIN public.label_alias AS alias ON alias.alias IN (lower(btrim(listed.word)), 'type:' || lower(btrim(listed.word)))
    -- In one order, so that equal settings are equal.
    ORDER BY 1
);
COMMENT ON FUNCTION ops.setting_kinds IS
'The types and labels that a setting lists, in lower case, with the labels that the catalogue has for them.';
