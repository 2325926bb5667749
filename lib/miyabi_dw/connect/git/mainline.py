"""Which merge brought a commit, told while the history is walked from the newest commit to the oldest."""

from collections.abc import Sequence
from dataclasses import dataclass

from miyabi_dw.connect.git.merges import Merge, is_long_lived, is_repeated
from miyabi_dw.connect.keys import key_in_branch


@dataclass(frozen=True, slots=True)
class Brought:
    """How a commit came: on the mainline itself, or by the merge of `branch`, which is the work of `keys`.

    `order` grows with the age of the merge.
    """

    is_mainline: bool
    order: int = 0
    branch: str | None = None
    number: int | None = None
    keys: tuple[str, ...] = ()


MAINLINE = Brought(is_mainline=True)


class Mainline:
    """A walk along the first parents. Every commit must be visited after all its children, as `--topo-order` does.

    A commit that several merges contain was brought by the oldest of them, and by none if it is on the mainline. The
    mainline of a branch that lives on (`develop`, `release/1.2`) counts as one, too: its merges brought its commits.
    Only commits that are announced and not yet visited are kept in memory.
    """

    def __init__(self, owner: str, own_branch: str) -> None:
        self._owner = owner
        self._own_branch = own_branch
        self._announced: dict[str, Brought] = {}
        self._visited = 0

    def visit(self, sha: str, parents: Sequence[str], merge: Merge | None, named: tuple[str, ...]) -> Brought:
        """How the commit came; for a merge on the mainline, what it brought. `named` are the keys of its message."""
        self._visited += 1
        own = self._announced.pop(sha, MAINLINE)
        if not own.is_mainline or len(parents) < 2:
            self._announce(parents, [own] * len(parents))
            return self._by_itself(own, merge, named)
        brought = self._brought(merge or Merge(), len(parents), named)
        self._announce(parents, brought)
        return next((each for each in brought if not each.is_mainline), own)

    def _by_itself(self, own: Brought, merge: Merge | None, named: tuple[str, ...]) -> Brought:
        """Some hosts squash under a merge's message."""
        if not own.is_mainline or merge is None:
            return own
        return self._other(merge.branches[0] if merge.branches else None, merge, named)

    def _announce(self, parents: Sequence[str], brought: Sequence[Brought]) -> None:
        for parent, new in zip(parents, brought, strict=True):
            known = self._announced.get(parent)
            if known is None or (new.is_mainline, new.order) > (known.is_mainline, known.order):
                self._announced[parent] = new

    def _brought(self, merge: Merge, parents: int, named: tuple[str, ...]) -> list[Brought]:
        """By parent. A feature branch that took in the mainline and then became it has the two the other way round."""
        others = parents - 1
        names = merge.branches if len(merge.branches) == others else (None,) * others
        takes_in_mainline = all(name and self._lives_on(name, merge) for name in names)
        if merge.into and takes_in_mainline and not self._lives_on(merge.into, merge):
            return [self._work(merge.into, merge, named), *[MAINLINE] * others]
        return [MAINLINE, *(self._other(name, merge, named) for name in names)]

    def _other(self, name: str | None, merge: Merge, named: tuple[str, ...]) -> Brought:
        if name and self._lives_on(name, merge):
            return MAINLINE
        return self._work(name, merge, named)

    def _lives_on(self, name: str, merge: Merge) -> bool:
        # In a fork people work on its `main`.
        is_fork = merge.number is not None and merge.owner is not None and merge.owner.lower() != self._owner
        return not is_fork and (is_long_lived(name) or name == self._own_branch)

    def _work(self, name: str | None, merge: Merge, named: tuple[str, ...]) -> Brought:
        keys = named or _keys(name, merge.number)
        is_name = name is not None and not is_long_lived(name)
        return Brought(False, self._visited, name if is_name else None, merge.number, keys)


def _keys(name: str | None, number: int | None) -> tuple[str, ...]:
    """The issue of a branch: the one that it is named for, or itself; a name that comes again tells nothing."""
    if name and (key := key_in_branch(name)):
        return (key,)
    if name and not is_repeated(name):
        return (f"branch:{name}",)
    return (f"#{number}",) if number else ()
