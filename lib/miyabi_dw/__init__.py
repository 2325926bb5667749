"""Miyabi DW: notebooks that run a PostgreSQL warehouse."""

from miyabi_dw.common.former_names import remember_former_names

__version__ = "1.0.0"

remember_former_names()
