"""Pull requests with their reviews, code lines and what is taken back, as the source's tables have them."""

from dataclasses import replace
from datetime import datetime

from connect.conforming import CLI, Source, at, commit, sha
from miyabi_dw.connect.records import Commit, CommitLines, PullRequest, PullRequestCommit, PullRequestIssue, Review

PULLS = """SELECT number, state, labels, first_review_at, first_human_review_at, review_rounds, human_reviews, bot_reviews
FROM pull_requests ORDER BY number"""
COMMITS = """SELECT ltrim(commit_sha, '0'), branch, trailers, code_lines_added, code_lines_churned, reverted_at
FROM commits ORDER BY commit_sha"""


def naive(text: str) -> datetime:
    return at(text).replace(tzinfo=None)


def pull(number: int, **more: object) -> PullRequest:
    return PullRequest(CLI, number, state="merged", author="ada", created_at=at("05 08:00"), **more)  # type: ignore[arg-type]


def review(number: int, author: str, state: str, when: str, key: str, *, is_bot: bool | None = None) -> Review:
    return Review(CLI, number, key, author=author, state=state, submitted_at=at(when), is_bot=is_bot)


def test_reviews_of_bots_and_of_the_author_are_nobodys(own: Source) -> None:
    first = pull(7, merged_at=at("06 09:00"), labels=("bug", "AI-generated"))
    reviews = [
        review(7, "helper", "commented", "05 09:00", "r0", is_bot=True), review(7, "ada", "commented", "05 10:00", "r1"),
        review(7, "bo", "changes_requested", "05 11:00", "r2"), review(7, "bo", "approved", "05 12:00", "r3"),
    ]  # fmt: skip
    own.land(first, *reviews, PullRequestIssue(CLI, 7, "#3", "closing keyword"), pull(8), *commit(1, "05 08:30", "#3"))
    expected = (7, "merged", "bug\nAI-generated", naive("05 09:00"), naive("05 11:00"), 2, 2, 1)
    assert own.rows(PULLS) == [expected, (8, "merged", None, None, None, 0, 0, 0)]
    assert own.rows("SELECT issue_id IS NOT NULL FROM pull_requests ORDER BY number") == [(True,), (True,)]
    assert own.again() == 0
    # One more review alone brings the pull request up to date; a pull request that is gone leaves.
    own.land(review(8, "some-bot", "approved", "05 13:00", "r4"))
    assert own.rows(PULLS)[1] == (8, "merged", None, naive("05 13:00"), None, 0, 0, 1)
    own.land(replace(first, labels=()), listed=(PullRequest,))
    assert [row[:3] for row in own.rows(PULLS)] == [(7, "merged", None)]


def test_a_commit_tells_its_trailers_its_lines_and_when_it_was_taken_back(own: Source) -> None:
    told = Commit(CLI, sha(1), author="ada", committed_at=at("05 08:00"), branch="fix", trailers=("A-by: b", "C-by: d"))
    own.land(told, PullRequestCommit(CLI, 7, sha(1)), CommitLines(CLI, sha(2), 40, 0), *commit(2, "05 09:00"))
    assert own.rows(COMMITS) == [("1", "fix", "A-by: b\nC-by: d", None, None, None), ("2", None, None, 40, 0, None)]
    own.land(
        CommitLines(CLI, sha(2), 40, 4), *commit(3, "07 09:00", reverts=sha(2)), *commit(4, "06 09:00", reverts=sha(2))
    )
    assert own.rows(COMMITS)[1] == ("2", None, None, 40, 4, naive("06 09:00"))
    assert own.again() == 0
