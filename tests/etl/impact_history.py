"""Ten changes of a source that has all that tells of agents, written down so that every figure can be worked out on paper."""

from typing import Any

from miyabi_dw.db.connection import Connection, execute

TABLES = """
ALTER TABLE deployment_pipelines DROP CONSTRAINT IF EXISTS deployment_pipelines_issue_id_key,
    ADD COLUMN IF NOT EXISTS release_id text, ADD COLUMN IF NOT EXISTS repository text;
ALTER TABLE commits
    ADD COLUMN IF NOT EXISTS repository text, ADD COLUMN IF NOT EXISTS is_merge boolean,
    ADD COLUMN IF NOT EXISTS lines_added integer, ADD COLUMN IF NOT EXISTS lines_deleted integer,
    ADD COLUMN IF NOT EXISTS branch text, ADD COLUMN IF NOT EXISTS trailers text,
    ADD COLUMN IF NOT EXISTS code_lines_added integer, ADD COLUMN IF NOT EXISTS code_lines_churned integer,
    ADD COLUMN IF NOT EXISTS reverted_at timestamp;
ALTER TABLE agent_execution_logs
    ADD COLUMN IF NOT EXISTS session_id text, ADD COLUMN IF NOT EXISTS repository text, ADD COLUMN IF NOT EXISTS branch text,
    ADD COLUMN IF NOT EXISTS llm_model text, ADD COLUMN IF NOT EXISTS llm_tokens_cache_read bigint,
    ADD COLUMN IF NOT EXISTS llm_tokens_cache_write bigint;
CREATE TABLE IF NOT EXISTS pull_requests (
    id bigint PRIMARY KEY, issue_id bigint, repository text, number bigint, state text, author text, labels text,
    head_branch text, base_branch text, merge_commit_sha text, created_at timestamp, updated_at timestamp, ready_at timestamp,
    first_review_at timestamp, first_human_review_at timestamp, merged_at timestamp, closed_at timestamp,
    review_rounds bigint, human_reviews bigint, bot_reviews bigint, lines_added bigint, lines_deleted bigint,
    changed_files bigint
);
GRANT SELECT ON pull_requests TO PUBLIC;
"""
APP = "org/app"
CLAUDE, CODEX = "Co-Authored-By: Claude Opus 4.5", "Co-authored-by: Codex"
# Issue, pull request, when, and what else there is to tell. `m` is a merge or a squash.
COMMITS: dict[str, tuple[int | None, int | None, str, dict[str, Any]]] = {
    # Half of it by two agents.
    "11": (1, 1, "01-05 01:00", {}),
    "12": (1, 1, "01-05 02:00", {"trailers": f"Signed-off-by: alice\n{CLAUDE}\n{CODEX}"}),
    "1m": (1, 1, "01-06 04:00", {"code_lines_added": 90, "code_lines_churned": 9}),
    # A session on its branch; taken back after two days; its first deployment failed.
    "21": (2, 2, "01-06 03:10", {"branch": "feat/two"}),
    "2m": (2, 2, "01-08 01:00", {"code_lines_added": 40, "code_lines_churned": 10, "reverted_at": "2026-01-10"}),
    # By hand, while the session of 2 was on yet another branch.
    "31": (3, 3, "01-07 00:05", {}),
    "3m": (3, 3, "01-07 12:00", {"code_lines_added": 30, "code_lines_churned": 0}),
    # By an agent's own account.
    "41": (4, 4, "01-08 00:00", {"author": "devin-ai-integration[bot]"}),
    "4m": (4, 4, "01-08 02:00", {"code_lines_added": 150, "code_lines_churned": 75}),
    # A bot that is no coding agent; all its lines are of a lock file.
    "51": (5, 5, "01-08 00:00", {"author": "dependabot[bot]"}),
    "5m": (5, 5, "01-08 05:00", {"code_lines_added": 0, "code_lines_churned": 0}),
    # A squash that has lost the trailers of its commits.
    "61": (6, 6, "01-09 00:00", {"trailers": CODEX}),
    "62": (6, 6, "01-09 01:00", {"trailers": CODEX}),
    "6m": (6, 6, "01-09 05:00", {"code_lines_added": 60, "code_lines_churned": 6}),
    # Only a label says it.
    "71": (7, 7, "02-02 00:00", {}),
    "7m": (7, 7, "02-02 03:00", {"code_lines_added": 20, "code_lines_churned": 5}),
    # Not merged: no change yet.
    "81": (8, 8, "02-02 00:00", {"trailers": CLAUDE}),
    # No pull request; the clocks of the session and of the commit are 40 minutes apart.
    "91": (9, None, "01-13 03:00", {"branch": "fix/nine", "lines_added": 12, "lines_deleted": 3}),
    "9m": (9, None, "01-14 00:00", {"code_lines_added": 12, "code_lines_churned": 0}),
    # Neither pull request nor issue; a repository of which nothing would tell.
    "a1": (None, None, "02-03 00:00", {"lines_added": 5, "lines_deleted": 5, "code_lines_added": 5, "code_lines_churned": 0}),
    "b1": (None, None, "01-08 00:00", {"repository": "org/other", "lines_added": 7, "lines_deleted": 0}),
}  # fmt: skip
# Opened, first human review, merged, lines added and deleted, rounds, and what else there is to tell.
PULLS: dict[int, tuple[str, str | None, str | None, int, int, int, dict[str, Any]]] = {
    1: ("01-05 00:00", "01-05 04:00", "01-06 04:00", 100, 20, 1, {}),
    2: ("01-06 04:00", "01-07 04:00", "01-08 01:00", 50, 10, 2, {"head_branch": "feat/two"}),
    3: ("01-07 01:00", "01-07 03:00", "01-07 12:00", 30, 0, 1, {"head_branch": "feat/three"}),
    4: ("01-08 01:00", None, "01-08 02:00", 200, 100, 0, {"author": "devin-ai-integration[bot]", "bot_reviews": 1}),
    5: ("01-08 03:00", None, "01-08 05:00", 10, 10, 0, {"author": "dependabot[bot]"}),
    6: ("01-09 02:00", "01-09 04:00", "01-09 05:00", 60, 0, 1, {"ready_at": "2026-01-09 03:00"}),
    7: ("02-02 01:00", "02-02 02:00", "02-02 03:00", 20, 0, 1, {"labels": "bug\nAI-generated"}),
    8: ("02-02 01:00", None, None, 500, 0, 0, {}),
}
# Issue, session, branch, from, to, cost, tokens: input, output, of the input from the cache.
EXECUTIONS: dict[int, tuple[int | None, str, str, str, str, float, int, int, int]] = {
    1: (2, "s-two-0001", "feat/two", "01-06 03:00", "01-06 03:20", 3.0, 400_000, 10_000, 200_000),
    2: (9, "s-nine-0001", "fix/nine", "01-13 03:40", "01-13 03:50", 1.0, 200, 20, 100),
    3: (None, "s-two-0001", "feat/elsewhere", "01-07 00:00", "01-07 00:10", 0.5, 10, 1, 0),
}
DEPLOYMENTS = {1: (1, "success", "01-07 01:00"), 2: (2, "failed", "01-08 05:00"), 3: (2, "success", "01-09 03:10"),
               4: (3, "success", "01-08 00:05")}  # fmt: skip


