"""The lake: warehouse and cold storage read as one by DuckDB, each row once, whichever of both it is in."""

from miyabi_dw.operations.lake.query import Result, ask
from miyabi_dw.operations.lake.session import connect

__all__ = ["Result", "ask", "connect"]
