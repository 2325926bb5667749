"""What an origin tells, whatever it is: the rows of the landing tables, one class a table.

`keys` names the fields that, with the connection's name, make a row; reading it again replaces it. Moments carry their
zone. A repository is its conformed name (see `repositories`). Nothing here holds a message, a prompt, an answer, a body
or an e-mail address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class Record:
    """Base of the records: `table` is the landing table, in the schema `landing` of the source database."""

    __slots__ = ()
    table: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Issue(Record):
    """An issue as a tracker has it. `key` is `#123`, `ABC-123` or, where nothing else names it, `branch:<name>`.

    What only a commit names needs no record: `conform` makes the issue of the commits that name it.
    """

    table = "issue"
    keys = ("repository", "key")
    repository: str
    key: str
    number: int | None = None
    title: str | None = None
    state: str | None = None
    issue_type: str | None = None
    priority: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    # Deleted or transferred away at the origin.
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Label(Record):
    """A label on an issue, from `applied_at` until `removed_at`."""

    table = "label"
    keys = ("repository", "issue_key", "name", "applied_at")
    repository: str
    issue_key: str
    name: str
    applied_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commit(Record):
    """A commit. `branch` is the branch whose merge brought it, `trailers` its trailers as `Key: value`,
    without addresses.

    `author` is a name, never an address. `reverts` is the sha of the commit that it takes back.
    """

    table = "commit"
    keys = ("repository", "sha")
    repository: str
    sha: str
    author: str | None = None
    committed_at: datetime | None = None
    is_merge: bool | None = None
    lines_added: int | None = None
    lines_deleted: int | None = None
    pr_number: int | None = None
    branch: str | None = None
    reverts: str | None = None
    trailers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitLines(Record):
    """What a commit brought to the main line: lines without moves, white space and files that nobody writes.

    `lines_churned` of them were changed or removed within 14 days.
    """

    table = "commit_lines"
    keys = ("repository", "sha")
    repository: str
    sha: str
    lines_added: int
    lines_churned: int


@dataclass(frozen=True, slots=True)
class CommitIssue(Record):
    """A commit names an issue. `link` says how: `trailer`, `closing keyword`, `subject`, `merged branch`."""

    table = "commit_issue"
    keys = ("repository", "sha", "issue_key")
    repository: str
    sha: str
    issue_key: str
    link: str


@dataclass(frozen=True, slots=True)
class PullRequest(Record):
    """A pull request; `lines_*` and `changed_files` where the origin tells them.

    `ready_at` is when it was last marked as ready for review, where it was a draft before.
    """

    table = "pull_request"
    keys = ("repository", "number")
    repository: str
    number: int
    state: str | None = None
    author: str | None = None
    head_branch: str | None = None
    base_branch: str | None = None
    merge_commit_sha: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    lines_added: int | None = None
    lines_deleted: int | None = None
    changed_files: int | None = None
    labels: tuple[str, ...] = ()
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullRequestIssue(Record):
    """A pull request works on an issue. `link`: `closing keyword`, `linked` (by the tracker), `branch`, `title`."""

    table = "pull_request_issue"
    keys = ("repository", "number", "issue_key")
    repository: str
    number: int
    issue_key: str
    link: str


@dataclass(frozen=True, slots=True)
class PullRequestCommit(Record):
    """A commit of a pull request as it was before a squash lost it."""

    table = "pull_request_commit"
    keys = ("repository", "number", "sha")
    repository: str
    number: int
    sha: str


@dataclass(frozen=True, slots=True)
class Review(Record):
    """One review of a pull request. `state`: approved, changes_requested, commented, dismissed."""

    table = "review"
    keys = ("repository", "number", "external_id")
    repository: str
    number: int
    external_id: str
    author: str | None = None
    state: str | None = None
    submitted_at: datetime | None = None
    is_bot: bool | None = None


@dataclass(frozen=True, slots=True)
class Deployment(Record):
    """A deployment or release, its `status` in the origin's word; `release_id` is a tag, or a deployment's or run's id.

    `commit_sha` is what was deployed, `created_at` its begin, `deployed_at` its end.
    """

    table = "deployment"
    keys = ("repository", "environment", "release_id")
    repository: str
    environment: str
    release_id: str
    status: str
    created_at: datetime | None = None
    deployed_at: datetime | None = None
    updated_at: datetime | None = None
    duration_seconds: int | None = None
    commit_sha: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentCommit(Record):
    """A commit that a deployment carries and no earlier one did.

    Of a deployment without any, `conform` takes what was merged in between.
    """

    table = "deployment_commit"
    keys = ("repository", "environment", "release_id", "sha")
    repository: str
    environment: str
    release_id: str
    sha: str


@dataclass(frozen=True, slots=True)
class Answer(Record):
    """One answer of a model. The answers of one `execution_id` are one execution of an agent.

    Tokens are those of OpenTelemetry: input counts everything that went in, cache_read and cache_write are parts of it,
    cache_write_1h a part of cache_write, reasoning a part of output. An answer that several sessions have (resumed,
    forked) is one: `conform` takes it where `session_at` is earliest, with the greatest output. `issue_key` is what the
    log itself names; `branch_key` the issue that the branch's name tells. `folder` is the working directory,
    `repository` what its git remote says.
    """

    table = "answer"
    keys = ("answer_id", "session_id")
    answer_id: str
    execution_id: str
    session_id: str
    session_at: datetime
    # When the prompt came: the execution's start.
    prompt_at: datetime
    answered_at: datetime
    agent_id: str
    model: str
    provider: str | None = None
    tokens_input: int = 0
    tokens_output: int = 0
    tokens_cache_read: int = 0
    tokens_cache_write: int = 0
    tokens_cache_write_1h: int = 0
    tokens_reasoning: int = 0
    cost_usd: float | None = None
    success: bool | None = None
    folder: str | None = None
    repository: str | None = None
    branch: str | None = None
    branch_key: str | None = None
    issue_key: str | None = None


RECORDS: tuple[type[Record], ...] = (
    Issue, Label, Commit, CommitLines, CommitIssue, PullRequest, PullRequestIssue, PullRequestCommit, Review,
    Deployment, DeploymentCommit, Answer,
)  # fmt: skip
