"""GitHub as an origin: issues, labels, pull requests, commits, reviews, deployments; over HTTP or of an export."""

from miyabi_dw.connect.github.connection import GitHub

__all__ = ["GitHub"]
