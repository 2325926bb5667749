"""The web server: reports and the analysts' notebooks as apps on one port, behind a token."""

from miyabi_dw.web.app import make_app
from miyabi_dw.web.guard import TokenGuard
from miyabi_dw.web.listener import listening, run_until_stopped
from miyabi_dw.web.sessions import Sessions
from miyabi_dw.web.token import chosen_token, is_loopback

__all__ = ["Sessions", "TokenGuard", "chosen_token", "is_loopback", "listening", "make_app", "run_until_stopped"]
