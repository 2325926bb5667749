"""A workbench: a folder of one's own with the notebooks, pipelines, suites and settings that come with the program.

Its marker says which version wrote which files, each by its digest. So a newer version can tell the files that nobody
has touched, which it replaces, from those that somebody has, which it keeps.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath

from packaging.version import Version

from miyabi_dw import __version__
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import sha256, write_atomically
from miyabi_dw.common.paths import MARKER, SHIPPED

SHARED = ("notebooks/*/*.ipynb", "notebooks/*/*.py", "notebooks/*/*.toml", "expectations/*/*.yml")
# In a workbench the settings stand where they are explained.
EXAMPLE, SETTINGS = "miyabi.toml.example", "miyabi.toml"
BESIDE = ".new"
# May be there before: what is none of ours, and what the program has written where there was no workbench yet.
MAY_BE_THERE = {".git", ".venv", ".miyabi", "reports"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What was done to a workbench, by the names of files. `kept`: changed by somebody, the new one lies beside it;
    `left`: changed by somebody, and no longer part of the program."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a marker says: the version that wrote last, and the digest of each file that it brought."""

    version: str
    files: Mapping[str, str]


def make(folder: Path) -> Changes:
    """Makes `folder` a workbench; BadRequest where it holds anything that could be overwritten."""
    _check_is_free(folder)
    shipped = _shipped()
    for name, content in shipped.items():
        _write(folder / name, content)
    _mark(folder, shipped)
    return Changes(added=tuple(shipped))


def upgrade(folder: Path) -> Changes:
    """Brings the files of this version; BadRequest, before anything is touched, where that would lose a change."""
    written = read_marker(folder)
    if Version(written.version) > Version(__version__):
        what = f"the workbench is of version {written.version}, newer than this program's {__version__}"
        raise BadRequest(what, str(folder), f"install miyabi-dw {written.version} or later")
    shipped = _shipped()
    changes = _plan(folder, written, shipped)
    _check_drafts(folder, written, shipped, changes.kept)
    for name in (*changes.added, *changes.replaced):
        _write(folder / name, shipped[name])
    for name in changes.kept:
        _write(folder / f"{name}{BESIDE}", shipped[name])
    for name in changes.removed:
        (folder / name).unlink()
    _mark(folder, shipped)
    return changes


def _check_is_free(folder: Path) -> None:
    if (folder / MARKER).exists():
        remedy = "miyabi-dw init --upgrade brings what is newer"
        raise BadRequest("the folder is a workbench already", str(folder), remedy)
    if folder.exists() and not folder.is_dir():
        raise BadRequest("this is a file", str(folder), "name a folder that is empty or does not exist")
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if strange := [name for name in there if name not in MAY_BE_THERE]:
        raise BadRequest(f"the folder is not empty: it holds {strange[0]}", str(folder), "name another one")


def _shipped() -> dict[str, bytes]:
    """Every file of a workbench, by its name within, as this version has it."""
    found = {path.relative_to(SHIPPED).as_posix(): path for pattern in SHARED for path in SHIPPED.glob(pattern)}
    files = {name: found[name].read_bytes() for name in sorted(found)}
    explained = {SETTINGS: SHIPPED / EXAMPLE, ".env.example": SHIPPED / ".env.example"}
    files |= {name: path.read_bytes().replace(EXAMPLE.encode(), SETTINGS.encode()) for name, path in explained.items()}
    templates = resources.files("miyabi_dw") / "templates"
    return files | {
        ".gitignore": (templates / "workbench_gitignore.txt").read_bytes(),
        "README.md": (templates / "workbench_readme.txt").read_bytes(),
    }


def _plan(folder: Path, written: Written, shipped: Mapping[str, bytes]) -> Changes:
    fates: dict[str, list[str]] = {"added": [], "replaced": [], "removed": [], "kept": [], "left": []}
    for name in sorted({*written.files, *shipped}):
        new = _digest(shipped[name]) if name in shipped else None
        if fate := _fate(written.files.get(name), _present(folder / name), new):
            fates[fate].append(name)
    return Changes(**{fate: tuple(names) for fate, names in fates.items()})


def _fate(before: str | None, now: str | None, new: str | None) -> str:
    """By the digests of a file as it was written, as it is, and as it would be; empty where nothing is to be done."""
    if new in (before, now):
        return ""
    if now is None:
        # A file that somebody has removed stays so; one that there never was is new.
        return "added" if before is None else ""
    if now == before:
        return "replaced" if new else "removed"
    return "kept" if new else "left"


def _check_drafts(folder: Path, written: Written, shipped: Mapping[str, bytes], kept: tuple[str, ...]) -> None:
    """What an earlier upgrade has laid beside a file may be replaced, unless somebody has worked in it."""
    for name in kept:
        ours = (None, written.files.get(name), _digest(shipped[name]))
        if _present(folder / f"{name}{BESIDE}") not in ours:
            remedy = f"bring it into {name} and remove it"
            raise BadRequest(f"{name}{BESIDE} was changed since an upgrade wrote it", str(folder), remedy)


def read_marker(folder: Path) -> Written:
    """BadRequest where `folder` is no workbench, or its list cannot be believed."""
    path = folder / MARKER
    if not path.is_file():
        raise BadRequest("there is no workbench here", str(folder), "miyabi-dw init DIR makes one")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        written = Written(str(Version(told["version"])), dict(told["files"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if not all(_is_inside(name) for name in written.files):
        raise _damaged(path)
    return written


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts


def _damaged(path: Path) -> BadRequest:
    remedy = "bring it back from version control, or make a new workbench and copy your changes"
    return BadRequest("the workbench's list of files is damaged", str(path), remedy)


def _mark(folder: Path, shipped: Mapping[str, bytes]) -> None:
    """Last of all: where an upgrade was interrupted, the next one begins from the same list."""
    told = {"version": __version__, "files": {name: _digest(content) for name, content in shipped.items()}}
    _write(folder / MARKER, (json.dumps(told, indent=1, sort_keys=True) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content, is_durable=False)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _present(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def lines(changes: Changes) -> Iterator[str]:
    """What a person is told, a line a file."""
    for fate, names in (("added", changes.added), ("replaced", changes.replaced), ("removed", changes.removed)):
        yield from (f"{fate:<9} {name}" for name in names)
    yield from (f"{'kept':<9} {name}: you changed it; the new one is {name}{BESIDE}" for name in changes.kept)
    yield from (f"{'kept':<9} {name}: you changed it; it is no longer part of the program" for name in changes.left)
