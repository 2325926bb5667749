"""Miyabi DW: notebooks that run a PostgreSQL warehouse."""

import logging

from miyabi_dw.common.former_names import remember_former_names

__version__ = "1.0.0"

remember_former_names()
# Whoever uses the package says whether its log is shown; the command does.
logging.getLogger(__name__).addHandler(logging.NullHandler())
