"""Random histories: whatever changes in whatever order, however often published between, the marts are those computed at once."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from marts.star import MARTS, Star, contents, day_key
from miyabi_dw.db.connection import execute, query
from miyabi_dw.etl import publish as publishing

REASONS = Path(__file__).parent / "sql" / "counts_from_reasons.sql"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MONTHS = (202512, 202601, 202602, 202603, 202604, 202605, 202606)
ISSUES, REPOSITORIES = range(1, 6), ("app", "lib", None)
DORA_KEPT = ("dora_deployment_closed", "dora_commit_closed", "dora_repository", "dora_vacant_closed")
KEYS = {
    "fact_deployment": "deployment_id",
    "fact_code_change": "commit_sha",
    "fact_issue_processing": "issue_id",
    "fact_agent_execution": "execution_id",
}
FACTS = tuple(KEYS)
MOMENTS = {
    "fact_deployment": "deployed_at",
    "fact_code_change": "committed_at",
    "fact_agent_execution": "completed_at",
}

# Few moments, so that many things happen at once and on the edges of days, weeks and months.
moments = st.builds(
    lambda day, hour: (FIRST + timedelta(days=day, hours=hour)).isoformat(),
    st.one_of(st.integers(0, 150), st.sampled_from([30, 31, 58, 59, 89, 90, 119, 120])),
    st.sampled_from([0, 12, 14, 15, 16]),
)
repositories = st.sampled_from(REPOSITORIES)
issues = st.sampled_from([*ISSUES, None])
deployments = st.fixed_dictionaries({
    "deployment_id": st.integers(1, 12), "issue_id": issues, "repository": repositories, "deployed_at": moments,
    "environment": st.sampled_from(["production"] * 4 + ["staging"]),
    "deployment_status": st.sampled_from(["SUCCESS", "SUCCESS", "FAILED", "ROLLED_BACK", "PARTIAL"]),
})  # fmt: skip
commits = st.fixed_dictionaries(
    {"commit_sha": st.sampled_from("abcdefgh"), "issue_id": issues, "repository": repositories, "committed_at": moments}
)
incidents = st.fixed_dictionaries({
    "issue_id": st.integers(101, 106), "repository": repositories, "source_created_at": moments,
    "source_closed_at": st.one_of(st.none(), moments), "issue_type": st.sampled_from(["incident", "incident", "bug"]),
})  # fmt: skip
issue_days = st.fixed_dictionaries({"issue_id": st.sampled_from(ISSUES), "day": moments})
costs = st.sampled_from([
    {"llm_cost_source": "unknown"},
    {"llm_cost_source": "reported", "llm_cost_usd": "0.10", "llm_cost_is_suspect": False},
    {"llm_cost_source": "reported", "llm_cost_usd": "9990.01", "llm_cost_is_suspect": True},
    {"llm_cost_source": "estimated", "llm_cost_usd": "0.25", "llm_cost_list_high_usd": "2.5"},
])  # fmt: skip
executions = st.builds(
    lambda cost, row: row | cost,
    costs,
    st.fixed_dictionaries({
        "execution_id": st.integers(1, 12), "issue_id": issues, "completed_at": moments, "agent_key": st.sampled_from([1, 2, -1]),
        "llm_model": st.sampled_from(["claude-sonnet-4", "novel-1", None]), "llm_tokens_input": st.sampled_from([10, None]),
        "llm_tokens_cache_read": st.sampled_from([4, None]),
    }),
)  # fmt: skip
steps = st.one_of(
    st.tuples(st.just("deployment"), deployments),
    st.tuples(st.just("commit"), commits),
    st.tuples(st.just("incident"), incidents),
    st.tuples(st.just("issue day"), issue_days),
    st.tuples(st.just("execution"), executions),
    st.tuples(
        st.just("forget"),
        st.sampled_from(
            [(kind, n) for kind in ("deployment", "execution") for n in range(1, 13)]
            + [("commit", c) for c in "abcdefgh"]
        ),
    ),
    st.tuples(st.just("publish"), st.integers(0, 5)),
)


@dataclass
class World:
    """What has happened, and the facts that a load would have made of it."""

    star: Star
    deployment: dict[int, dict[str, Any]] = field(default_factory=dict)
    commit: dict[str, dict[str, Any]] = field(default_factory=dict)
    execution: dict[int, dict[str, Any]] = field(default_factory=dict)
    issue_day: dict[Any, dict[str, Any]] = field(default_factory=dict)
    loaded: dict[str, dict[Any, dict[str, Any]]] = field(default_factory=lambda: {fact: {} for fact in FACTS})

    def play(self, kind: str, what: Any) -> None:
        match kind:
            case "deployment":
                self.deployment[what["deployment_id"]] = what
            case "commit":
                self.commit[what["commit_sha"]] = what
            case "execution":
                self.execution[what["execution_id"]] = what
            case "issue day":
                self.issue_day[what["issue_id"], day_key(what["day"])] = what
            case "forget":
                getattr(self, what[0]).pop(what[1], None)
            case "incident":
                self._file(what)
            case "publish":
                self.publish(what)

    def publish(self, closed: int) -> None:
        """Loads what has changed, marking the months as a load does, and publishes with so many months finished."""
        self._load("fact_deployment", self.deployment)
        self._load("fact_code_change", {sha: self._carried(row) for sha, row in self.commit.items()})
        self._load("fact_agent_execution", self.execution)
        self._load("fact_issue_processing", {key: self._processed(*key) for key in self.issue_day})
        if self.star.events():
            self.star.loaded(*self.star.events())
        publishing.publish_marts(self.star.connection, MARTS, MONTHS[closed + 1])

    def _load(self, fact: str, wanted: dict[Any, dict[str, Any]]) -> None:
        before = self.loaded[fact]
        changed = {key for key in before.keys() | wanted.keys() if before.get(key) != wanted.get(key)}
        months = set()
        for key in sorted(changed, key=str):
            if key in before:
                months |= self._remove(fact, before[key])
            if key in wanted:
                self.star.add(fact, wanted[key])
                months.add(self._month(fact, wanted[key]))
        self.star.dirty(fact, *months)
        # What happens next changes the rows that are wanted, not those that were loaded.
        self.loaded[fact] = dict(wanted)

    def _remove(self, fact: str, row: dict[str, Any]) -> set[int]:
        name = KEYS[fact]
        gone = query(
            self.star.connection,
            f"DELETE FROM {fact} WHERE {name} = %s AND time_key / 100 = %s AND (%s IS NULL OR process_date = %s)"
            " RETURNING time_key" if fact == "fact_issue_processing" else
            f"DELETE FROM {fact} WHERE {name} = %s AND time_key / 100 = %s RETURNING time_key",
            [row[name], self._month(fact, row)] + ([row["process_date"]] * 2 if fact == "fact_issue_processing" else []),
        )  # fmt: skip
        assert len(gone) == 1
        return {self._month(fact, row)}

    def _month(self, fact: str, row: dict[str, Any]) -> int:
        if fact == "fact_issue_processing":
            return int(row["process_date"][:4] + row["process_date"][5:7])
        return day_key(row[MOMENTS[fact]]) // 100

    def _carried(self, row: dict[str, Any]) -> dict[str, Any]:
        carrying = sorted(
            (done["deployed_at"], done["deployment_id"])
            for done in self.deployment.values()
            if done["issue_id"] == row["issue_id"] is not None
            and done["environment"] == "production"
            and done["deployment_status"] == "SUCCESS"
            and done["deployed_at"] >= row["committed_at"]
        )
        at, number = carrying[0] if carrying else (None, None)
        return row | {"commit_id": ord(row["commit_sha"]), "deployed_at": at, "deployment_id": number}

    def _processed(self, issue: int, key: int) -> dict[str, Any]:
        day = str(date(key // 10000, key // 100 % 100, key % 100))
        return {"issue_id": issue, "process_date": day}

    def _file(self, row: dict[str, Any]) -> None:
        row = row | {"issue_key": row["issue_id"]}
        known = query(self.star.connection, "SELECT 1 AS n FROM dim_issue WHERE issue_key = %s", [row["issue_key"]])
        if known:
            names = ("repository", "source_created_at", "source_closed_at", "issue_type")
            execute(
                self.star.connection,
                f"UPDATE dim_issue SET {', '.join(f'{name} = %s' for name in names)} WHERE issue_key = %s",
                [*(row[name] for name in names), row["issue_key"]],
            )
        else:
            self.star.add("dim_issue", row)

    def computed_at_once(self) -> dict[str, set[tuple[Any, ...]]]:
        """The marts with every month open, straight from the facts."""
        for table in (*(f"{mart}_closed" for mart in MARTS), *DORA_KEPT):
            execute(self.star.connection, f"DELETE FROM {table}")
        execute(self.star.connection, "UPDATE ops.mart_state SET open_from = 0")
        self.star.refresh()
        return {mart: contents(self.star.connection, mart) for mart in MARTS}


@pytest.fixture
def months(star: Star) -> Star:
    for fact in FACTS:
        for month in MONTHS:
            query(star.connection, f"SELECT ops.add_month('{fact}', {month})")
    star.add(
        "dim_agent",
        *(
            {"agent_key": key, "agent_id": f"a{key}", "agent_name": f"A{key}", "agent_type": f"T{key}"}
            for key in (1, 2)
        ),
    )
    execute(star.connection, "SAVEPOINT empty")
    return star


def undone(star: Star) -> World:
    execute(star.connection, "ROLLBACK TO empty")
    return World(star)


AT, LATER = "2026-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"
DEPLOYMENT = {
    "deployment_id": 1,
    "issue_id": 1,
    "repository": "app",
    "deployed_at": AT,
    "environment": "production",
    "deployment_status": "SUCCESS",
}
COMMIT = {"commit_sha": "a", "repository": "app", "committed_at": LATER, "issue_id": 1}
# A commit was made after its issue's deployment, and both months are finished; then the deployment is that of another issue.
DEPLOYED_FOR_ANOTHER_ISSUE = [
    ("commit", COMMIT),
    ("deployment", DEPLOYMENT),
    ("publish", 4),
    ("commit", COMMIT | {"commit_sha": "h", "committed_at": AT}),
    ("deployment", DEPLOYMENT | {"issue_id": 3}),
]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(steps, min_size=4, max_size=30), last=st.integers(0, 5))
@example(history=DEPLOYED_FOR_ANOTHER_ISSUE, last=0)
def test_published_piece_by_piece_equals_computed_at_once(
    months: Star, history: list[tuple[str, Any]], last: int
) -> None:
    world = undone(months)
    for kind, what in history:
        world.play(kind, what)
    world.publish(last)
    published = {mart: contents(months.connection, mart) for mart in MARTS}
    assert published == world.computed_at_once()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(steps, min_size=10, max_size=40), closed=st.integers(0, 5))
def test_every_count_of_mart_dora_is_a_count_of_its_reasons(
    months: Star, history: list[tuple[str, Any]], closed: int
) -> None:
    world = undone(months)
    for kind, what in history:
        world.play(kind, what)
    world.publish(closed)
    differing = query(months.connection, REASONS.read_text(encoding="utf-8"))
    assert not differing
