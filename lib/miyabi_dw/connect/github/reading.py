"""Reads a repository: issues and pull requests in the order of their changes, deployments, now and then all issues."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from miyabi_dw.connect.github.answers import Item, Unusable, moment, needed_moment, needed_number, number, text
from miyabi_dw.connect.github.client import PER_PAGE, Client, Reply
from miyabi_dw.connect.github.links import Links
from miyabi_dw.connect.github.mapping import is_pull, issue_of, of_issue, of_pull_commit, of_pull_request, review_of
from miyabi_dw.connect.github.position import OVERLAP, Changes, Position
from miyabi_dw.connect.github.refusals import Refused
from miyabi_dw.connect.origin import Sink
from miyabi_dw.connect.records import RECORDS, Answer, Issue, Record

# Issues and pull requests between two checkpoints.
EVERY = 25
# GitHub lists no more commits of one pull request.
MOST_COMMITS_OF_PULL = 250
# How often all issues are listed, to notice those that were deleted or transferred.
LISTING_EVERY = timedelta(days=7)
# A number that is no longer here was deleted (410, 404) or moved to another repository (301).
IS_GONE = (301, 404, 410)
# The unit in which changes are told, and asked for: what changed within the same one is asked for again.
SECOND = timedelta(seconds=1)
FIRST = datetime.min.replace(tzinfo=UTC)
DISABLED = 410

logger = logging.getLogger(__name__)


class Reading:
    """One sync of a repository. What it adds to the sink is whole whenever it makes a checkpoint."""

    def __init__(self, client: Client, position: Position, sink: Sink) -> None:
        self.client = client
        self.position = position
        self.sink = sink
        self._done = 0
        self._is_listing = False
        # No transaction of the sink's is left open for as long as a limit lasts.
        client.on_wait = self.keep

    @property
    def repository(self) -> str:
        return self.position.repository

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}"

    def keep(self) -> None:
        """Saves what is whole: at any time but in the middle of a listing, and before it is known what is read."""
        if self.repository and not self._is_listing:
            self.save()

    def save(self) -> None:
        self.sink.checkpoint(self.position.as_cursor())

    def passed(self, unit: str) -> None:
        """One more is whole; every few of them are kept."""
        self._done += 1
        self.sink.progress(self._done, 0, unit)
        if self._done % EVERY == 0:
            self.save()

    def identify(self, declared: str) -> None:
        """Asks what the repository is called now. Under a new name everything is read again, and the old rows go."""
        known = self.position.repository
        if known and declared.lower() not in (known, self.position.declared):
            self._renamed(known, "")
            known = ""
        self.position.declared = declared.lower()
        etag = self.position.repository_etag if known else None
        reply = self.client.get(f"/repos/{known or declared.lower()}", etag=etag)
        if reply.is_unchanged:
            return
        name = (text(reply.item, "full_name") or declared).lower()
        if known and name != known:
            self._renamed(known, name)
        self.position.repository, self.position.repository_etag = name, reply.etag
        if name != declared.lower():
            logger.warning("%s is called %s now: correct it in the connection and in your clones", declared, name)
            self.sink.skip(f"the repository is called {name} now", declared)

    def _renamed(self, old: str, new: str) -> None:
        logger.info("%s is no longer what is read: its rows go", old)
        for record in RECORDS:
            if record is not Answer:
                self.sink.list_all(record, old)
        known = self.position
        self.position = Position(api_url=known.api_url, begin=known.begin, declared=known.declared, repository=new)

    def issues(self) -> None:
        """All that changed among issues and pull requests; pull requests alone where issues are disabled."""
        try:
            for found in self._changed():
                self._take(self.position.issues, found)
        except Refused as error:
            if error.status != DISABLED:
                raise
            self.sink.skip("issues are disabled in this repository", self.repository)
            for found in self._changed_pulls():
                self._take(self.position.pulls, found)
        self.save()

    def _changed(self) -> Iterator[Item]:
        """Issues and pull requests, the earliest change first.

        A page is asked for by the last change of the one before, not by its number: what changes meanwhile moves to
        the end, and the rest would move up past a page's border unseen.
        """
        known = self.position.issues
        since = known.since - OVERLAP if known.since else self.position.first
        asked = f"{self.repository} {since}"
        first = reply = self._by_change(since, known.etag if known.etag_of == asked else None)
        while True:
            yield from reply.items
            if not reply.next_address:
                break
            last = max((at for one in reply.items if (at := moment(one, "updated_at"))), default=None)
            following = last - SECOND if last else None
            is_later = following and (since is None or following > since)
            since = following if is_later else since
            reply = self._by_change(since) if is_later else self.client.get(reply.next_address)
        # Only now: what breaks off in the middle is asked for again, and has to be told again.
        known.etag, known.etag_of = (first.etag if reply is first else None), asked

    def _by_change(self, since: datetime | None, etag: str | None = None) -> Reply:
        params: dict[str, str | int] = {"state": "all", "sort": "updated", "direction": "asc", "per_page": PER_PAGE}
        if since:
            params["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.client.get(f"{self.path}/issues", params, etag=etag)

    def _changed_pulls(self) -> Iterator[Item]:
        """Pull requests, the earliest change first, of a list that GitHub has from the latest on only."""
        since = self.position.pulls.since or self.position.first
        found: list[tuple[datetime, int]] = []
        newest_first = {"state": "all", "sort": "updated", "direction": "desc"}
        for reply in self.client.pages(f"{self.path}/pulls", newest_first):
            page = [
                (at, key) for one in reply.items if (at := moment(one, "updated_at")) and (key := number(one, "number"))
            ]
            found += [(at, key) for at, key in page if since is None or at >= since - OVERLAP]
            if since and page and page[-1][0] < since - OVERLAP:
                break
        for at, key in sorted(found):
            yield {"number": key, "updated_at": at.isoformat(), "pull_request": {}}

    def _take(self, known: Changes, found: Item) -> None:
        """Reads what belongs to one of them, and hands it over when it is whole."""
        try:
            key, updated = needed_number(found, "number"), needed_moment(found, "updated_at")
            if known.is_read(key, updated):
                return
            records = list(self._pull_request(key) if is_pull(found) else self._issue(key, found))
        except Unusable as error:
            what = "pull_request" if is_pull(found) else "issue"
            self.sink.quarantine(f"{what} #{number(found, 'number')}", self.repository, str(error))
            return
        self.add(records)
        known.passed(key, updated, self.client.clock.now())
        self.passed("issues and pull requests")

    def add(self, records: Iterable[Record]) -> None:
        for record in records:
            self.sink.add(record)

    def _issue(self, key: int, found: Item) -> Iterator[Record]:
        # Nothing has happened to it yet.
        if not found.get("labels") and found.get("updated_at") == found.get("created_at"):
            return of_issue(self.repository, found, ())
        try:
            pages = list(self.client.pages(f"{self.path}/issues/{key}/events", follow=False))
        except Refused as error:
            if error.status not in IS_GONE:
                raise
            return iter([issue_of(self.repository, found, deleted_at=self.client.clock.now())])
        return of_issue(self.repository, found, (event for reply in pages for event in reply.items))

    def _pull_request(self, key: int) -> Iterator[Record]:
        address = f"{self.path}/pulls/{key}"
        try:
            found = self.client.get(address, follow=False).item
        except Refused as error:
            if error.status not in IS_GONE:
                raise
            self.sink.skip("a pull request is gone", f"{self.repository}#{key}")
            return
        pull, links, records = of_pull_request(self.repository, found, self._happened(key))
        yield from records
        yield from self._commits(address, key, pull.head_branch, links)
        if (number(found, "commits") or 0) > MOST_COMMITS_OF_PULL:
            self.sink.skip(f"GitHub lists the first {MOST_COMMITS_OF_PULL} commits of a pull request", address)
        for reply in self.client.pages(f"{address}/reviews"):
            yield from (review for one in reply.items if (review := review_of(self.repository, key, one)))

    def _happened(self, key: int) -> list[Item]:
        """What happened to a pull request: GitHub tells of it as of an issue, and where it does not, nothing did."""
        try:
            pages = list(self.client.pages(f"{self.path}/issues/{key}/events", follow=False))
        except Refused as error:
            if error.status not in IS_GONE:
                raise
            return []
        return [event for reply in pages for event in reply.items]

    def _commits(self, address: str, key: int, branch: str | None, links: Links) -> Iterator[Record]:
        for reply in self.client.pages(f"{address}/commits"):
            for one in reply.items:
                yield from of_pull_commit(self.repository, key, branch, links, one)

    def list_issues(self) -> None:
        """All issues there are, now and then: what is no longer among them was deleted or transferred.

        Nothing of a list that breaks off is kept, since the rest would count as gone.
        """
        now = self.client.clock.now()
        if self.position.listed_at and now - self.position.listed_at < LISTING_EVERY:
            return
        is_first = self.position.listed_at is None
        self.position.listed_at = now
        if not is_first and self.position.issues.since:
            self._is_listing = True
            self.sink.list_all(Issue, self.repository)
            oldest_first = {"state": "all", "sort": "created", "direction": "asc"}
            for reply in self.client.pages(f"{self.path}/issues", oldest_first):
                self._add_listed(reply.items)
        self.save()

    def _add_listed(self, page: Iterable[Item]) -> None:
        for found in page:
            with suppress(Unusable):
                if not is_pull(found) and needed_moment(found, "updated_at") >= (self.position.first or FIRST):
                    self.sink.add(issue_of(self.repository, found))
