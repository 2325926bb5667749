"""What a connection to GitHub says and does when it gets no answer: limits, refusals, cut connections, other hosts."""

import logging
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connect.github_server import Fault, GitHubServer, Repository, add_pull, issue, serving
from connect.sinks import Collected, read
from miyabi_dw.common.errors import MiyabiError, OriginFailed, SettingsError
from miyabi_dw.common.redaction import redacted
from miyabi_dw.connect.github import GitHub
from miyabi_dw.connect.github.limits import Clock
from miyabi_dw.connect.records import Issue, PullRequest

TOKEN = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    waits: list[float] = []
    monkeypatch.setattr(GitHub, "clock", Clock(lambda: NOW + timedelta(seconds=sum(waits)), waits.append))
    monkeypatch.setenv("MIYABI_GITHUB_TOKEN", TOKEN)
    return waits


@pytest.fixture
def github(slept: list[float]) -> Iterator[GitHubServer]:
    known = Repository(issues=[issue(1, 0), issue(2, 1)])
    add_pull(known, 3, 2)
    with serving(known) as answering:
        yield answering


def connection(github: GitHubServer, **more: object) -> GitHub:
    return GitHub.model_validate({"name": "cli", "repository": "acme/cli", "api_url": github.url, **more})


def refusal(github: GitHubServer, *faults: Fault, **more: object) -> MiyabiError:
    """What the reading raises; the token is nowhere in it."""
    github.faults = list(faults)
    with pytest.raises(MiyabiError) as error:
        connection(github, **more).read({}, Collected())
    assert TOKEN not in f"{error.value!r} {error.value} {error.value.as_json()} {error.getrepr(style='long')}"
    return error.value


def limited(seconds: int) -> dict[str, str]:
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + seconds)}


def test_the_hours_limit_is_waited_for(github: GitHubServer, slept: list[float]) -> None:
    github.faults = [Fault("/pulls/3$", 403, limited(600))]
    assert len(read(connection(github)).records[PullRequest]) == 1
    assert slept == [601]


def test_a_limit_that_lasts_too_long_ends_the_reading_and_says_when_to_go_on(
    github: GitHubServer, slept: list[float]
) -> None:
    error = refusal(github, Fault("/pulls/3$", 429, limited(1200)))
    assert error.is_transient
    assert "can be read again from 2026-04-01 00:20:01 UTC" in str(error)
    assert slept == []


def test_all_waiting_of_a_reading_is_bounded(github: GitHubServer, slept: list[float]) -> None:
    faults = [Fault("/pulls/3$", 403, limited(500)), Fault("/pulls/3/commits", 403, limited(1300))]
    assert refusal(github, *faults).code == "origin-limited"
    assert slept == [501]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(("asked", "waited"), [("30", 31), ("Wed, 01 Apr 2026 00:00:40 GMT", 41)])
def test_the_secondary_limit_is_waited_for_as_asked(
    github: GitHubServer, slept: list[float], status: int, asked: str, waited: float
) -> None:
    github.faults = [Fault("/issues", status, {"Retry-After": asked})]
    assert len(read(connection(github)).records[Issue]) == 2
    assert slept == [waited]


def test_the_secondary_limit_without_a_time_doubles_its_wait(github: GitHubServer, slept: list[float]) -> None:
    github.faults = [Fault("/issues", 403, message="You have exceeded a secondary rate limit", times=3)]
    assert len(read(connection(github)).records[Issue]) == 2
    assert slept == [60, 120, 240]


def test_a_limit_that_never_ends_is_given_up(github: GitHubServer, slept: list[float]) -> None:
    error = refusal(github, Fault("/issues", 403, {"Retry-After": "1"}, times=100))
    assert (error.code, error.is_transient, len(slept)) == ("origin-limited", True, 4)


