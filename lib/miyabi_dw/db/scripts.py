"""The SQL files that make the warehouse, in the order in which they are applied.

- `sql/schema/NNNN_name.sql`: numbered migrations, each applied once and never changed after;
- `sql/functions/*.sql`: one idea each, applied again when the file changed;
- `sql/marts/<mart>/*.sql`: a mart, its functions and comments, made again when one of its files changed.

A function's or mart's first line may name what must be there before it: `-- needs: columns_of, lock_target`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.paths import MIGRATIONS

NUMBERED = re.compile(r"^(\d{4})_[a-z0-9_]+$")
NEEDS = re.compile(r"\A-- needs: (.+)\n")


@dataclass(frozen=True, slots=True)
class Migration:
    """One script; its checksum says whether it is still the one that was applied. `name` is unique and recorded."""

    name: str
    where: str
    text: str
    repeats: bool = False
    needs: tuple[str, ...] = ()

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """All scripts in the order in which they are applied; the folders of functions and marts lie beside `folder`."""
    functions, marts = folder.parent / "functions", folder.parent / "marts"
    return [
        *_numbered(folder),
        *_in_order([_repeated(functions, path.stem, [path]) for path in sorted(functions.glob("*.sql"))]),
        *_in_order([_repeated(marts, mart.name, sorted(mart.glob("*.sql"))) for mart in sorted(marts.glob("*/"))]),
    ]


def _numbered(folder: Path) -> list[Migration]:
    paths = sorted(folder.glob("*.sql"))
    numbers: set[str] = set()
    for path in paths:
        named = NUMBERED.match(path.stem)
        if named is None or named[1] in numbers:
            raise SchemaError("migrations need names like 0001_schemas.sql and a number each", path.name, "rename it")
        numbers.add(named[1])
    return [Migration(path.stem, f"sql/schema/{path.name}", path.read_text(encoding="utf-8")) for path in paths]


def _repeated(folder: Path, name: str, paths: Sequence[Path]) -> Migration:
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    stated = NEEDS.match(text)
    needs = tuple(f"{folder.name}/{word.strip()}" for word in stated[1].split(",")) if stated else ()
    where = f"sql/{folder.name}/{paths[0].name if [name] == [path.stem for path in paths] else name}"
    return Migration(f"{folder.name}/{name}", where, text, repeats=True, needs=needs)


def _in_order(scripts: Sequence[Migration]) -> list[Migration]:
    """By name, but for those that need others, which come after these."""
    known = {script.name: script for script in scripts}
    for script in scripts:
        if missing := [name for name in script.needs if name not in known]:
            raise SchemaError(
                f"what it needs does not exist: {', '.join(missing)}", script.where, "correct its first line"
            )
    sorter = TopologicalSorter({name: script.needs for name, script in known.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " needs ".join(error.args[1])
        raise SchemaError(f"scripts need each other: {circle}", remedy="correct their first lines") from error
    ordered: list[Migration] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [known[name] for name in ready]
        sorter.done(*ready)
    return ordered
