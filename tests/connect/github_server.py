"""A server on this machine that answers as GitHub does: pages, limits, conditional requests, refusals, moved addresses."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

Json = dict[str, object]
# GitHub Enterprise answers below this; the server does so for both.
ENTERPRISE = "/api/v3"
BEGIN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def at(minutes: float) -> str:
    """So many minutes after the beginning, as GitHub writes it."""
    return (BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha_of(number: int) -> str:
    """A commit of that number, looking like one."""
    return hashlib.sha1(str(number).encode()).hexdigest()


@dataclass
class Fault:
    """What the next requests for a path get in place of their answer; `cut` breaks the connection off."""

    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "no"
    body: str | None = None
    times: int = 1
    cut: bool = False
    # So many requests for the path are answered first.
    after: int = 0


@dataclass
class Repository:
    """What the server knows; each list holds objects as GitHub's API has them."""

    name: str = "acme/cli"
    full_name: str = "Acme/cli"
    issues: list[Json] = field(default_factory=list)
    events: dict[int, list[Json]] = field(default_factory=dict)
    pulls: dict[int, Json] = field(default_factory=dict)
    commits: dict[int, list[Json]] = field(default_factory=dict)
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    deployments: list[Json] = field(default_factory=list)
    statuses: dict[int, list[Json]] = field(default_factory=dict)
    releases: list[Json] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    workflows: list[Json] = field(default_factory=list)
    runs: dict[int, list[Json]] = field(default_factory=dict)
    # By base...head, the shas in between.
    compared: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    has_issues: bool = True


