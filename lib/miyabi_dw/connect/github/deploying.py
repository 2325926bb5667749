"""Reads deployments from the newest on, each way of counting them, and the commits that each carries."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import quote

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.github.answers import Item, Unusable, at, items, moment, needed_text, number, text
from miyabi_dw.connect.github.client import PER_PAGE, Client, Reply
from miyabi_dw.connect.github.deployments import Status, Way, of_deployment, of_release, of_run, of_tag, status_of
from miyabi_dw.connect.github.position import OVERLAP, Deploys, Success
from miyabi_dw.connect.github.reading import FIRST, IS_GONE, Reading
from miyabi_dw.connect.github.refusals import Refused
from miyabi_dw.connect.records import Deployment, DeploymentCommit

# The status of a deployment may change for so long after it was made.
LOOK_BACK = timedelta(days=30)
# Of one deployment; what it carries beyond that is told from what was merged in between.
MOST_COMMITS = 1_000
SHA_KEPT = 12
UNPROCESSABLE = 422


def read_deployments(reading: Reading, deploys: str) -> None:
    """New and changed deployments, then the commits of those that succeeded."""
    way = Way.of(deploys)
    position = reading.position.deploys
    if position.how != deploys:
        position = reading.position.deploys = Deploys(how=deploys)
    _Walk(reading, way, position).go()
    _compare(reading, position)
    reading.save()


class _Walk:
    """From the newest page to the last one known; an interrupted walk is finished before a new one begins."""

    def __init__(self, reading: Reading, way: Way, position: Deploys) -> None:
        self.reading = reading
        self.way = way
        self.position = position

    def go(self) -> None:
        position, client = self.position, self.reading.client
        if position.page:
            self._go_on(position.page)
        reply = client.get(self._address(), {"per_page": PER_PAGE}, etag=position.etag)
        if reply.is_unchanged:
            return
        position.began = position.began or client.clock.now()
        self._from(reply)
        # Tags are listed by name: a new one may stand on any page.
        position.etag = reply.etag if self.way.word != "tags" or not reply.next_address else None

    def _go_on(self, page: str) -> None:
        """With an interrupted walk, unless GitHub no longer knows the page."""
        try:
            reply = self.reading.client.get(page)
        except Refused as error:
            if error.status not in (*IS_GONE, UNPROCESSABLE):
                raise
            self.position.page = None
        else:
            self._from(reply)

    def _from(self, reply: Reply) -> None:
        position = self.position
        while True:
            page = _listed(reply)
            for found in page:
                self._take(found)
            position.page, position.read_of_page = reply.next_address, []
            self.reading.save()
            if not reply.next_address or self._is_known_from_here(page):
                break
            reply = self.reading.client.get(reply.next_address)
        # What changed after the walk began may have been on a page that was read before.
        if position.newest:
            position.since = min(position.newest, position.began or position.newest)
        position.began = position.newest = position.page = None

    def _is_known_from_here(self, page: list[Item]) -> bool:
        made = [begin for one in page if (begin := moment(one, "created_at"))]
        known = self.position.since - LOOK_BACK if self.position.since else self.reading.position.first
        return self.way.word != "tags" and bool(made and known and made[-1] < known)

    def _take(self, found: Item) -> None:
        """One of the list, if it is new or has changed."""
        position, changed = self.position, moment(found, "updated_at") or moment(found, "published_at")
        key = f"{at(found, 'id') or text(found, 'name')} {changed}"
        is_old = changed and position.since and changed <= position.since - OVERLAP
        if changed and (position.newest is None or changed > position.newest):
            position.newest = changed
        if is_old or key in position.read_of_page:
            return
        try:
            deployment = self._deployment(found)
        except Unusable as error:
            self.reading.sink.quarantine(f"deployment {at(found, 'id')}", self.reading.repository, str(error))
            return
        except Refused as error:
            if error.status not in IS_GONE:
                raise
            self.reading.sink.skip("a deployment is gone", error.where)
            return
        if deployment and (deployment.created_at or FIRST) >= (self.reading.position.first or FIRST):
            self._add(deployment, is_passing=found.get("transient_environment") is True)
            position.read_of_page.append(key)
            self.reading.passed("deployments")

    def _add(self, deployment: Deployment, *, is_passing: bool) -> None:
        """Its commits are asked for when it succeeded, unless its environment exists for one change only."""
        self.reading.sink.add(deployment)
        begin, sha = deployment.created_at, deployment.commit_sha
        if deployment.status != "success" or is_passing or not begin or not sha:
            return
        success = Success(environment=deployment.environment, release_id=deployment.release_id, sha=sha, at=begin)
        if not self.position.succeeded(success):
            self.reading.sink.skip("the commits of older deployments are not asked for", self.reading.repository)

    def _deployment(self, found: Item) -> Deployment | None:
        repository = self.reading.repository
        if self.way.word == "deployments":
            return of_deployment(repository, found, self._statuses(number(found, "id")))
        if self.way.word == "releases":
            return of_release(repository, found, self._sha_of(needed_text(found, "tag_name")))
        return self._tag(found) if self.way.word == "tags" else of_run(repository, found)

    def _statuses(self, key: int | None) -> Iterator[Status]:
        for reply in self.reading.client.pages(f"{self.reading.path}/deployments/{key}/statuses"):
            yield from (status for one in reply.items if (status := status_of(one)))

    def _sha_of(self, tag: str) -> str | None:
        """The commit that a tag stands on; None when the tag is gone."""
        try:
            return text(self.reading.client.get(f"{self.reading.path}/commits/{quote(tag, safe='')}").item, "sha")
        except Refused as error:
            if error.status in (*IS_GONE, UNPROCESSABLE):
                return None
            raise

    def _tag(self, found: Item) -> Deployment | None:
        name, sha = needed_text(found, "name"), needed_text(found, "commit", "sha")
        if not self.way.takes_tag(name) or self.position.tags.get(name) == sha[:SHA_KEPT]:
            return None
        commit = self.reading.client.get(f"{self.reading.path}/git/commits/{sha}").item
        self.position.tags[name] = sha[:SHA_KEPT]
        return of_tag(self.reading.repository, name, sha, moment(commit, "committer", "date"))

    def _address(self) -> str:
        path = self.reading.path
        if self.way.word == "workflow":
            return f"{path}/actions/workflows/{workflow(self.reading.client, path, self.way)}/runs"
        return f"{path}/{self.way.word}"


def workflow(client: Client, path: str, way: Way) -> int:
    """The number of the workflow that is called so; BadRequest with those that there are."""
    names = []
    for reply in client.pages(f"{path}/actions/workflows"):
        for found in items(reply.item.get("workflows")):
            if way.takes_workflow(text(found, "name"), text(found, "path")):
                return number(found, "id") or 0
            names.append(text(found, "name") or "")
    there = f"there are {', '.join(names[:10])}" if names else "it has none"
    raise BadRequest(f"the repository has no workflow {way.pattern}", path, f"correct deploys: {there}")


def _listed(reply: Reply) -> list[Item]:
    """Runs stand inside an object, everything else in a list of its own."""
    return list(items(reply.item["workflow_runs"])) if "workflow_runs" in reply.item else reply.items


def _compare(reading: Reading, position: Deploys) -> None:
    """Asks what each success carries that the one before it in its environment did not, the oldest first."""
    while position.waiting:
        success = position.waiting[0]
        before = position.last.get(success.environment)
        if before and before.sha != success.sha:
            reading.add(_carried(reading, before, success))
        position.compared(success)
        reading.passed("deployments")


def _carried(reading: Reading, before: Success, success: Success) -> list[DeploymentCommit]:
    address = f"{reading.path}/compare/{before.sha}...{success.sha}"
    try:
        shas = list(_shas(reading.client.pages(address)))
    except Refused as error:
        if error.status not in (*IS_GONE, UNPROCESSABLE):
            raise
        reading.sink.skip("a deployed commit is no longer in the repository", address)
        return []
    if len(shas) > MOST_COMMITS:
        reading.sink.skip(f"more than {MOST_COMMITS} commits of a deployment are not asked for", address)
    return [
        DeploymentCommit(reading.repository, success.environment, success.release_id, sha)
        for sha in shas[:MOST_COMMITS]
    ]


def _shas(pages: Iterable[Reply]) -> Iterator[str]:
    """Up to one more than are kept, so that one sees that there are more."""
    told = 0
    for reply in pages:
        for found in items(reply.item.get("commits")):
            if sha := text(found, "sha"):
                yield sha
                told += 1
        if told > MOST_COMMITS:
            return
