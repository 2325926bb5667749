"""The git connection: commits, what they name, and releases, read from a repository's history by git itself."""

from miyabi_dw.connect.git.connection import Git

__all__ = ["Git"]
