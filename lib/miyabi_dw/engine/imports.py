"""What a notebook imports, read from its code, so that the zygote can have imported it before a kernel asks.

An import is a pair: a module, and the name taken from it or "". Nothing is imported here.
"""

import ast
import dis
import sys
from collections.abc import Iterable, Iterator
from types import CodeType

from miyabi_dw.common import source_code

Import = tuple[str, str]
Imports = tuple[Import, ...]


def imports_of(sources: Iterable[str]) -> Imports:
    """What these cells import, in their order, each once; a cell that does not parse is left out."""
    return tuple(dict.fromkeys(found for source in sources for found in _of_cell(source)))


def _of_cell(source: str) -> Iterator[Import]:
    lines = (line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        tree = source_code.parse("\n".join(lines))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def late_imports(imports: Iterable[Import]) -> Imports:
    """What the functions among `imports` import only when they are called, as far as their modules are loaded."""
    functions = (getattr(sys.modules.get(module), name, None) for module, name in imports if name)
    codes = (getattr(function, "__code__", None) for function in functions)
    return tuple(found for code in codes if isinstance(code, CodeType) for found in _of_code(code))


def _of_code(code: CodeType) -> Iterator[Import]:
    module = ""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            module = str(instruction.argval)
            yield module, ""
        elif instruction.opname == "IMPORT_FROM":
            yield module, str(instruction.argval)


def is_missing(wanted: Import) -> bool:
    """Whether importing it would still load something into this process."""
    module, name = wanted
    loaded = sys.modules.get(module)
    return loaded is None or (name not in ("", "*") and not hasattr(loaded, name))
