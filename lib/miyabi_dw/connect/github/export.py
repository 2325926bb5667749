"""Reads a folder with GitHub's answers in files, for teams whose network is closed; when one changed, all again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.github.answers import (
    Item,
    Unusable,
    at,
    item,
    items,
    moment,
    needed_number,
    needed_text,
    number,
    text,
)
from miyabi_dw.connect.github.deployments import Status, Way, ended, of_deployment, of_release, of_run, status_of
from miyabi_dw.connect.github.export_files import FILES, ExportFile
from miyabi_dw.connect.github.mapping import READY, is_pull, of_issue, of_pull_commit, of_pull_request, review_of
from miyabi_dw.connect.origin import Cursor, Sink
from miyabi_dw.connect.records import Deployment, Record

if TYPE_CHECKING:
    from miyabi_dw.connect.github.links import Links

# What a file's items are called where they cannot be used: as the tables are in which they would land.
RECORDS_OF = {
    "issues.json": "issue", "pulls.json": "pull_request", "pull_commits.json": "commit", "pull_reviews.json": "review",
}  # fmt: skip
# Of an event only what counts is held until its issue comes.
EVENTS = ("labeled", "unlabeled", "closed", READY)


def read_export(folder: Path, repository: str, deploys: str, cursor: Cursor, sink: Sink) -> None:
    """Everything, unless no file has changed since; BadRequest where the folder has none of the files."""
    state = {"repository": repository, "deploys": deploys, "files": _files(folder)}
    if not item(state["files"]):
        raise BadRequest("none of an export's files is here", str(folder), f"it needs {', '.join(FILES)}, or some")
    if dict(cursor) != state:
        _Export(folder, repository, deploys, sink).read()
    sink.checkpoint(state)


def _files(folder: Path) -> dict[str, list[int]]:
    """What tells that a file is another one: its size and when it was written."""
    there = {name: (folder / name).stat() for name in FILES if (folder / name).is_file()}
    return {name: [found.st_size, found.st_mtime_ns] for name, found in there.items()}


class _Export:
    """Memory grows with the numbers, branches and label changes of the export, not with its texts."""

    def __init__(self, folder: Path, repository: str, deploys: str, sink: Sink) -> None:
        self.folder = folder
        self.repository = repository
        self.way = Way.of(deploys)
        self.sink = sink
        self._pulls: dict[int, tuple[str | None, Links]] = {}
        self._happened: Mapping[int, list[Item]] = {}

    def read(self) -> None:
        steps = (self._issues, self._pull_requests, self._commits, self._reviews, self._deployments)
        for done, step in enumerate(steps, 1):
            step()
            self.sink.progress(done, len(steps), "kinds of records")

    def _each(self, name: str) -> Iterator[Item]:
        return ExportFile(self.folder, name, self.sink).items()

    def _unusable(self, name: str, found: Item, error: Unusable) -> None:
        key = number(found, "number") or number(found, "id") or text(found, "sha") or "an item"
        self.sink.quarantine(f"{RECORDS_OF.get(name, 'deployment')} {key}", str(self.folder / name), str(error))

    def _add(self, name: str, of: Callable[[Item], Iterable[Record]]) -> None:
        """What each item of the file is; all records of an item, or none."""
        for found in self._each(name):
            try:
                records = list(of(found))
            except Unusable as error:
                self._unusable(name, found, error)
                continue
            for record in records:
                self.sink.add(record)

    def _issues(self) -> None:
        self._happened = self._events()
        self._add("issues.json", self._issue)

    def _issue(self, found: Item) -> Iterable[Record]:
        if is_pull(found):
            return ()
        return of_issue(self.repository, found, self._happened.get(number(found, "number") or 0, ()))

    def _events(self) -> Mapping[int, list[Item]]:
        """What happened to each issue and pull request; an event that stands twice counts once."""
        found: dict[int, dict[int, Item]] = defaultdict(dict)
        for event in self._each("issue_events.json"):
            kind, issue = text(event, "event"), number(event, "issue", "number")
            if kind in EVENTS and issue:
                kept = {"event": kind, "label": {"name": text(event, "label", "name")}}
                whole = {**kept, "created_at": text(event, "created_at"), "commit_id": text(event, "commit_id")}
                found[issue][number(event, "id") or len(found[issue])] = whole
        return {issue: list(told.values()) for issue, told in found.items()}

    def _pull_requests(self) -> None:
        self._add("pulls.json", self._pull_request)

    def _pull_request(self, found: Item) -> list[Record]:
        pull, links, records = of_pull_request(
            self.repository, found, self._happened.get(number(found, "number") or 0, ())
        )  # fmt: skip
        self._pulls[pull.number] = (pull.head_branch, links)
        return records

    def _commits(self) -> None:
        self._add("pull_commits.json", self._commit)

    def _commit(self, found: Item) -> Iterable[Record]:
        pull = needed_number(found, "pull_number")
        branch, links = self._pulls.get(pull, (None, {}))
        return of_pull_commit(self.repository, pull, branch, links, found)

    def _reviews(self) -> None:
        self._add("pull_reviews.json", self._review)

    def _review(self, found: Item) -> Iterable[Record]:
        review = review_of(self.repository, needed_number(found, "pull_number"), found)
        return [review] if review else []

    def _deployments(self) -> None:
        if self.way.word == "tags":
            raise BadRequest("an export has no tags", str(self.folder), "choose deployments, releases or a workflow")
        if self.way.word == "deployments":
            self._add_deployments("graphql_deployments.json", self._of_graphql)
            self._add_deployments("deployments.json", self._of_rest)
        elif self.way.word == "releases":
            self._add_deployments("releases.json", lambda found: of_release(self.repository, found, None))
        else:
            self._add_deployments("actions_runs.json", self._of_run)

    def _add_deployments(self, name: str, read: Callable[[Item], Deployment | None]) -> None:
        self._add(name, lambda found: [one for one in [read(found)] if one])

    def _of_rest(self, found: Item) -> Deployment:
        """With its statuses inside, as `statuses`; without them nobody knows how it ended."""
        if "statuses" not in found:
            raise Unusable("it has no statuses")
        told = (status_of(one) for one in items(found.get("statuses")))
        return of_deployment(self.repository, found, [status for status in told if status])

    def _of_graphql(self, found: Item) -> Deployment:
        return _of_graphql(self.repository, _lowered(found))

    def _of_run(self, found: Item) -> Deployment | None:
        if not self.way.takes_workflow(text(found, "name"), text(found, "path")):
            return None
        return of_run(self.repository, found)


def _lowered(found: Item) -> Item:
    """With keys that begin in lower case, which not every tool that asks GitHub leaves so."""
    return {
        key[:1].lower() + key[1:]: _lowered(value) if isinstance(value, Mapping) else value
        for key, value in found.items()
    }


def _of_graphql(repository: str, found: Item) -> Deployment:
    """A deployment as GraphQL tells it. Its newest status stands apart, and may be all there is.

    `inactive` is then a success that a later one followed, since GitHub sets it on no other. When it succeeded is lost;
    its begin is nearest.
    """
    nodes = [*items(at(found, "statuses", "nodes")), *items([found.get("latestStatus")])]
    told = (text(one, "state") for one in nodes)
    statuses = [
        Status(state.lower(), moment(one, "createdAt") or moment(one, "updatedAt"))
        for one, state in zip(nodes, told, strict=True)
        if state
    ]
    is_superseded = [status.state for status in statuses] == ["inactive"]
    deployment = Deployment(
        repository,
        needed_text(found, "environment"),
        str(needed_number(found, "databaseId")),
        status="",
        created_at=moment(found, "createdAt"),
        updated_at=moment(found, "updatedAt"),
        commit_sha=text(found, "commitOid") or text(found, "commit", "oid"),
    )
    return ended(deployment, [Status("success", deployment.created_at)] if is_superseded else statuses)
