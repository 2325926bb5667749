"""Miyabi DW: notebooks that run a PostgreSQL warehouse."""

__version__ = "1.0.0"
