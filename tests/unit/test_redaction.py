"""No secret is kept or shown, however it is spelt; what is none stays as it is."""

import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from miyabi_dw.common.redaction import redact_all, redacted, redactor, redactor_of
from miyabi_dw.common.settings import Settings

# The forms are many, and a loaded machine is slow.
QUICKLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=3, max_size=24)
PLAIN = st.text(st.sampled_from("abcXYZ019%@:/?#&+=!$~-_."), min_size=1, max_size=24)
Form = Callable[[str], str]


def libpq(secret: str) -> str:
    escaped = secret.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# How a secret is written where it belongs: found by its place, whether it is known or not.
IN_ITS_PLACE: dict[str, Form] = {
    "URL": lambda s: f"no connection to postgresql://reader:{quote(s, safe='')}@db:5432/miyabi now",
    "URL without user": lambda s: f"redis://:{quote(s, safe='')}@db/0",
    "DSN": lambda s: f"invalid dsn: host=db password={libpq(s)} user=u",
    "JSON": lambda s: json.dumps({"user": "u", "password": s, "n": 1}),
    "Python": lambda s: repr({"user": "u", "smtp_password": s, "n": 1}),
    "flag": lambda s: f"psql --password {shlex.quote(s) if s.isascii() else libpq(s)} -h db",
    "shell": lambda s: f"PGPASSWORD={json.dumps(s)} psql",
}
# These do not tell where it ends unless it has no blanks and quotes.
BARE: dict[str, Form] = {
    "decoded URL": lambda s: f"no connection to postgresql://reader:{s}@db:5432/miyabi now",
    **{
        name: (lambda s, n=name: f"host=db {n}={s} user=u")
        for name in ("password", "passwd", "pwd", "PGPASSWORD", "token")
    },
    "flag with =": lambda s: f"run --smtp-password={s} now",
    "webhook": lambda s: f"POST https://hooks.slack.com/services/{s} failed",
}
# Anywhere at all: only a secret that the settings know is found there.
ANYWHERE: dict[str, Form] = {
    **IN_ITS_PLACE, **BARE,
    "sentence": lambda s: f"the server said <{s}> and went away",
    "encoded": lambda s: f"GET /hook/{quote(s, safe='')} {quote_plus(s)} {quote(s, safe='').lower()}",
    "page": lambda s: f"<td>{html.escape(s)}</td>",
}  # fmt: skip


def shows(text: str, secret: str) -> bool:
    return secret in text or quote(secret, safe="") in text or html.escape(secret) in text


@pytest.mark.parametrize("form", IN_ITS_PLACE)
@QUICKLY
@given(secret=SECRETS)
def test_a_secret_in_its_place_is_hidden_whatever_it_is(form: str, secret: str) -> None:
    write = IN_ITS_PLACE[form]
    assume(not shows(write("***"), secret))
    assume(form != "flag" or "'" not in secret)
    assert not shows(redacted(write(secret)), secret)


@pytest.mark.parametrize("form", BARE)
@QUICKLY
@given(secret=PLAIN)
def test_a_bare_secret_is_hidden_up_to_the_next_blank(form: str, secret: str) -> None:
    write = BARE[form]
    assume(not shows(write("***"), secret))
    assume(form != "decoded URL" or not re.match(r"\d{1,5}/", secret))  # a port and a path look just so
    assert not shows(redacted(write(secret)), secret)


@pytest.mark.parametrize("form", ANYWHERE)
@QUICKLY
@given(secret=SECRETS)
def test_a_known_secret_is_hidden_wherever_it_is(form: str, secret: str) -> None:
    write = ANYWHERE[form]
    assume(secret == secret.strip() and any(letter.isalnum() for letter in secret))
    assume(not shows(write("***"), secret))
    assert not shows(redactor_of([secret])(write(secret)), secret)


@QUICKLY
@given(secret=SECRETS)
def test_the_password_within_a_url_of_the_settings_is_a_secret_too(secret: str) -> None:
    assume(secret == secret.strip() and any(letter.isalnum() for letter in secret))
    given_url = f"postgresql://u:{quote(secret, safe='')}@host/db"
    text = redactor(Settings(source_url=given_url))(f"tried {secret} and {quote(secret, safe='')} in vain")
    assume(not shows("tried *** and *** in vain", secret))
    assert not shows(text, secret)


def test_the_path_of_a_webhook_is_a_secret() -> None:
    hide = redactor(Settings(slack_webhook_url="https://chat.example/hook/T0/s3cr3t-path"))
    assert (
        hide("Max retries exceeded with url: /hook/T0/s3cr3t-path (refused)")
        == "Max retries exceeded with url: *** (refused)"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "odd: postgresql://u:p%40ss@h/d host=h password='top secret' user=u",
            "odd: postgresql://u:***@h/d host=h password=*** user=u",
        ),
        ("postgresql://u:p@ss@h/d", "postgresql://u:***@h/d"),
        ("https://ghp_abc@github.com/x", "https://***@github.com/x"),
        ("(password=abc), then", "(password=***), then"),
        ("user=u, pwd=ab'cd", "user=u, pwd=***"),
        ('{"Token": "a\\"b", "n": 1}', '{"Token": ***, "n": 1}'),
    ],
)
def test_what_surrounds_a_secret_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "see http://127.0.0.1:8080/reports/a@b and https://cdn.jsdelivr.net/npm/mathjax-full@3.2.2/es5/x.js",
        "the user or the password is wrong (db:5432): check the URL's user and password, or its _FILE",
        "tokens_used = 5; mail ops@example.org; 2026-01-31T02:00:00Z; SELECT 'a:b@c'",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_short_secret_is_hidden_as_a_word_and_not_within_others() -> None:
    hide = redactor_of(["dev", "ab"])
    assert hide("dev: a device of the dev, ab and /dev/null") == "***: a device of the ***, ab and /***/null"


def test_a_whole_structure_is_redacted_keys_aside() -> None:
    hide = redactor_of(["hunter2"])
    assert redact_all({"hunter2": ["a hunter2", {"n": 1, "t": ("hunter2",)}]}, hide) == {
        "hunter2": ["a ***", {"n": 1, "t": ["***"]}]
    }