def sha(name: str) -> str:
    return name.rjust(40, "0").replace("m", "f")


def write_history(source: Connection) -> None:
    execute(source, TABLES)
    for number in range(1, 10):
        kind = "Bug" if number == 1 else "feature"
        add(source, "issues", id=number, number=number, title=f"issue {number}", issue_type=kind, repository=APP,
            created_at="2026-01-04", updated_at="2026-01-04")  # fmt: skip
    for place, (name, (issue, pull, at, more)) in enumerate(COMMITS.items(), 1):
        row = {"repository": APP, "author": "alice", "is_merge": name.endswith("m")} | more
        add(
            source,
            "commits",
            id=place,
            issue_id=issue,
            commit_sha=sha(name),
            pr_number=pull,
            committed_at=f"2026-{at}",
            **row,
        )
    for number, (opened, reviewed, merged, added, deleted, rounds, more) in PULLS.items():
        row = {"author": "alice", "bot_reviews": 0, "state": "closed" if merged else "open"} | more
        add(source, "pull_requests", id=number, issue_id=number, repository=APP, number=number, created_at=f"2026-{opened}",
            first_review_at=reviewed and f"2026-{reviewed}", first_human_review_at=reviewed and f"2026-{reviewed}",
            merged_at=merged and f"2026-{merged}", closed_at=merged and f"2026-{merged}", lines_added=added,
            lines_deleted=deleted, review_rounds=rounds, human_reviews=rounds, **row)  # fmt: skip
    for key, (issue, session, branch, start, end, cost, given, got, cached) in EXECUTIONS.items():
        add(source, "agent_execution_logs", id=key, issue_id=issue, agent_id="claude-code", session_id=session, repository=APP,
            branch=branch, started_at=f"2026-{start}", completed_at=f"2026-{end}", created_at=f"2026-{end}", success=True,
            llm_model="claude-opus-4-5", llm_cost_usd=cost, llm_tokens_input=given, llm_tokens_output=got,
            llm_tokens_cache_read=cached, llm_tokens_cache_write=0)  # fmt: skip
    for key, (issue, status, at) in DEPLOYMENTS.items():
        add(source, "deployment_pipelines", id=key, issue_id=issue, deployment_status=status, deployed_at=f"2026-{at}",
            created_at=f"2026-{at}", environment="production", repository=APP)  # fmt: skip


def add(source: Connection, table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    execute(source, f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
