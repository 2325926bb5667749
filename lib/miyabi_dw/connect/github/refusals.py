"""What GitHub means by a status that is no answer, in one sentence that says what to do. No token is in any of them."""

import re
from collections.abc import Mapping

from miyabi_dw.common.errors import OriginFailed

# Words of a header that are shown: rights have such names, and nothing else is let through.
RIGHTS = re.compile(r"[a-z_]+(?:[=:][a-z_]+)?")


class Refused(OriginFailed):
    """GitHub refused a request; `status` says how, for those who can go on without it."""

    code = "origin-forbidden"

    def __init__(self, what: str, where: str = "", remedy: str = "", *, code: str = "", status: int = 0) -> None:
        super().__init__(what, where, remedy, code=code)
        self.status = status


def refusal(status: int, headers: Mapping[str, str], message: str, where: str, *, has_token: bool) -> Refused:
    """The error that fits the status."""
    what, remedy, code = _meaning(status, headers, message, has_token=has_token)
    return Refused(what, where, remedy, code=code, status=status)


def _meaning(status: int, headers: Mapping[str, str], message: str, *, has_token: bool) -> tuple[str, str, str]:
    if status == 401 and not has_token:
        return "GitHub asks for a token", "set token_file or MIYABI_GITHUB_TOKEN", "origin-forbidden"
    if status == 401:
        what = "GitHub does not accept the token: it is wrong, revoked or has expired"
        return what, "make a new one and put it where the old one is", "origin-forbidden"
    if status in (403, 451):
        return *_forbidden(headers, message, has_token=has_token), "origin-forbidden"
    if status in (404, 410):
        return *_missing(has_token=has_token), "origin-missing"
    if status >= 500:
        what = f"GitHub answers {status}, again and again"
        return what, "sync again later: what was read is kept", "origin-unreachable"
    return f"GitHub answers {status}", "check api_url and repository", "origin-missing"


def _forbidden(headers: Mapping[str, str], message: str, *, has_token: bool) -> tuple[str, str]:
    if "x-github-sso" in headers:
        what = "the organisation asks for single sign-on (SAML), and the token is not authorised for it"
        return what, "authorise it at GitHub: Settings, Developer settings, the token, Configure SSO"
    if "ip allow list" in message.lower():
        what = "the organisation admits listed addresses only, and this machine's is not among them"
        return what, "have its owner add the address, or sync from a machine that is listed"
    if not has_token:
        return "GitHub refuses this without a token", "set token_file or MIYABI_GITHUB_TOKEN"
    asked = _rights(headers, "x-accepted-github-permissions") or _rights(headers, "x-accepted-oauth-scopes")
    had = _rights(headers, "x-oauth-scopes")
    lacks = f"the token lacks a right: GitHub asks for {asked}" if asked else "the token lacks a right"
    return f"{lacks}{f', it has {had}' if had else ''}", "give it the right, or use another token"


def _rights(headers: Mapping[str, str], name: str) -> str:
    return ", ".join(RIGHTS.findall(headers.get(name, "")))


def _missing(*, has_token: bool) -> tuple[str, str]:
    whom = "this token" if has_token else "those without a token"
    remedy = "check repository and api_url, and that the token may read it" if has_token else (
        "check repository and api_url, or set token_file or MIYABI_GITHUB_TOKEN where it is private"
    )  # fmt: skip
    return f"there is no such repository, or it is not visible to {whom}", remedy
