"""Reads a written page the way a browser would, to ask what it loads and what it says."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

INLINE = {"a", "b", "code", "em", "i", "small", "span", "strong", "time"}


@dataclass
class Read:
    """What a page holds: its visible text, the scripts that would run, and where it points."""

    scripts: list[str] = field(default_factory=list)
    inline_scripts: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def outside(self) -> list[str]:
        return [address for address in self.addresses if ":" in address and not address.startswith("data:")]

    @property
    def inside(self) -> list[str]:
        return [address for address in self.addresses if ":" not in address]


def read(path: Path) -> Read:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    reader.found.text = " ".join("".join(reader.words).replace("\N{NO-BREAK SPACE}", " ").split())
    return reader.found


def broken_links(path: Path) -> list[str]:
    """The page's relative links that lead to no file."""
    targets = (link.split("#")[0] for link in read(path).inside)
    return [target for target in targets if target and not (path.parent / unquote(target)).exists()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Read()
        self.words: list[str] = []
        self.script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.words.append(" ")
        values = {name: value or "" for name, value in attrs}
        self.found.handlers += [name for name in values if name.startswith("on")]
        self.found.addresses += [values[name] for name in ("src", "href", "action", "data", "poster") if name in values]
        if tag == "script":
            self.script = values.get("type", "text/javascript")
            if "src" in values:
                self.found.scripts.append(values["src"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.script = None

    def handle_data(self, data: str) -> None:
        if self.script is None:
            self.words.append(data)
        elif self.script != "application/json" and data.strip():
            self.found.inline_scripts.append(data)
