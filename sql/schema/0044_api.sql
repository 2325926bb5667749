-- Who may ask from outside, and what was asked. A token is random with 256 bits, so its digest tells nobody the token; nobody could
-- find it by trying either, which is why the digest needs no salt and no slow function.
CREATE TABLE ops.api_token (
    name text PRIMARY KEY,
    token_sha256 text NOT NULL UNIQUE,
    scope text NOT NULL,
    valid_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text,
    revoked_at timestamptz,
    CONSTRAINT token_scope_is_known CHECK (scope IN ('metrics', 'read', 'act'))
);

COMMENT ON TABLE ops.api_token IS 'Tokens for programs that ask over HTTP or MCP, one row per token.';
COMMENT ON COLUMN ops.api_token.name IS 'Who or what has it.';
COMMENT ON COLUMN ops.api_token.token_sha256 IS 'SHA-256 of the token, in hexadecimal; the token itself is kept nowhere.';
COMMENT ON COLUMN ops.api_token.scope IS 'metrics: only these and the dictionary; read: all that can be asked; act: actions too, where the settings allow them.';
COMMENT ON COLUMN ops.api_token.valid_until IS 'From then on it is refused.';
COMMENT ON COLUMN ops.api_token.created_at IS 'When it was made.';
COMMENT ON COLUMN ops.api_token.created_by IS 'Who made it.';
COMMENT ON COLUMN ops.api_token.revoked_at IS 'When it was revoked; null while it is not.';

CREATE TABLE ops.api_call (
    call_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    called_at timestamptz NOT NULL,
    caller text NOT NULL,
    door text NOT NULL,
    asked text NOT NULL,
    reason text,
    outcome text NOT NULL,
    row_count integer,
    milliseconds integer NOT NULL,
    CONSTRAINT call_door_is_known CHECK (door IN ('http', 'mcp')),
    CONSTRAINT call_outcome_is_known CHECK (outcome IN ('answered', 'unchanged', 'refused', 'failed'))
);
CREATE INDEX ON ops.api_call (called_at);
CREATE INDEX ON ops.api_call (caller, called_at);

COMMENT ON TABLE ops.api_call IS 'What programs asked over HTTP or MCP, one row per call; pruned as runs are.';
COMMENT ON COLUMN ops.api_call.call_number IS 'Number of the call.';
COMMENT ON COLUMN ops.api_call.called_at IS 'When it came.';
COMMENT ON COLUMN ops.api_call.caller IS 'Name of its token; operator for the token of serve, local:user for the command mcp.';
COMMENT ON COLUMN ops.api_call.door IS 'http or mcp.';
COMMENT ON COLUMN ops.api_call.asked IS 'Address or tool with what was asked, secrets hidden, cut after 2,000 characters.';
COMMENT ON COLUMN ops.api_call.reason IS 'Why an action was wanted, as the caller said; null for a question.';
COMMENT ON COLUMN ops.api_call.outcome IS 'answered, unchanged (the caller has the answer already), refused or failed.';
COMMENT ON COLUMN ops.api_call.row_count IS 'Rows or figures in the answer; null without any.';
COMMENT ON COLUMN ops.api_call.milliseconds IS 'How long the answer took.';
