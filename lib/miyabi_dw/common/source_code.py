"""Python's own parser, safe to call from several threads.

Before 3.11.9 and 3.12.3 the interpreter counts how deep it is in a tree once for all threads. Two threads that parse at
the same time can end in `SystemError: AST constructor recursion depth mismatch`: backfill's workers read the cells of
their notebooks side by side.
"""

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def parse(source: str) -> ast.Module:
    """The tree of this source.

    Args:
        source: lines of Python, without cell magics.

    Returns:
        All statements, with their lines and columns; columns count bytes.

    Raises:
        SyntaxError: it does not parse.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
