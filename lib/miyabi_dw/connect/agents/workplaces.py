"""Where an agent worked: the folder, the repository that it is of, the branch and the issue that it is named for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from miyabi_dw.connect.agents.executions import plain
from miyabi_dw.connect.keys import key_in_branch
from miyabi_dw.connect.repositories import repository_of_folder


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a log tells of it: the branch is named for the issue `branch_key`, the log itself names `issue_key`."""

    folder: str | None = None
    repository: str | None = None
    branch: str | None = None
    branch_key: str | None = None
    issue_key: str | None = None


class Workplaces:
    """Tells which repository a folder is of, as declared or else as its git remote says; asked once a folder."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        self.declared = {Path(folder).expanduser(): name.strip().lower() for folder, name in declared.items()}
        self.at = lru_cache(maxsize=4096)(self._at)

    def _at(self, folder: str | None, branch: str | None) -> Workplace:
        folder, branch = plain(folder or ""), plain(branch or "")
        if branch in ("", "HEAD"):
            return Workplace(folder or None, self.repository(folder))
        return Workplace(folder or None, self.repository(folder), branch, key_in_branch(branch))

    def repository(self, folder: str) -> str | None:
        """As declared for the folder or the nearest above it; None for a folder that is gone or in no repository."""
        path = Path(folder)
        declared = next((place for place in (path, *path.parents) if place in self.declared), None)
        return self.declared[declared] if declared else repository_of_folder(folder) if folder else None
