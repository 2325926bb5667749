"""Which token opens the door."""

import hmac
import ipaddress
import secrets

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import Settings

SHORTEST_TOKEN = 16


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def chosen_token(settings: Settings, host: str = "127.0.0.1") -> str:
    """The token of the settings; without one a fresh one for this start, which is enough only on this machine."""
    if settings.serve_token is None:
        if not is_loopback(host):
            raise SettingsError(
                "others can reach this address, so it needs a token that you have chosen",
                f"--host {host}",
                "set MIYABI_SERVE_TOKEN_FILE or MIYABI_SERVE_TOKEN, or serve on 127.0.0.1",
            )
        return secrets.token_urlsafe(24)
    token = settings.serve_token.get_secret_value()
    if len(token) < SHORTEST_TOKEN:
        raise BadRequest(
            f"the token has fewer than {SHORTEST_TOKEN} characters", "MIYABI_SERVE_TOKEN", "set a longer one"
        )
    return token


def same(given: str, right: str) -> bool:
    """Whether it is that token; takes as long for one that is almost right."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