class GitHubServer:
    """Start it with `serving`. `asked` lists path and query of every request, `tokens` what stood in Authorization."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.statuses: list[int] = []
        self.tokens: list[str | None] = []
        self.moved: dict[str, str] = {}
        self.token: str | None = None
        # GitHub gives no more than 100 on a page, whatever is asked for.
        self.most_per_page = 100
        self.on_request: Callable[[str], None] = lambda path: None
        self.url = ""

    def count(self, pattern: str = "") -> int:
        return sum(bool(re.search(pattern, path)) for path in self.asked)

    def forget(self) -> None:
        self.asked, self.statuses, self.tokens = [], [], []

    def fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.path, path):
                if fault.after:
                    fault.after -= 1
                elif fault.times:
                    fault.times -= 1
                    return fault
        return None

    def found(self, path: str, query: dict[str, str]) -> object:
        """The whole answer, or its list before it is cut into pages; None for what is not there."""
        known = self.repository
        if path == "/search/issues":
            state = query["q"].rpartition("state:")[2]
            rows = [row for row in known.issues if row["state"] == state and "pull_request" not in row]
            return {"total_count": len(rows), "items": rows[:1]} if known.full_name in query["q"] else 422
        inside = path.removeprefix(f"/repos/{known.full_name.lower()}").removeprefix(f"/repos/{known.full_name}")
        if inside == path:
            return None
        for pattern, answer in ROUTES.items():
            if match := re.fullmatch(pattern, inside):
                return answer(known, query, *match.groups())
        return None


def _repository(known: Repository, query: dict[str, str]) -> Json:
    return {"full_name": known.full_name, "has_issues": known.has_issues}


def _sorted(rows: list[Json], query: dict[str, str]) -> list[Json]:
    key = {"updated": "updated_at", "created": "created_at"}[query.get("sort", "created")]
    return sorted(rows, key=lambda row: str(row[key]), reverse=query.get("direction", "desc") == "desc")


def _issues(known: Repository, query: dict[str, str]) -> object:
    if not known.has_issues:
        return 410
    state = query.get("state", "open")
    rows = [row for row in known.issues if state in ("all", row["state"])]
    return _sorted([row for row in rows if str(row["updated_at"]) >= query.get("since", "")], query)


def _pulls(known: Repository, query: dict[str, str]) -> object:
    state = query.get("state", "open")
    return _sorted([row for row in known.pulls.values() if state in ("all", row["state"])], query)


ROUTES: dict[str, Callable[..., object]] = {
    r"": _repository,
    r"/issues": _issues,
    r"/pulls": _pulls,
    r"/issues/(\d+)/events": lambda known, query, number: known.events.get(int(number), []),
    r"/pulls/(\d+)": lambda known, query, number: known.pulls.get(int(number)),
    r"/pulls/(\d+)/commits": lambda known, query, number: known.commits.get(int(number), []),
    r"/pulls/(\d+)/reviews": lambda known, query, number: known.reviews.get(int(number), []),
    r"/deployments": lambda known, query: known.deployments,
    r"/deployments/(\d+)/statuses": lambda known, query, number: known.statuses.get(int(number), []),
    r"/releases": lambda known, query: known.releases,
    r"/tags": lambda known, query: known.tags,
    r"/commits/(.+)": lambda known, query, name: next(
        ({"sha": tag["commit"]["sha"]} for tag in known.tags if tag["name"] == unquote(name)), None
    ),
    r"/git/commits/(.+)": lambda known, query, sha: {"sha": sha, "committer": {"date": known.dates[sha]}},
    r"/actions/workflows": lambda known, query: ("workflows", known.workflows),
    r"/actions/workflows/(\d+)/runs": lambda known, query, number: ("workflow_runs", known.runs.get(int(number), [])),
    r"/compare/(.+)": lambda known, query, span: (
        None if span not in known.compared else ("commits", [{"sha": sha} for sha in known.compared[span]])
    ),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: two would wait for each other.
    wbufsize = 1 << 16
    server: "_Server"

    def do_GET(self) -> None:
        github, address = self.server.github, urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        token = self.headers.get("Authorization")
        github.on_request(address.path)
        github.asked.append(self.path)
        github.tokens.append(token)
        fault = github.fault(self.path)
        if fault and fault.cut:
            self._cut()
        elif fault:
            self._send(fault.status, {"message": fault.message}, fault.headers, fault.body)
        elif github.token and token != f"Bearer {github.token}":
            self._send(401, {"message": "Bad credentials"})
        elif moved := next((new for old, new in github.moved.items() if address.path.startswith(old)), None):
            self._send(301, {"message": "Moved Permanently"}, {"Location": moved})
        else:
            self._answer(github.found(address.path.removeprefix(ENTERPRISE), query), address.path, query)

    def _cut(self) -> None:
        """In the middle of an answer."""
        self.server.github.statuses.append(0)
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b'[{"number": 1')
        self.wfile.flush()
        self.close_connection = True

    def _answer(self, found: object, path: str, query: dict[str, str]) -> None:
        if found is None or isinstance(found, int):
            self._send(found or 404, {"message": "Not Found"})
            return
        if path.endswith("/issues") and "page" in query:
            self._send(422, {"message": "Pagination with the page parameter is not supported for large datasets"})
            return
        inside, rows = found if isinstance(found, tuple) else (None, found)
        headers: dict[str, str] = {}
        if isinstance(rows, list):
            size, page = self._size(query), int(query.get("page") or query.get("after") or 1)
            last = max(-(-len(rows) // size), 1)
            headers = self._links(path, query, page, last)
            rows = rows[(page - 1) * size : page * size]
        self._send(200, {"total_count": 0, inside: rows} if inside else rows, headers)

    def _size(self, query: dict[str, str]) -> int:
        return min(int(query.get("per_page", 30)), self.server.github.most_per_page)

    def _links(self, path: str, query: dict[str, str], page: int, last: int) -> dict[str, str]:
        """Issues are paged by what comes after, and nobody tells how many there are; everything else has numbers."""
        to = {name: number for name, number in (("next", page + 1), ("last", last)) if page < last}
        word = "after" if path.endswith("/issues") else "page"
        address = f"{self.server.github.url}{path}"
        links = [
            f'<{address}?{urlencode({**query, word: number})}>; rel="{name}"'
            for name, number in to.items()
            if name == "next" or word == "page"
        ]
        return {"Link": ", ".join(links)} if links else {}

    def _send(self, status: int, value: object, headers: dict[str, str] | None = None, raw: str | None = None) -> None:
        body = json.dumps(value).encode() if raw is None else raw.encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if status == 200 and self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        self.server.github.statuses.append(status)
        self.send_response(status)
        for name, content in {"ETag": etag, "X-RateLimit-Remaining": "4999", **(headers or {})}.items():
            self.send_header(name, content)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests read what was asked from the server object."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, github: GitHubServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.github = github


@contextmanager
def serving(repository: Repository) -> Iterator[GitHubServer]:
    github = GitHubServer(repository)
    with _Server(github) as server:
        github.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield github
        server.shutdown()
        thread.join()


def issue(key: int, minutes: float, **more: object) -> Json:
    """An open issue, made and changed at that minute."""
    return {
        "number": key, "title": f"Issue {key}", "state": "open", "created_at": at(minutes), "updated_at": at(minutes),
        "closed_at": None, "labels": [], "user": {"login": "ada", "email": "planted@mail.test"}, "body": "PLANTED body",
        **more,
    }  # fmt: skip


def event(kind: str, minutes: float, label: str | None = None, **more: object) -> Json:
    return {"event": kind, "created_at": at(minutes), **({"label": {"name": label}} if label else {}), **more}


def add_pull(known: Repository, number: int, minutes: float, *, merged: bool = True, **more: object) -> None:
    """A pull request of two commits and a review, made and changed at that minute, in the lists of both kinds."""
    pull: Json = {
        "number": number, "title": f"Change {number}", "state": "closed" if merged else "open", "body": "PLANTED body",
        "user": {"login": "ada"}, "head": {"ref": f"work-{number}"}, "base": {"ref": "main"}, "commits": 2,
        "created_at": at(minutes), "updated_at": at(minutes), "closed_at": at(minutes) if merged else None,
        "merged_at": at(minutes) if merged else None, "merge_commit_sha": sha_of(number), "additions": 10,
        "deletions": 2, "changed_files": 3, **more,
    }  # fmt: skip
    known.pulls[number] = pull
    known.issues.append(issue(number, minutes, state=pull["state"], updated_at=pull["updated_at"], pull_request={}))
    known.commits[number] = [commit(f"{sha_of(number)[:36]}c{place:03}", minutes - 2 + place) for place in (1, 2)]
    known.reviews[number] = [
        {
            "id": number * 10,
            "state": "APPROVED",
            "submitted_at": at(minutes),
            "user": {"login": "bob"},
            "body": "PLANTED",
        }
    ]


def commit(sha: str, minutes: float, message: str = "PLANTED message", **author: object) -> Json:
    who = {"name": "Ada", "email": "planted@mail.test", "date": at(minutes), **author}
    return {
        "sha": sha, "commit": {"author": who, "committer": who, "message": message}, "author": {"login": "ada"},
        "parents": [{"sha": "0" * 40}],
    }  # fmt: skip


def add_deployment(known: Repository, key: int, minutes: float, *states: str, environment: str = "production") -> None:
    """With these statuses, the earliest first, a minute apart; GitHub lists the newest deployment and status first."""
    known.deployments.insert(0, {
        "id": key, "sha": sha_of(key), "environment": environment, "created_at": at(minutes),
        "updated_at": at(minutes + len(states)), "description": "PLANTED",
    })  # fmt: skip
    told = [{"state": state, "created_at": at(minutes + place)} for place, state in enumerate(states, 1)]
    known.statuses[key] = told[::-1]


def small(known: Repository) -> None:
    """Two issues, one of them closed by a merged pull request; an open pull request; two deployments."""
    known.issues += [
        issue(1, 0, updated_at=at(30), state="closed", closed_at=at(30), labels=[{"name": "bug"}, {"name": "P1"}]),
        issue(2, 5),
    ]
    known.events[1] = [event("labeled", 1, "bug"), event("labeled", 2, "P1"), event("labeled", 3, "triage"),
                       event("unlabeled", 9, "triage"), event("closed", 30, commit_id=sha_of(3))]  # fmt: skip
    add_pull(known, 3, 30, title="Cache answers", body="PLANTED body\nFixes #1 <!-- closes #2 -->")
    add_pull(known, 4, 31, merged=False, head={"ref": "issue-2-flags"})
    add_deployment(known, 70, 40, "in_progress", "success", "inactive")
    add_deployment(known, 71, 50, "queued", "in_progress", "success")
    known.compared[f"{sha_of(70)}...{sha_of(71)}"] = ["aa", "bb"]
