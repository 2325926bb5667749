"""The HTTP API under /api/v1: read-only, JSON and CSV, errors as problems, described in OpenAPI 3.1.

Starlette with a table of endpoints (`endpoints.py`) from which routes, refusals, the description and the reference are
made. FastAPI was considered: of what it adds, the checks of parameters and the words of errors would have to be
replaced, for both come from the metrics themselves, and its description would not know of pages, CSV and problems.
"""

from miyabi_dw.web.api.routes import api_routes

__all__ = ["api_routes"]
