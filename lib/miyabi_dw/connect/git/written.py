"""Which files people write: not generated, not vendored, no lock files; told by their names and by .gitattributes."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from miyabi_dw.connect.git_command import answer, answer_or_none

_FOLDERS = (
    "node_modules", "bower_components", "vendor", "vendors", "vendored", "third_party", "third-party", "thirdparty",
    "Pods", "Carthage", "Godeps", "_vendor", "dist", "__generated__", "__snapshots__", r"\.yarn", r"\.venv",
    "site-packages",
)  # fmt: skip
_NAMES = (
    r"package-lock\.json", r"npm-shrinkwrap\.json", r"pnpm-lock\.yaml", r"yarn\.lock", r"go\.sum", r"bun\.lockb?",
    r"[^/]*[.-]lock", r"[^/]*\.lock\.(?:json|hcl|yaml)", r"gradle\.lockfile", r"Package\.resolved",
    r"requirements[^/]*\.lock", r"[^/]*\.min\.(?:js|css)", r"[^/]*\.(?:js|css)\.map", r"[^/]*\.pb\.(?:go|cc|h)",
    r"[^/]*_pb2(?:_grpc)?\.pyi?", r"[^/]*\.(?:g|freezed)\.dart", r"[^/]*\.designer\.cs", r"[^/]*_generated\.[a-z]+",
    r"[^/]*\.generated\.[a-z]+", r"zz_generated[^/]*", r"[^/]*\.snap", r"[^/]*\.svg", r"[^/]*\.csv", r"[^/]*\.ipynb",
    r"[^/]*\.(?:po|pot)",
)  # fmt: skip
_BY_NAME = re.compile(rf"(?:.*/)?(?:(?:{'|'.join(_FOLDERS)})/.*|(?:{'|'.join(_NAMES)}))", re.IGNORECASE | re.DOTALL)
# Attributes that tell that nobody writes the file, and what of them tells the opposite.
_NOT_WRITTEN = {"linguist-generated", "linguist-vendored", "-diff", "binary"}
_WRITTEN = {"-linguist-generated", "-linguist-vendored", "linguist-generated=false", "linguist-vendored=false"}


def written_files(folder: Path, head: str) -> Callable[[bytes], bool]:
    """Says of a path whether people write the file, by the .gitattributes of the commit `head`."""
    rules = list(_rules(folder, head))

    @lru_cache(maxsize=50_000)
    def is_written(path: bytes) -> bool:
        name = path.decode(errors="replace")
        told = [is_so for pattern, is_so in rules if pattern.fullmatch(name)]
        return told[-1] if told else _BY_NAME.fullmatch(name) is None

    return is_written


def _rules(folder: Path, head: str) -> Iterator[tuple[re.Pattern[str], bool]]:
    """The later ones win, and those of a folder over those above it."""
    listed = answer(folder, "ls-tree", "-r", "--full-tree", "--name-only", "-z", head).split("\0")
    found = [name for name in listed if name == ".gitattributes" or name.endswith("/.gitattributes")]
    for name in sorted(found, key=lambda name: name.count("/")):
        text = answer_or_none(folder, "cat-file", "blob", f"{head}:{name}") or ""
        for line in text.splitlines():
            pattern, *attributes = line.split() or [""]
            told = {attribute.replace("=true", "") for attribute in attributes}
            if pattern and not pattern.startswith("#") and told & (_NOT_WRITTEN | _WRITTEN):
                yield _as_pattern(name.removesuffix(".gitattributes"), pattern), not told & _NOT_WRITTEN


def _as_pattern(folder: str, pattern: str) -> re.Pattern[str]:
    """As git reads it: without a slash a name in any folder, `**` any folders, `*` and `?` none."""
    anywhere = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern.lstrip("/"))
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    told = "".join(words.get(part, part if part.startswith("[") else re.escape(part)) for part in parts)
    return re.compile(re.escape(folder) + anywhere + told + (".*" if pattern.endswith("/") else ""), re.DOTALL)
