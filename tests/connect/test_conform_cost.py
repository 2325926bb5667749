"""Conforming costs what a sync brought, not what is there."""

import pytest

from connect.conforming import CLI, Source, Told, answer, commit
from miyabi_dw.connect.conform import Account, conform
from miyabi_dw.connect.landing import Landing, begin_sync
from miyabi_dw.connect.records import Record

COMMITS, EXECUTIONS = 3000, 3000
# A commit every hour, two of three name an issue, a release every hundred; an execution of one answer every hour.
HISTORY = """
INSERT INTO landing.commit (connection, repository, sha, author, committed_at, digest, changed_by)
SELECT 'git', 'acme/cli', lpad(to_hex(n), 40, '0'), 'ada', timestamptz '2025-01-01' + n * interval '1 hour', 0, 1
FROM generate_series(1, 3000) AS n;
INSERT INTO landing.commit_issue (connection, repository, sha, issue_key, link, digest, changed_by)
SELECT 'git', 'acme/cli', lpad(to_hex(n), 40, '0'), '#' || n / 4, 'subject', 0, 1
FROM generate_series(1, 3000) AS n WHERE n % 3 > 0;
INSERT INTO landing.deployment
    (connection, repository, environment, release_id, status, created_at, deployed_at, digest, changed_by)
SELECT 'git', 'acme/cli', 'production', 'v' || n, 'success', moment, moment, 0, 1
FROM generate_series(0, 29) AS n, LATERAL (SELECT timestamptz '2025-01-01' + (n * 100 + 100) * interval '1 hour') AS at (moment);
INSERT INTO landing.deployment_commit (connection, repository, environment, release_id, sha, digest, changed_by)
SELECT 'git', 'acme/cli', 'production', 'v' || n / 100, lpad(to_hex(n), 40, '0'), 0, 1 FROM generate_series(1, 2999) AS n;
INSERT INTO landing.answer (connection, answer_id, execution_id, session_id, session_at, prompt_at, answered_at, agent_id, model,
    tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, tokens_cache_write_1h, tokens_reasoning, repository,
    branch, digest, changed_by)
SELECT 'claude', 'b' || n, 'e' || n, 's' || n, moment, moment, moment, 'claude-code', 'm', 1, 1, 0, 0, 0, 0, 'acme/cli', 'main', 0, 1
FROM generate_series(1, 3000) AS n, LATERAL (SELECT timestamptz '2025-01-01' + n * interval '1 hour') AS at (moment)
"""
READ = """
SELECT coalesce(sum(seq_tup_read), 0)::bigint AS scanned, coalesce(sum(idx_tup_fetch), 0)::bigint AS fetched FROM pg_stat_xact_user_tables
WHERE schemaname IN ('landing', 'public') AND relname NOT IN ('sync', 'repository')
"""


@pytest.fixture
def grown(own: Source) -> Source:
    own.execute(HISTORY)
    own.conform(begin_sync(own.connection))
    assert own.accounts["commits"].inserted == COMMITS
    assert own.accounts["agent_execution_logs"].inserted == EXECUTIONS
    own.execute("ANALYZE")
    return own


def brought(own: Source, name: str, *records: Record) -> list[Account]:
    """A sync of these, conformed in a transaction that goes on."""
    sink = Landing(own.connection, Told(name=name), begin_sync(own.connection))
    for record in records:
        sink.add(record)
    sink.checkpoint({})
    return conform(own.connection, own.settings, begin_sync(own.connection))


def test_a_sync_reads_no_history(grown: Source) -> None:
    assert brought(grown, "git") == []
    assert grown.row(READ) == (0, 0)
    accounts = {each.table: each for each in brought(grown, "git", *commit(4000, "05 10:00", "#700"))}
    assert (accounts["commits"].inserted, accounts["commits"].unchanged) == (1, 0)
    assert (accounts["issues"].updated, accounts["issues"].unchanged) == (0, 1)
    scanned, fetched = grown.row(READ)
    assert scanned < 100 and fetched < 400
    grown.connection.rollback()
    # The sync is still to be conformed; now with an execution beside it that was at work meanwhile.
    accounts = {each.table: each for each in brought(grown, "claude", answer(1, "05 09:58", repository=CLI))}
    assert (accounts["agent_execution_logs"].inserted, accounts["agent_execution_logs"].updated) == (1, 0)
    assert grown.row("SELECT issues.number, done.x_link FROM agent_execution_logs AS done JOIN issues ON issue_id = issues.id"
                     " WHERE session_id = 's1' AND x_connection = 'claude' AND x_execution = 's1/1'") == (700, "commits")  # fmt: skip
