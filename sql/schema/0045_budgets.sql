-- What may be spent on language models in a month. A row is a decision and stays: who, when, and what it was before.
CREATE TABLE ops.budget_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent text,
    model text,
    first_month date NOT NULL,
    usd numeric(16, 4),
    usd_before numeric(16, 4),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT budget_begins_a_month CHECK (first_month = date_trunc('month', first_month)::date),
    CONSTRAINT budget_is_positive CHECK (usd > 0)
);

COMMENT ON TABLE ops.budget_change IS
'Budgets for language models as they were decided, one row per decision; the last one is in force from its month on.';
COMMENT ON COLUMN ops.budget_change.change_id IS 'Number of the decision.';
COMMENT ON COLUMN ops.budget_change.agent IS 'Agent that it is for; null for all together.';
COMMENT ON COLUMN ops.budget_change.model IS 'Model that it is for; null for all together.';
COMMENT ON COLUMN ops.budget_change.first_month IS 'First day of the month from which on it holds.';
COMMENT ON COLUMN ops.budget_change.usd IS 'USD that may be spent in a month; null where the budget was removed.';
COMMENT ON COLUMN ops.budget_change.usd_before IS 'The budget of that month before; null where there was none.';
COMMENT ON COLUMN ops.budget_change.changed_by IS 'Who decided it.';
COMMENT ON COLUMN ops.budget_change.changed_at IS 'When, by the clock of the server.';

-- An incident that gets worse is told again.
ALTER TABLE ops.alert_delivery DROP CONSTRAINT delivery_kind_is_known;
ALTER TABLE ops.alert_delivery ADD CONSTRAINT delivery_kind_is_known CHECK (
    kind IN ('opened', 'again', 'worse', 'recovered', 'test')
);
COMMENT ON COLUMN ops.alert_delivery.kind IS
'opened, again (it came back before it was over), worse (a budget passed its next mark), recovered or test.';
