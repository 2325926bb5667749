"""What an issue's labels and their events tell, whatever is missing of them."""

from datetime import datetime

import pytest

from connect.github_server import Json, at, event, issue
from miyabi_dw.connect.github.labels import history, priority_of, type_of
from miyabi_dw.connect.records import Label


def label(name: str, applied: float, removed: float | None = None) -> Label:
    until = datetime.fromisoformat(at(removed)) if removed is not None else None
    return Label("acme/cli", "#1", name, datetime.fromisoformat(at(applied)), until)


@pytest.mark.parametrize(
    ("standing", "events", "labels"),
    [
        (["bug"], [event("labeled", 1, "bug")], [label("bug", 1)]),
        ([], [event("unlabeled", 5, "bug"), event("labeled", 1, "bug")], [label("bug", 1, 5)]),
        (["bug"], [event("labeled", 1, "bug"), event("unlabeled", 5, "bug"), event("labeled", 7, "bug")],
         [label("bug", 1, 5), label("bug", 7)]),
        # Told twice, as when a label is set by two rules at once.
        (["bug"], [event("labeled", 1, "bug"), event("labeled", 2, "bug")], [label("bug", 1)]),
        # Imported with the issue: no event tells of it.
        (["bug"], [], [label("bug", 0)]),
        # Renamed in the repository: events keep the old name, and the issue has the new one.
        (["type: bug"], [event("labeled", 1, "bug")], [label("bug", 1, 9), label("type: bug", 0)]),
        # Taken off before anybody tells that it was set.
        ([], [event("unlabeled", 5, "bug")], []),
        ([], [event("labeled", 1), event("closed", 2), event("labeled", 3, "bug", created_at="never")], []),
    ],
)  # fmt: skip
def test_the_history_of_labels(standing: list[str], events: list[Json], labels: list[Label]) -> None:
    found = issue(1, 0, labels=[{"name": name} for name in standing], updated_at=at(9))
    assert list(history("acme/cli", "#1", found, events)) == labels


@pytest.mark.parametrize(
    ("names", "issue_type", "priority"),
    [
        (["bug"], "bug", None),
        (["kind/feature", "Priority: P0"], "feature", "P0"),
        (["documentation", "p3"], "docs", "P3"),
        (["type:incident", "priority/P1"], "incident", "P1"),
        (["C-bug", "area: tests", "P5", "debug"], "bug", None),
        (["good first issue", "priority"], None, None),
    ],
)
def test_type_and_priority_are_what_a_label_says_outright(
    names: list[str], issue_type: str | None, priority: str | None
) -> None:
    found = issue(1, 0, labels=[{"name": name} for name in names])
    assert (type_of(found), priority_of(found)) == (issue_type, priority)


def test_the_issues_own_type_wins_over_labels() -> None:
    assert type_of(issue(1, 0, type={"name": "Task"}, labels=["bug"])) == "task"
