"""Makes small repositories of any shape with git itself, by its import format: one process for a whole history."""

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def git(folder: Path, *arguments: str) -> str:
    """What git says; fails the test when git does."""
    identity = ("-c", "user.name=Anna", "-c", "user.email=anna@example.com", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode(errors="replace").strip()


class History:
    """Commits, branches and tags as they are told; `write` hands them to git. A commit is known by its mark."""

    def __init__(self, folder: Path, *, remote: str = "git@github.com:acme/shop.git", bare: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._marks = folder / "marks"
        self._told: list[bytes] = []
        self.count = 0
        self.tips: dict[str, int] = {}
        git(folder, "init", "-q", "--template=", "-b", "main", *(["--bare"] if bare else []))
        with (folder / ("config" if bare else ".git/config")).open("a") as config:
            config.write(f'[remote "origin"]\nurl = {remote}\nfetch = +refs/heads/*:refs/remotes/origin/*\n')

    def commit(
        self, message: str | bytes, *, branch: str = "main", parents: Sequence[int] | None = None,
        author: str | bytes = "Anna", at: datetime | int | None = None, files: Mapping[str, str] | None = None,
        encoding: str = "",
    ) -> int:  # fmt: skip
        """On the branch's last commit, or on the parents; a line in a file of its own where no files are given."""
        self.count += 1
        when = at if isinstance(at, int) else int((at or FIRST + timedelta(hours=self.count)).timestamp())
        last = self.tips.get(branch)
        parents = ([last] if last else []) if parents is None else parents
        name = author.encode() if isinstance(author, str) else author
        parts = [f"commit refs/heads/{branch}", f"mark :{self.count}"]
        head = "\n".join(parts).encode()
        people = b"".join(
            b"\n%s %s <anna@example.com> %d +0900" % (role, name, when) for role in (b"author", b"committer")
        )
        self._told += [head + people.replace(b"  <", b" <") + (f"\nencoding {encoding}".encode() if encoding else b"")]
        self._data(message)
        self._told += [
            b"from :%d" % parent if not place else b"merge :%d" % parent for place, parent in enumerate(parents)
        ]
        for path, content in ({f"{self.count}.txt": "line\n"} if files is None else files).items():
            self._told += [f"M 100644 inline {path}".encode()]
            self._data(content)
        self.tips[branch] = self.count
        return self.count

    def merge(self, branch: str, message: str, *, into: str = "main") -> int:
        return self.commit(message, branch=into, parents=[self.tips[into], self.tips[branch]], files={})

    def tag(self, name: str, mark: int, at: datetime | None = None) -> None:
        """Annotated, made at that time; without a time lightweight."""
        if at is None:
            self._told += [f"reset refs/tags/{name}\nfrom :{mark}".encode()]
            return
        self._told += [f"tag {name}\nfrom :{mark}\ntagger Anna <anna@example.com> {int(at.timestamp())} +0000".encode()]
        self._data("a release")

    def start(self, branch: str, mark: int) -> None:
        """A branch begins at a commit, or begins again there."""
        self._told += [f"reset refs/heads/{branch}\nfrom :{mark}".encode()]
        self.tips[branch] = mark

    def write(self) -> Path:
        marks = [f"--import-marks={self._marks}"] if self._marks.exists() else []
        command = ["git", "fast-import", "--quiet", "--force", *marks, f"--export-marks={self._marks}"]
        subprocess.run(command, cwd=self.folder, input=b"\n".join([*self._told, b""]), check=True, capture_output=True)
        self._told = []
        return self.folder

    def sha(self, mark: int) -> str:
        lines = (line.split() for line in self._marks.read_text().splitlines())
        return next(sha for known, sha in lines if known == f":{mark}")

    def _data(self, content: str | bytes) -> None:
        raw = content.encode() if isinstance(content, str) else content
        self._told += [b"data %d\n%s" % (len(raw), raw)]
