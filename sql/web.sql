-- name: call_insert
INSERT INTO ops.api_call (called_at, caller, door, asked, reason, outcome, row_count, milliseconds)
VALUES (
    %(called_at)s, %(caller)s, %(door)s, %(asked)s, %(reason)s, %(outcome)s, %(row_count)s, %(milliseconds)s
);

-- name: rows_of
-- Rows of one statement, and a null where there were more.
SELECT found.shown
FROM ops.bounded_rows(%(statement)s, %(most_rows)s, %(most_bytes)s) AS found (shown);

-- name: token_by_digest
SELECT
    name,
    scope,
    valid_until <= clock_timestamp() AS is_expired,
    revoked_at IS NOT NULL AS is_revoked
FROM ops.api_token
WHERE token_sha256 = %(digest)s;

-- name: token_insert
INSERT INTO ops.api_token (name, token_sha256, scope, valid_until, created_by)
VALUES (%(name)s, %(digest)s, %(scope)s, %(valid_until)s, %(created_by)s)
ON CONFLICT (name) DO NOTHING;

-- name: token_list
SELECT
    token.name,
    token.scope,
    token.valid_until,
    CASE
        WHEN token.revoked_at IS NOT NULL THEN 'revoked'
        WHEN token.valid_until <= clock_timestamp() THEN 'expired'
        ELSE 'valid'
    END AS state,
    token.created_at,
    token.created_by,
    (
        SELECT max(call.called_at)
        FROM ops.api_call AS call
        WHERE call.caller = token.name
    ) AS last_call_at
FROM ops.api_token AS token
ORDER BY token.name;

-- name: token_revoke
UPDATE ops.api_token
SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE name = %(name)s;
