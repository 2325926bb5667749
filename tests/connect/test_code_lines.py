"""Code lines of the main line followed through small histories: what counts, what is churn, and what is neither."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from connect.histories import FIRST, History, git
from connect.sinks import Collected, read
from miyabi_dw.connect.git import Git
from miyabi_dw.connect.git.messages import told_by
from miyabi_dw.connect.git.written import written_files
from miyabi_dw.connect.records import CommitLines

BODY = "".join(f"value_{number} = compute({number})\n" for number in range(10))


def day(number: float) -> object:
    return FIRST + timedelta(days=number)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "shop")


def lines(sink: Collected, history: History) -> dict[int, tuple[int, int]]:
    """By mark, code lines added and churned."""
    told = {each.sha: (each.lines_added, each.lines_churned) for each in sink.records[CommitLines]}  # type: ignore[attr-defined]
    return {mark: told[sha] for mark in range(1, history.count + 1) if (sha := history.sha(mark)) in told}


def read_lines(history: History) -> dict[int, tuple[int, int]]:
    return lines(read(Git(name="shop", path=history.write())), history)


def test_a_line_changed_within_14_days_is_churn_of_the_commit_that_brought_it(history: History) -> None:
    history.commit("begin", files={"a.py": BODY}, at=day(0))
    # Two of the first's lines changed, one removed, a new one above moves the rest down.
    text = "import this\n" + BODY.replace("compute(3)", "other(3)").replace("compute(4)", "other(4)")
    history.commit("edit", files={"a.py": text.replace("value_9 = compute(9)\n", "")}, at=day(10))
    # On the 14th day still; the line of the second commit too.
    text = text.replace("compute(5)", "third(5)").replace("other(3)", "third(3)")
    history.commit("again", files={"a.py": text}, at=day(14))
    history.commit("too late", files={"a.py": text.replace("compute(6)", "fourth(6)")}, at=day(15))
    # Line 9 came back with the third.
    assert read_lines(history) == {1: (10, 4), 2: (3, 1), 3: (3, 0), 4: (1, 0)}


def test_moves_renames_and_white_space_are_no_lines_and_keep_their_origin(history: History) -> None:
    history.commit(
        "begin", files={"a.py": BODY, "b.py": "start = 1\n", "with space.py": BODY.replace("value", "other")}
    )
    history.commit("indent", files={"a.py": "\n" + BODY.replace("value", "    value") + "\n\n"})
    # The block went to another file, the third file to another name.
    history.commit("move", files={"a.py": "nothing = left\n", "b.py": "start = 1\n" + BODY})
    history.write()
    git(history.folder, "reset", "-q", "--hard")
    git(history.folder, "mv", "with space.py", "ünder another.py")
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "rename"], cwd=history.folder, check=True,
                   env={"GIT_COMMITTER_DATE": "2026-01-01T09:00:00Z", "PATH": "/usr/bin:/bin"})  # fmt: skip
    last = git(history.folder, "rev-parse", "HEAD")
    for path in ("b.py", "ünder another.py"):
        file = history.folder / path
        file.write_text(file.read_text().replace("compute(2)", "changed(2)"))
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qam", "edit"], cwd=history.folder, check=True,
                   env={"GIT_COMMITTER_DATE": "2026-01-01T10:00:00Z", "PATH": "/usr/bin:/bin"})  # fmt: skip
    sink = read(Git(name="shop", path=history.folder))
    assert lines(sink, history) == {1: (21, 2), 2: (0, 0), 3: (1, 0)}
    rest = {each.sha: (each.lines_added, each.lines_churned) for each in sink.records[CommitLines]}  # type: ignore[attr-defined]
    assert rest[last] == (0, 0)
    assert rest[git(history.folder, "rev-parse", "HEAD")] == (2, 0)


def test_what_nobody_writes_is_left_out(history: History) -> None:
    big = "x = 1\n" * 500_000
    history.commit("begin", files={
        ".gitattributes": "*.gen.py linguist-generated\nvendor/ours/** -linguist-vendored\n/docs/api.md linguist-generated=true\n",
        "a.gen.py": BODY, "vendor/theirs/lib.py": big, "vendor/ours/lib.py": "mine = 1\n", "package-lock.json": BODY,
        "docs/api.md": BODY, "sub/docs/api.md": "one line\n", "image.png": "\0\1\2", "big.py": big,
    })  # fmt: skip
    history.commit(
        "no line's end, an empty file, binary again", files={"c.py": "last = 1", "d.py": "", "image.png": "\0\3"}
    )
    # .gitattributes itself has three lines.
    assert read_lines(history) == {1: (500_005, 0), 2: (1, 0)}
    is_written = written_files(history.folder, "HEAD")
    assert [is_written(path) for path in (b"x/node_modules/y.js", b"Cargo.lock", b"deep/a.gen.py", b"src/lock.py")] == [
        False, False, False, True,
    ]  # fmt: skip


def test_a_merge_brings_what_its_branch_did_and_a_second_read_goes_on(history: History) -> None:
    history.commit("begin", files={"a.py": BODY}, at=day(0))
    history.start("work", 1)
    history.commit("one", branch="work", files={"b.py": "one = 1\n"}, at=day(1))
    history.commit("two", branch="work", files={"b.py": "two = 2\n"}, at=day(2))
    history.commit("Merge branch 'work'", parents=[1, 3], files={"b.py": "two = 2\n"}, at=day(3))
    history.commit("old", files={"c.py": BODY.replace("value", "c")}, at=day(30))
    assert read_lines(history) == {1: (10, 0), 4: (1, 0), 5: (10, 0)}
    origin = Git(name="shop", path=history.folder)
    first = read(origin)
    # A clock that is an hour behind is within the 14 days all the same.
    history.commit("edit", files={"c.py": BODY.replace("value", "c").replace("compute(1)", "other(1)")}, at=day(29.96))
    history.write()
    later = read(origin, first.cursor)
    whole = lines(read(origin), history)
    assert whole == {1: (10, 0), 4: (1, 0), 5: (10, 1), 6: (1, 0)}
    # Only what the new commit can have changed is read again, with the same result.
    assert lines(later, history) == {5: (10, 1), 6: (1, 0)}
    assert (CommitLines, "acme/shop") not in later.listed


def test_a_trailer_counts_and_one_in_a_quoted_mail_does_not() -> None:
    body = "Fix it\n\nOn Monday Bo wrote:\n> Co-Authored-By: Claude <noreply@anthropic.com>\n> Generated with [Claude Code](x)\n"
    assert told_by(body, "Anna", "acme/shop").trailers == ()
    own = "Fix it\n\n\N{ROBOT FACE} Generated with [Claude Code](https://x.y)\n\nCo-Authored-By: Claude Opus 4.5 <a@b.cd>\n"
    assert told_by(own, "Anna", "acme/shop").trailers == (
        "Co-Authored-By: Claude Opus 4.5", "Generated-with: Claude Code",
    )  # fmt: skip
