"""Asks GitHub over HTTP: pages, limits, repeated attempts, redirects, conditional requests.

Why `requests`, and neither githubkit 0.16 nor dlt 1.31, both tried:
- githubkit follows Link headers and waits for limits, but with a plain sleep for as long as a limit lasts; its models
  refuse an answer that lacks a key, and show its texts in the error; its cache for conditional requests keeps bodies;
  it brings 56 MB of models, and a version of hishel with which it cannot be imported.
- dlt follows Link headers, but ends with an error at the first 403 of a limit, knows no conditional requests, and
  brings 25 packages and pipelines that report their use unless told not to.
What is left to do by hand is this module and `limits`; `requests` reads Link headers and is here already.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    InvalidHeader,
    InvalidSchema,
    InvalidURL,
    SSLError,
)

from miyabi_dw import __version__
from miyabi_dw.common.errors import OriginFailed
from miyabi_dw.connect.github.answers import Item, item, items, text
from miyabi_dw.connect.github.limits import LIMITED, Clock, Patience, primary_pause, retry_after, secondary_pause
from miyabi_dw.connect.github.refusals import Refused, refusal

PER_PAGE = 100
MOST_ATTEMPTS = 5
MOST_REDIRECTS = 5
LONG_WAIT = 10.0
# To connect, and between two pieces of an answer.
TIMEOUT_SECONDS = (10, 60)
REDIRECTS = (301, 302, 307, 308)
NOT_MODIFIED = 304
PASSING = (500, 502, 503, 504)

# The connection broke off, and may not the next time; the address, a proxy or a certificate stays as it is.
CUT = (requests.ConnectionError, requests.Timeout, ChunkedEncodingError, ContentDecodingError)
UNFIT = (SSLError, InvalidURL, InvalidSchema, InvalidHeader)

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reply:
    """`value` is the JSON, None where it `is_unchanged`; `next_address` leads to the next page."""

    value: object
    address: str
    next_address: str | None = None
    last_page: int | None = None
    etag: str | None = None
    is_unchanged: bool = False

    @property
    def item(self) -> Item:
        return item(self.value)

    @property
    def items(self) -> list[Item]:
        """The objects of a list; OriginFailed where there is none, as of a portal that answers everything with 200."""
        if not isinstance(self.value, list) and not self.is_unchanged:
            raise _no_answer("the answer is no list", self.address)
        return list(items(self.value))


class Client:
    """One conversation, one request at a time, as GitHub asks for; close it."""

    def __init__(self, api_url: str, token: str | None, clock: Clock, wait_seconds: float) -> None:
        self.api_url = api_url.rstrip("/")
        self.clock = clock
        # Called before a long wait.
        self.on_wait: Callable[[], None] = lambda: None
        self._has_token = token is not None
        self._patience = Patience(clock, wait_seconds)
        self._session = requests.Session()
        self._session.headers.update({
            "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": f"miyabi-dw/{__version__}",
        })  # fmt: skip
        # Given even without a token: else requests would take one from ~/.netrc, and put it in the place of ours.
        self._session.auth = _Bearer(token)

    def close(self) -> None:
        self._session.close()

    def get(self, address: str, params: Params | None = None, *, etag: str | None = None, follow: bool = True) -> Reply:
        """The answer to one request; a path counts from the API's address. Refused for a status that is no answer.

        `follow` goes where GitHub says that a thing has moved to.
        """
        address = self._own(address if "://" in address else f"{self.api_url}{address}")
        for _ in range(MOST_REDIRECTS if follow else 1):
            answer = self._answered(address, params, etag)
            if answer.status_code == NOT_MODIFIED:
                return Reply(None, address, etag=etag, is_unchanged=True)
            if answer.status_code not in REDIRECTS:
                return self._reply(answer, address)
            address, params = self._moved_to(answer, address), None
        raise Refused(
            "GitHub says that it has moved", _place(address), "correct repository or api_url", code="origin-missing",
            status=answer.status_code,
        )  # fmt: skip

    def pages(self, address: str, params: Params | None = None, *, follow: bool = True) -> Iterator[Reply]:
        """The answer and those that its Link headers lead to."""
        reply = self.get(address, {"per_page": PER_PAGE, **(params or {})}, follow=follow)
        yield reply
        while reply.next_address:
            reply = self.get(reply.next_address, follow=follow)
            yield reply

    def _answered(self, address: str, params: Params | None, etag: str | None) -> requests.Response:
        """An answer that another attempt would not change."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                answer = self._sent(address, params, etag)
            except CUT as error:
                self._pause_after_cut(error, address, attempt)
                continue
            pause, why = self._pause(answer, attempt)
            if pause is None or attempt == MOST_ATTEMPTS:
                return answer
            self._wait(pause, why)
        raise AssertionError("the last attempt returns or raises")

    def _sent(self, address: str, params: Params | None, etag: str | None) -> requests.Response:
        headers = {"If-None-Match": etag} if etag else {}
        try:
            return self._session.get(
                address, params=params, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except UNFIT as error:
            raise _unreachable(error, address, code="origin-missing") from None

    def _pause_after_cut(self, error: requests.RequestException, address: str, attempt: int) -> None:
        if attempt == MOST_ATTEMPTS:
            raise _unreachable(error, address, code="origin-unreachable") from None
        self._wait(2.0 ** (attempt - 1), f"the connection to {_host(address)} was cut")

    def _wait(self, seconds: float, why: str) -> None:
        if seconds >= LONG_WAIT:
            self.on_wait()
        self._patience.wait(seconds, why)

    def _pause(self, answer: requests.Response, attempt: int) -> tuple[float | None, str]:
        """How long to wait before the next attempt, and why; None when there is nothing to wait for."""
        now = self.clock.now()
        if answer.status_code in PASSING:
            return retry_after(answer.headers, now) or 2.0 ** (attempt - 1), f"GitHub answered {answer.status_code}"
        if answer.status_code not in LIMITED:
            return None, ""
        primary = primary_pause(answer.headers, now)
        if primary is not None and retry_after(answer.headers, now) is None:
            return primary, "GitHub's limit of requests an hour is reached"
        pause = secondary_pause(answer.status_code, answer.headers, _message(answer), now, attempt)
        return pause, "GitHub's secondary limit is reached"

    def _reply(self, answer: requests.Response, address: str) -> Reply:
        if answer.status_code != requests.codes.ok:
            raise self._refusal(answer, address)
        return Reply(
            _decoded(answer, address),
            address,
            self._next_address(answer, address),
            _page(answer.links.get("last", {}).get("url")),
            answer.headers.get("etag"),
        )

    def _refusal(self, answer: requests.Response, address: str) -> OriginFailed:
        if answer.status_code in LIMITED and self._pause(answer, MOST_ATTEMPTS)[0] is not None:
            return OriginFailed(
                "GitHub's limit is reached, again and again", _place(address),
                "sync again in an hour: what was read is kept", code="origin-limited",
            )  # fmt: skip
        told = _message(answer)
        return refusal(answer.status_code, answer.headers, told, _place(address), has_token=self._has_token)

    def _next_address(self, answer: requests.Response, address: str) -> str | None:
        link = answer.links.get("next", {}).get("url")
        return self._own(urljoin(address, link)) if link else None

    def _moved_to(self, answer: requests.Response, address: str) -> str:
        return self._own(urljoin(address, answer.headers.get("location", "")))

    def _own(self, address: str) -> str:
        """The address, if it is the API's own: the token goes nowhere else."""
        if _origin(address) != _origin(self.api_url):
            raise OriginFailed(
                f"{_host(self.api_url)} leads to another host, {_host(address)}, which is not followed", "",
                "correct api_url", code="origin-missing",
            )  # fmt: skip
        return address


class _Bearer(requests.auth.AuthBase):
    """Puts the token into a request's header; without one the request stays as it is."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _decoded(answer: requests.Response, address: str) -> object:
    try:
        return json.loads(answer.content)
    except ValueError:
        raise _no_answer("the answer is no JSON", address) from None


def _no_answer(what: str, address: str) -> OriginFailed:
    remedy = "check api_url: something else answers there"
    return OriginFailed(what, _place(address), remedy, code="origin-missing")


def _message(answer: requests.Response) -> str:
    """What GitHub says of a refusal; looked into, never shown."""
    try:
        return text(item(json.loads(answer.content)), "message") or ""
    except ValueError:
        return ""


def _unreachable(error: requests.RequestException, address: str, *, code: str) -> OriginFailed:
    return OriginFailed(
        f"no answer could be had ({type(error).__name__})", _place(address),
        "check api_url, proxy and certificates, then sync again: what was read is kept", code=code,
    )  # fmt: skip


def _page(address: str | None) -> int | None:
    found = parse_qs(urlsplit(address or "").query).get("page", [""])[0]
    return int(found) if found.isdigit() else None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _host(address: str) -> str:
    return urlsplit(address).hostname or "an address without a host"


def _place(address: str) -> str:
    """The address as errors show it, without what is asked."""
    parts = urlsplit(address)
    return f"GET {parts.scheme}://{parts.netloc}{parts.path}"