def test_what_is_whole_is_kept_before_a_long_wait(
    github: GitHubServer, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing holds a transaction open for as long as a limit lasts; a listing is kept whole or not at all."""
    sink, kept = Collected(), []
    monkeypatch.setattr(GitHub, "clock", Clock(lambda: NOW, lambda seconds: kept.append(len(sink.cursors))))
    github.faults = [Fault("/pulls/3$", 403, limited(600))]
    connection(github).read({}, sink)
    assert kept == [1]
    later, kept = Collected(), []
    monkeypatch.setattr(
        GitHub, "clock", Clock(lambda: NOW + timedelta(days=9), lambda seconds: kept.append(len(later.listed)))
    )
    github.faults = [Fault("sort=created", 403, {"Retry-After": "30"})]
    connection(github).read(sink.cursor, later)
    assert kept == [1]
    assert later.cursors[-1]["listed_at"] != later.cursors[-2]["listed_at"]


def test_an_interrupt_ends_the_waiting_and_keeps_what_is_whole(
    github: GitHubServer, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(GitHub, "clock", Clock(lambda: NOW, interrupted))
    github.faults = [Fault("/pulls/3$", 403, limited(600))]
    sink = Collected()
    with pytest.raises(KeyboardInterrupt):
        connection(github).read({}, sink)
    assert len(sink.records[Issue]) == 2
    assert sink.cursor["issues"]["since"] == "2026-03-01T09:01:00Z"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(github: GitHubServer, slept: list[float], status: int) -> None:
    github.faults = [Fault("/issues", status, times=2)]
    assert len(read(connection(github)).records[Issue]) == 2
    assert slept == [1, 2]
    assert refusal(github, Fault("/issues", status, times=100)).is_transient


def test_a_cut_connection_is_made_again(github: GitHubServer, slept: list[float]) -> None:
    github.faults = [Fault("/pulls/3/commits", cut=True, times=2)]
    assert len(read(connection(github)).records[PullRequest]) == 1
    assert slept == [1, 2]
    assert refusal(github, Fault("/issues", cut=True, times=100)).code == "origin-unreachable"


def test_nobody_answers(slept: list[float]) -> None:
    nowhere = GitHub(name="cli", repository="acme/cli", api_url="http://127.0.0.1:9")
    with pytest.raises(OriginFailed, match=r"no answer could be had .*GET http://127.0.0.1:9/repos/acme/cli"):
        nowhere.read({}, Collected())


@pytest.mark.parametrize(
    ("status", "headers", "code", "told"),
    [
        (401, {}, "origin-forbidden", "GitHub does not accept the token"),
        (403, {"X-Accepted-GitHub-Permissions": "issues=read; metadata=read"}, "origin-forbidden",
         "GitHub asks for issues=read, metadata=read"),
        (403, {"X-Accepted-OAuth-Scopes": "repo", "X-OAuth-Scopes": "gist, read:org"}, "origin-forbidden",
         "GitHub asks for repo, it has gist, read:org"),
        (403, {"X-GitHub-SSO": f"required; url=https://x/sso?token={TOKEN}"}, "origin-forbidden", "single sign-on (SAML)"),
        (404, {}, "origin-missing", "no such repository, or it is not visible to this token"),
        (451, {}, "origin-forbidden", "the token lacks a right"),
        (422, {}, "origin-missing", "GitHub answers 422"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_what_to_do(
    github: GitHubServer, status: int, headers: dict[str, str], code: str, told: str
) -> None:
    error = refusal(github, Fault("/issues", status, headers, message=TOKEN))
    assert told in str(error)
    assert (error.code, error.is_transient) == (code, False)
    assert error.remedy
    assert f"GET {github.url}/repos/acme/cli/issues" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.code, again.status) == (str(error), code, status)


def test_addresses_that_may_not_read_are_told_apart_from_rights(github: GitHubServer) -> None:
    message = "Although you appear to have the correct authorization, the organization has an IP allow list enabled"
    assert "this machine's is not among them" in str(refusal(github, Fault("/issues", 403, message=message)))


def test_without_a_token_the_remedy_is_to_set_one(github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIYABI_GITHUB_TOKEN")
    error = refusal(github, Fault("", 404))
    assert str(error).endswith("or set token_file or MIYABI_GITHUB_TOKEN where it is private")
    assert "GitHub asks for a token" in str(refusal(github, Fault("", 401)))
    assert set(github.tokens) == {None}


def test_a_token_of_netrc_is_never_used(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    read(connection(github))
    assert set(github.tokens) == {f"Bearer {TOKEN}"}


def test_another_host_never_gets_the_token(github: GitHubServer) -> None:
    with serving(Repository()) as other:
        moved = refusal(github, Fault("/repos/acme/cli$", 301, {"Location": f"{other.url}/repos/acme/cli"}))
        linked = {"Link": f'<{other.url}/repos/acme/cli/issues?page=2>; rel="next"'}
        paged = refusal(github, Fault(r"/issues\?", 200, linked))
        assert other.asked == []
    assert "leads to another host" in str(moved)
    assert "leads to another host" in str(paged)


def test_a_cursor_of_another_address_is_not_followed_there(github: GitHubServer) -> None:
    with serving(Repository()) as other:
        first = read(connection(github))
        cursor = {**first.cursor, "deploys": {"how": "deployments", "page": f"{github.url}/repos/acme/cli/deployments"}}
        github.forget()
        read(connection(other), cursor)
        assert other.count() > 0
        assert github.asked == []


@pytest.mark.parametrize(
    ("body", "told"), [("<html>Sign in", "the answer is no JSON"), ('{"a": 1}', "the answer is no list")]
)
def test_what_something_else_answers_is_not_taken_for_an_empty_list(github: GitHubServer, body: str, told: str) -> None:
    error = refusal(github, Fault("/issues", 200, body=body))
    assert error.code == "origin-missing"
    assert f"{told} (GET {github.url}/repos/acme/cli/issues): check api_url" in str(error)


def test_the_log_holds_no_token(github: GitHubServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    github.faults = [Fault("/issues", 403, {"Retry-After": "1"}), Fault("/pulls", 502)]
    read(connection(github))
    assert TOKEN not in caplog.text
    assert "GitHub's secondary limit is reached: waiting for 2 seconds" in caplog.text


@pytest.mark.parametrize(
    "text", [f"ghp_{TOKEN[:36]}", f"github_pat_{TOKEN}", f"Authorization: Bearer {TOKEN}", f"ghs_{TOKEN[:36]}"]
)
def test_what_looks_like_a_token_is_hidden_from_logs(text: str) -> None:
    assert TOKEN[:36] not in redacted(f"it said {text}, and ended")


@pytest.mark.parametrize("content", ["", "two words", f"{TOKEN}\nmore", "tökén", None])
def test_a_file_without_a_token_is_told_without_its_content(
    github: GitHubServer, content: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("token") / "token"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="token") as error:
        read(connection(github, token_file=str(path)))
    assert str(path) in str(error.value)
    assert TOKEN not in str(error.value)


def test_a_token_in_the_place_of_its_files_name_is_refused_and_not_shown(github: GitHubServer) -> None:
    with pytest.raises(ValueError, match="where the name of a file belongs") as error:
        connection(github, token_file=f"ghp_{TOKEN[:36]}")
    shown = error.value.errors(include_input=False, include_url=False, include_context=False)  # type: ignore[attr-defined]
    assert TOKEN[:36] not in str(shown)


def test_a_time_to_wait_wins_over_the_hours_limit(github: GitHubServer, slept: list[float]) -> None:
    github.faults = [Fault("/issues", 403, {**limited(3000), "Retry-After": "20"})]
    assert len(read(connection(github)).records[Issue]) == 2
    assert slept == [21]


@pytest.mark.parametrize("url", ["http://github.example", "https://me:secret@host/api", "ftp://host", "https://"])
def test_an_address_that_would_give_the_token_away_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="api_url"):
        GitHub(name="cli", repository="acme/cli", api_url=url)
