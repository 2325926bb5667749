"""The git connection on small repositories of every shape, made by git itself."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.histories import FIRST, History, git
from connect.sinks import Collected, read
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.connect.git import Git
from miyabi_dw.connect.git.merges import Merge, merge_of
from miyabi_dw.connect.git.releases import assigned
from miyabi_dw.connect.git.tags import Release, matches
from miyabi_dw.connect.landing import Counts, Landing, begin_sync, cursor_of
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.connect.records import Commit, CommitIssue, CommitLines, Deployment, DeploymentCommit
from miyabi_dw.db.connection import Database

SHOP = "acme/shop"


def connection(folder: Path, **fields: str) -> Git:
    return Git(name="shop", path=folder, **fields)  # type: ignore[arg-type]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "shop")


def of(sink: Collected, history: History, mark: int) -> Commit:
    [found] = [each for each in sink.records[Commit] if each.sha == history.sha(mark)]  # type: ignore[attr-defined]
    return found  # type: ignore[return-value]


def issues_of(sink: Collected, history: History, mark: int) -> dict[str, str]:
    links = [each for each in sink.records[CommitIssue] if each.sha == history.sha(mark)]  # type: ignore[attr-defined]
    return {each.issue_key: each.link for each in links}  # type: ignore[attr-defined]


def carried(sink: Collected, history: History) -> dict[str, set[int]]:
    """The marks that each release carries."""
    marks = {history.sha(mark): mark for mark in range(1, history.count + 1)}
    found: dict[str, set[int]] = {each.release_id: set() for each in sink.records[Deployment]}  # type: ignore[attr-defined]
    for each in sink.records[DeploymentCommit]:
        found[each.release_id].add(marks[each.sha])  # type: ignore[attr-defined]
    return found


# What a commit tells


def test_a_commit_tells_who_when_how_much_and_for_which_issue(history: History) -> None:
    first = history.commit("Add a cart for #7", author="Änne Ørsted", at=FIRST, files={"cart.py": "a\nb\nc\n"})
    second = history.commit("Empty the cart (#12)", files={"cart.py": "a\nB\n"})
    third = history.commit("Tidy up", files={})
    sink = read(connection(history.write()))
    assert of(sink, history, first) == Commit(
        SHOP, history.sha(first), "Änne Ørsted", FIRST, is_merge=False, lines_added=3, lines_deleted=0
    )
    squash = of(sink, history, second)
    assert (squash.pr_number, squash.lines_added, squash.lines_deleted) == (12, 1, 2)
    assert (of(sink, history, third).lines_added, of(sink, history, third).lines_deleted) == (0, 0)
    assert issues_of(sink, history, first) == {"#7": "subject"}
    assert issues_of(sink, history, second) == {"#12": "subject"}
    assert issues_of(sink, history, third) == {}


LINKS = [
    ("Add a cart (#12)\n\nFixes #7", {"#7": "closing keyword"}),
    ("Add a cart (#12)\n\nFixes #12", {"#12": "closing keyword"}),
    ("Add a cart for ABC-1 (#12)\n\nText.\n\nRefs: ABC-1, #9", {"ABC-1": "trailer", "#9": "trailer"}),
    ("Fix #4", {"#4": "closing keyword"}),
    ("Closes acme/shop#5 and acme/api#6", {"#5": "closing keyword", "acme/api#6": "closing keyword"}),
    ("Add a\ncart for #7", {"#7": "subject"}),
    ("Text\n\nabout #8", {}),
    ("", {}),
]


def test_the_surest_link_counts(history: History) -> None:
    marks = [history.commit(message) for message, _ in LINKS]
    sink = read(connection(history.write()))
    assert [issues_of(sink, history, mark) for mark in marks] == [links for _, links in LINKS]


def test_a_machine_pastes_the_notes_of_others(history: History) -> None:
    mark = history.commit("Bump yaml (#9)\n\nRelease notes: fixes #1234, closes #77", author="dependabot[bot]")
    assert issues_of(read(connection(history.write())), history, mark) == {"#9": "subject"}


SECRET = "the treasure lies under the oak"
MESSAGE = f"""{SECRET} (#3)

{SECRET}
Note: {SECRET}
Follow-up: oak
Reviewed-on: {SECRET}

Co-authored-by: Bo Li <bo@example.com>
Signed-off-by: cy@example.com
Session-Id: 0b5f-11
Session-Id: {SECRET}
Change-Id: I77@example.com
Issue: 12
Fixes: 54a4f0239f2e ("{SECRET}")
"""


def test_no_text_and_no_address_is_kept(history: History) -> None:
    mark = history.commit(MESSAGE, author="bo@example.com (Bo)", files={"oak.txt": SECRET})
    history.tag("v1.0.0", mark, FIRST)
    sink = read(connection(history.write()))
    told = repr([sink.rows, sink.skipped, sink.quarantined, sink.cursors]).lower()
    assert "oak" not in told
    assert "example.com" not in told
    assert of(sink, history, mark).trailers == ("Co-authored-by: Bo Li", "Session-Id: 0b5f-11", "Issue: #12")


def test_names_and_messages_of_any_encoding_are_read(history: History) -> None:
    latin = history.commit("Añadir (#1)".encode("latin-1"), author="José".encode("latin-1"), encoding="ISO-8859-1")
    broken = history.commit(b"\xff\xfe (#2)", author=b"J\xff")
    nobody = history.commit("By nobody", author="")
    address = history.commit("By an address", author="anna@example.com")
    sink = read(connection(history.write()))
    authors = [of(sink, history, mark).author for mark in (latin, broken, nobody, address)]
    assert authors == ["José", "J\N{REPLACEMENT CHARACTER}", None, None]
    assert [of(sink, history, mark).pr_number for mark in (latin, broken)] == [1, 2]


def test_a_message_of_any_length_is_read(history: History) -> None:
    mark = history.commit("a" * 5_000_000 + "@" + " (#9)" * 1000 + "\n\nX-by: " + "b" * 500_000 + "@\n\nRefs: #5")
    history.commit("Merge branch '" + "'c" * 1_000_000)
    sink = read(connection(history.write()))
    assert len(sink.records[Commit]) == 2
    assert issues_of(sink, history, mark) == {"#5": "trailer"}


def test_moments_of_any_year_are_told_as_they_are(history: History) -> None:
    marks = [history.commit("Work", at=seconds) for seconds in (0, 4102444800, 99999999999999)]
    sink = read(connection(history.write()))
    told = [of(sink, history, mark).committed_at for mark in marks]
    assert told == [datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), None]
    assert [reason for reason, _ in sink.skipped] == ["a commit's date that no calendar has"]


def test_what_was_only_renamed_is_no_lines_and_a_submodule_is_none(history: History) -> None:
    git(history.write(), "config", "user.name", "Anna")
    history.commit("Add", files={"a.txt": "1\n2\n3\n4\n"})
    folder = history.write()
    git(folder, "checkout", "-q", "main")
    git(folder, "mv", "a.txt", "b.txt")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{history.sha(1)},library")
    git(folder, "commit", "-qm", "Move")
    newest = read(connection(folder)).records[Commit][0]
    assert (newest.lines_added, newest.lines_deleted) == (0, 0)  # type: ignore[attr-defined]


# Branches and merges


def test_a_commit_that_names_nothing_is_for_the_branch_that_brought_it(history: History) -> None:
    base = history.commit("Begin")
    history.start("add-cart", base)
    work = [history.commit("Work", branch="add-cart"), history.commit("More for #5", branch="add-cart")]
    aside = history.commit("Meanwhile")
    pull = history.merge("add-cart", "Merge pull request #12 from anna/add-cart\n\nA cart")
    history.start("ABC-7-basket", pull)
    third = history.commit("Work", branch="ABC-7-basket")
    merged = history.merge("ABC-7-basket", "Merge branch 'ABC-7-basket'")
    sink = read(connection(history.write()))
    assert [of(sink, history, mark).branch for mark in (*work, pull)] == ["add-cart"] * 3
    assert [of(sink, history, mark).pr_number for mark in (*work, pull, aside)] == [12, 12, 12, None]
    assert issues_of(sink, history, work[0]) == {"branch:add-cart": "merged branch"}
    assert issues_of(sink, history, work[1]) == {"#5": "subject"}
    assert issues_of(sink, history, pull) == {"branch:add-cart": "merged branch"}
    assert issues_of(sink, history, third) == issues_of(sink, history, merged) == {"ABC-7": "merged branch"}
    assert issues_of(sink, history, base) == issues_of(sink, history, aside) == {}
    assert (of(sink, history, pull).is_merge, of(sink, history, pull).lines_added) == (True, None)


def test_what_a_merge_closes_is_what_its_branch_is_for(history: History) -> None:
    history.start("cart", history.commit("Begin"))
    work = history.commit("Work", branch="cart")
    history.merge("cart", "Merge pull request #12 from anna/cart\n\nFixes #4")
    assert issues_of(read(connection(history.write())), history, work) == {"#4": "merged branch"}


def test_names_that_come_again_are_nobodys_issue(history: History) -> None:
    base = history.commit("Begin")
    marks = []
    for number, branch in ((20, "patch-1"), (21, "fork-main")):
        history.start(branch, base)
        marks.append(history.commit("Work", branch=branch))
        history.merge(branch, f"Merge pull request #{number} from bo/{branch.removeprefix('fork-')}")
    sink = read(connection(history.write()))
    assert [issues_of(sink, history, mark) for mark in marks] == [{"#20": "merged branch"}, {"#21": "merged branch"}]
    assert [of(sink, history, mark).branch for mark in marks] == ["patch-1", None]


def test_a_branch_that_took_in_the_mainline_brings_its_own_commits_only(history: History) -> None:
    base = history.commit("Begin")
    history.start("cart", base)
    work = history.commit("Work", branch="cart")
    history.start("other", base)
    other = history.commit("Other work", branch="other")
    history.merge("other", "Merge branch 'other'")
    straight = history.commit("Straight to main")
    update = history.merge("main", "Merge branch 'main' into cart", into="cart")
    history.merge("cart", "Merge branch 'cart'")
    sink = read(connection(history.write()))
    told = [of(sink, history, mark).branch for mark in (base, work, other, straight, update)]
    assert told == [None, "cart", "other", None, "cart"]


def test_a_branch_that_became_the_mainline_keeps_its_commits(history: History) -> None:
    base = history.commit("Begin")
    history.start("cart", base)
    work = history.commit("Work", branch="cart")
    straight = history.commit("Straight to main")
    update = history.merge("main", "Merge branch 'main' into cart", into="cart")
    history.start("main", update)
    sink = read(connection(history.write()))
    assert [of(sink, history, mark).branch for mark in (base, work, straight)] == [None, "cart", None]


def test_the_features_of_develop_are_told_apart(history: History) -> None:
    history.start("develop", history.commit("Begin"))
    features = []
    for name in ("cart", "basket"):
        history.start(name, history.commit(f"Before {name}", branch="develop"))
        features.append(history.commit("Work", branch=name))
        history.merge(name, f"Merge branch '{name}' into develop", into="develop")
    history.merge("develop", "Merge branch 'develop'")
    sink = read(connection(history.write()))
    assert [of(sink, history, mark).branch for mark in features] == ["cart", "basket"]
    assert of(sink, history, 2).branch is None


def test_an_octopus_brings_each_branch_by_its_name(history: History) -> None:
    base = history.commit("Begin")
    arms = []
    for name in ("one", "two"):
        history.start(name, base)
        arms.append(history.commit("Work", branch=name))
    history.commit("Merge branches 'one' and 'two'", parents=[base, *arms], files={})
    sink = read(connection(history.write()))
    assert [of(sink, history, mark).branch for mark in arms] == ["one", "two"]


@pytest.mark.parametrize(
    ("message", "merge"),
    [
        ("Merge branch 'cart'", Merge(("cart",))),
        ("Merge branch 'cart' of github.com:acme/shop into next", Merge(("cart",), "next")),
        ("Merge remote-tracking branch 'origin/a/cart'", Merge(("a/cart",))),
        ("Merge branch 'cart' into 'main'\n\nA cart\n\nSee merge request acme/shop!12", Merge(("cart",), "main", 12)),
        ("Merge pull request #12 from anna/fix/cart\n\nA cart", Merge(("fix/cart",), None, 12, "anna")),
        ("Merge pull request 'A cart' (#12) from cart into main", Merge(("cart",), "main", 12)),
        ("Merged in cart (pull request #12)\n\nA cart", Merge(("cart",), None, 12)),
        ("Pull request #12: A cart\n\nMerge in ACME/shop from cart to main", Merge(("cart",), "main", 12)),
        ("Merged PR 12: A cart", Merge((), None, 12)),
        ("Auto merge of #12 - anna:cart, r=bo", Merge(("cart",), None, 12, "anna")),
        ("Merge #12", Merge((), None, 12)),
        ("Merge origin/main into cart", Merge(("main",), "cart")),
        ("Merge tag 'v1.0' into develop", Merge((), "develop")),
        ("Merge sort is quick", None),
    ],
)
def test_the_merges_of_every_host_are_understood(message: str, merge: Merge | None) -> None:
    assert merge_of(message) == merge


# Reverts


def test_a_revert_names_the_commit_that_it_takes_back(history: History) -> None:
    first, squash = history.commit("Add a cart"), history.commit("Add a basket (#12)")
    history.write()
    full = history.commit(f'Revert "Add a cart"\n\nThis reverts commit {history.sha(first)}.')
    short = history.commit(f'Revert "Add a cart"\n\nThis reverts commit {history.sha(first)[:9]}.')
    button = history.commit('Revert "Add a basket (#12)" (#15)\n\nReverts acme/shop#12')
    unknown = history.commit('Revert "Something (#99)" (#16)')
    sink = read(connection(history.write()))
    shas = [history.sha(first), history.sha(first), history.sha(squash), None]
    assert [of(sink, history, mark).reverts for mark in (full, short, button, unknown)] == shas
    assert of(sink, history, button).pr_number == 15
    assert issues_of(sink, history, button) == {"#12": "subject"}


def test_a_revert_finds_what_an_earlier_read_has_read(history: History) -> None:
    history.start("cart", history.commit("Begin"))
    history.commit("Work", branch="cart")
    pull = history.merge("cart", "Merge pull request #12 from anna/cart")
    cursor = read(connection(history.write())).cursor
    revert = history.commit('Revert "A cart"\n\nReverts acme/shop#12')
    sink = read(connection(history.write()), cursor)
    assert [each.sha for each in sink.records[Commit]] == [history.sha(revert)]  # type: ignore[attr-defined]
    assert of(sink, history, revert).reverts == history.sha(pull)


# Releases


def test_a_release_carries_what_no_earlier_one_has(history: History) -> None:
    one, two, three, _ = (history.commit("Work") for _ in range(4))
    made = FIRST + timedelta(days=9, minutes=5)
    history.tag("v1.0.0", two)
    history.tag("1.1.0", three, made)
    sink = read(connection(history.write(), environment="live"))
    assert carried(sink, history) == {"v1.0.0": {one, two}, "1.1.0": {three}}
    light, annotated = sorted(sink.records[Deployment], key=lambda each: each.deployed_at)  # type: ignore[attr-defined]
    assert light.deployed_at == of(sink, history, two).committed_at  # type: ignore[attr-defined]
    assert annotated == Deployment(SHOP, "live", "1.1.0", "success", made, made, commit_sha=history.sha(three))


def test_a_maintenance_release_carries_only_its_own(history: History) -> None:
    base = history.commit("Begin")
    history.start("1.x", base)
    history.tag("v1.0.0", base, FIRST)
    new = history.commit("New")
    history.tag("v2.0.0", new, FIRST + timedelta(days=30))
    fix = history.commit("Mend", branch="1.x")
    history.tag("v1.9.5", fix, FIRST + timedelta(days=60))
    merged = history.merge("1.x", "Merge branch '1.x'")
    history.tag("v2.1.0", merged, FIRST + timedelta(days=90))
    told = carried(read(connection(history.write())), history)
    assert told == {"v1.0.0": {base}, "v2.0.0": {new}, "v1.9.5": {fix}, "v2.1.0": {merged}}


def test_a_maintenance_release_that_was_never_merged_is_read_too(history: History) -> None:
    base = history.commit("Begin")
    history.start("1.x", base)
    fix = history.commit("Mend", branch="1.x")
    unmerged = history.commit("Unreleased", branch="1.x")
    history.tag("v1.0.1", fix)
    sink = read(connection(history.write()))
    assert {each.sha for each in sink.records[Commit]} == {history.sha(base), history.sha(fix)}  # type: ignore[attr-defined]
    assert history.sha(unmerged) not in repr(sink.rows)
    assert read(connection(history.folder), sink.cursor).rows == {}


def test_ancestors_are_earlier_whatever_their_dates_say(history: History) -> None:
    one, two, three = (history.commit("Work") for _ in range(3))
    for name, mark in (("v1.10.0", three), ("v1.9.0", two), ("v1.8.0", one)):
        history.tag(name, mark, FIRST + timedelta(days=10 - mark))
    assert carried(read(connection(history.write())), history) == {"v1.8.0": {one}, "v1.9.0": {two}, "v1.10.0": {three}}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[str, list[str]]], list[Release]]:
    """Commits from the newest to the oldest with their parents, and releases of a few moments on some of them."""
    size = draw(st.integers(1, 10))
    graph = []
    for place in range(size):
        older = list(range(place + 1, size))
        parents = draw(st.lists(st.sampled_from(older), max_size=3, unique=True)) if older else []
        graph.append((str(place), [str(parent) for parent in parents]))
    tagged = draw(st.lists(st.integers(0, size - 1), max_size=6, unique=True))
    moments = draw(st.lists(st.integers(0, 3), min_size=len(tagged), max_size=len(tagged)))
    return graph, [
        Release(f"v{place}", str(place), FIRST + timedelta(days=day))
        for place, day in zip(tagged, moments, strict=True)
    ]


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_one_walk_tells_what_set_differences_tell(made: tuple[list[tuple[str, list[str]]], list[Release]]) -> None:
    graph, releases = made
    parents = dict(graph)

    def reached(sha: str) -> set[str]:
        return {sha}.union(*(reached(parent) for parent in parents[sha]))

    def containing(sha: str) -> list[Release]:
        return [release for release in releases if sha in reached(release.sha)]

    # A release is no later than those that contain it.
    moment = {each.tag: min(other.at for other in containing(each.sha) if other.at) for each in releases}
    told = {sha: release for release, sha in assigned(graph, releases)}
    assert told.keys() == {sha for sha in parents if containing(sha)}
    for sha, release in told.items():
        earliest = [each for each in containing(sha) if moment[each.tag] == min(moment[o.tag] for o in containing(sha))]
        assert release in earliest
        assert not [each for each in earliest if each != release and each.sha in reached(release.sha)]


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "1.2.3",
        "v1.2",
        "shop-1.2.3",
        "@acme/shop@1.2.3",
        "release/2.0.1",
        "v2026.1.30",
        "v1.2.3+5",
        "1.2.3.4",
        "pre-commit-3.0.1",
    ],
)
def test_versions_are_releases(tag: str) -> None:
    assert matches("")(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3-rc.1",
        "v1.2.3rc1",
        "1.2.3-beta",
        "rc-1.2.3",
        "nightly/1.2.3",
        "v1.0.0-beta-1.2",
        "v1",
        "latest",
        "2026-01-30",
        "1.2.3-dev",
    ],
)
def test_other_tags_are_none_until_a_pattern_takes_them(tag: str) -> None:
    assert not matches("")(tag)
    assert matches("deploy-* " + tag)(tag)


def test_tags_of_one_publication_are_one_release(history: History) -> None:
    mark = history.commit("Publish")
    for place, name in enumerate(("b@2.0.0", "a@1.0.0")):
        history.tag(name, mark, FIRST + timedelta(seconds=place))
    history.tag("a@1.0.1", mark, FIRST + timedelta(days=3))
    assert carried(read(connection(history.write())), history) == {"b@2.0.0": {mark}, "a@1.0.1": set()}


def test_a_tag_on_no_commit_is_passed_over_and_one_of_a_tag_counts(history: History) -> None:
    mark = history.commit("Work")
    history.tag("v1.0.0", mark, FIRST)
    folder = history.write()
    git(folder, "tag", "v1.0.1", "main^{tree}")
    git(folder, "tag", "-a", "-m", "Blob", "v1.0.2", git(folder, "rev-parse", "main:1.txt"))
    git(folder, "tag", "-a", "-m", "Nested", "x-2.0.0", "v1.0.0")
    git(folder, "tag", "-d", "v1.0.0")
    sink = read(connection(folder))
    assert carried(sink, history) == {"x-2.0.0": {mark}}
    assert sink.skipped == [("a tag that is on no commit", "v1.0.1"), ("a tag that is on no commit", "v1.0.2")]


# What is new


def test_a_second_read_brings_only_what_is_new(history: History) -> None:
    history.tag("v1.0.0", history.commit("Begin"))
    connected = connection(history.write())
    first = read(connected)
    assert (Commit, SHOP) in first.listed
    again = read(connected, first.cursor)
    assert (again.rows, again.listed, again.cursor) == ({}, [], first.cursor)
    new = history.commit("Work (#3)")
    history.write()
    third = read(connected, again.cursor)
    assert {kind: len(rows) for kind, rows in third.records.items()} == {Commit: 1, CommitIssue: 1, CommitLines: 2}
    # Both are young enough for the new one to have changed their lines.
    assert third.listed == [(CommitLines, SHOP)]
    history.tag("v1.1.0", new)
    history.write()
    fourth = read(connected, third.cursor)
    assert not fourth.records[Commit]
    assert fourth.listed == [(Deployment, SHOP), (DeploymentCommit, SHOP)]
    assert carried(fourth, history) == {"v1.0.0": {1}, "v1.1.0": {new}}


def test_reading_in_steps_tells_what_reading_at_once_tells(history: History) -> None:
    connected = connection(history.folder)
    steps = Collected()
    history.start("develop", history.commit("Begin"))
    for number in range(1, 7):
        branch = f"feature-{number}x"
        history.start(branch, history.commit(f"Before (#{number})", branch="develop"))
        history.commit("Work", branch=branch)
        history.merge(branch, f"Merge branch '{branch}' into develop", into="develop")
        if number % 2:
            history.tag(f"v1.{number}.0", history.merge("develop", "Merge branch 'develop'"))
        history.write()
        connected.read(steps.cursor, steps)
    assert read(connected).rows == steps.rows


def test_a_tag_that_moves_or_goes_is_noticed(history: History) -> None:
    one, two = history.commit("Work"), history.commit("Work")
    history.tag("v1.0.0", one)
    connected = connection(history.write())
    cursor = read(connected).cursor
    history.tag("v1.0.0", two)
    history.write()
    moved = read(connected, cursor)
    assert carried(moved, history) == {"v1.0.0": {one, two}}
    assert (Deployment, SHOP) in moved.listed
    git(history.folder, "tag", "-d", "v1.0.0")
    gone = read(connected, moved.cursor)
    assert (gone.rows, gone.listed) == ({}, [(Deployment, SHOP), (DeploymentCommit, SHOP)])


@pytest.mark.parametrize("is_collected", [False, True])
def test_a_rewritten_history_is_read_whole(history: History, is_collected: bool) -> None:
    base = history.commit("Begin")
    old = history.commit("Old")
    connected = connection(history.write())
    cursor = read(connected).cursor
    history.start("main", base)
    new = history.commit("New")
    history.write()
    if is_collected:
        git(history.folder, "reflog", "expire", "--expire=now", "--all")
        git(history.folder, "gc", "-q", "--prune=now")
    sink = read(connected, cursor)
    assert {(Commit, SHOP), (CommitIssue, SHOP), (Deployment, SHOP)} <= set(sink.listed)
    assert {each.sha for each in sink.records[Commit]} == {history.sha(base), history.sha(new)}  # type: ignore[attr-defined]
    assert history.sha(old) not in sink.cursor["tips"]  # type: ignore[operator]


def test_names_that_are_to_be_hidden_from_now_on_are_read_again(history: History) -> None:
    history.commit("Work")
    cursor = read(connection(history.write())).cursor
    hidden = Git(name="shop", path=history.folder, hash_authors=True)
    again = read(hidden, cursor)
    assert len(again.records[Commit]) == 1
    assert not read(hidden, again.cursor).rows


def test_a_release_on_a_branch_that_goes_takes_its_commits_along(history: History) -> None:
    history.start("1.x", history.commit("Begin"))
    history.tag("v1.0.1", history.commit("Mend", branch="1.x"))
    connected = connection(history.write())
    first = read(connected)
    assert len(first.records[Commit]) == 2
    git(history.folder, "tag", "-d", "v1.0.1")
    after = read(connected, first.cursor)
    assert (Commit, SHOP) in after.listed
    assert len(after.records[Commit]) == 1


def test_a_renamed_repository_goes_on_under_its_new_name(history: History) -> None:
    history.commit("Work (#1)")
    connected = connection(history.write())
    cursor = read(connected).cursor
    git(history.folder, "remote", "set-url", "origin", "https://github.com/acme/store.git")
    sink = read(connected, cursor)
    assert {(kind, SHOP) for kind in (Commit, CommitIssue, Deployment, DeploymentCommit)} <= set(sink.listed)
    assert {each.repository for rows in sink.records.values() for each in rows} == {"acme/store"}  # type: ignore[attr-defined]
    assert sink.cursor["repository"] == "acme/store"


# Shapes of repositories


def test_an_empty_repository_is_connected_and_read_later(history: History) -> None:
    connected = connection(history.write())
    assert connected.discover().sentence == "acme/shop has no commits yet"
    sink = read(connected)
    assert not sink.rows
    history.commit("Begin")
    history.write()
    assert len(read(connected, sink.cursor).records[Commit]) == 1


def test_bare_worktree_and_inner_folder_are_the_same_history(tmp_path: Path, history: History) -> None:
    history.tag("v1.0.0", history.commit("Begin", files={"src/cart.py": "cart\n"}))
    folder = history.write()
    git(folder, "reset", "-q", "--hard")
    git(folder, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    git(tmp_path, "clone", "-q", "--bare", str(folder), "bare.git")
    git(tmp_path / "bare.git", "remote", "set-url", "origin", "https://github.com/acme/shop")
    places = [folder, folder / "src", folder / ".git", tmp_path / "tree", tmp_path / "bare.git"]
    connected = [connection(place) for place in places]
    whole = read(connected[0]).records
    assert [read(each).records == whole for each in connected] == [True] * 5
    assert len({each.origin for each in connected[:4]}) == 1
    assert connected[4].origin != connected[0].origin


def test_the_branch_is_what_the_team_shares(tmp_path: Path, history: History) -> None:
    shared = history.commit("Begin", branch="trunk")
    folder = history.write()
    git(folder, "symbolic-ref", "HEAD", "refs/heads/trunk")
    git(tmp_path, "clone", "-q", str(folder), "clone")
    git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "Not shared")
    git(tmp_path / "clone", "checkout", "-q", "-b", "mine")
    assert [each.sha for each in read(connection(tmp_path / "clone")).records[Commit]] == [history.sha(shared)]  # type: ignore[attr-defined]
    assert len(read(connection(tmp_path / "clone", branch="refs/heads/trunk")).records[Commit]) == 2
    with pytest.raises(MiyabiError, match=r"no branch 'nowhere'.*origin/trunk"):
        read(connection(tmp_path / "clone", branch="nowhere"))


def test_where_no_branch_is_out_the_commit_that_is_counts(history: History) -> None:
    mark = history.commit("Begin", branch="only")
    history.commit("Later", branch="only")
    folder = history.write()
    git(folder, "checkout", "-q", history.sha(mark))
    assert connection(folder).discover().sentence == "acme/shop on HEAD: 1 commit, 0 releases"


def test_without_a_version_it_says_how_to_choose_tags(history: History) -> None:
    mark = history.commit("Begin")
    assert "there are no tags" in connection(history.write()).discover().notices[0]
    history.tag("deploy-1", mark)
    [notice] = connection(history.write()).discover().notices
    assert "of 1 tag (deploy-1) none is a version" in notice
    found = connection(history.folder, releases="deploy-*").discover()
    assert (found.figures, found.notices) == ({"commits": 1, "releases": 1, "tags": 1}, ())
    assert found.sentence == "acme/shop on main: 1 commit, 1 release, the last one deploy-1 on 2026-01-01"


def test_a_shallow_clone_says_what_is_missing_and_takes_nothing_back(tmp_path: Path, history: History) -> None:
    for _ in range(3):
        history.commit("Work")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{history.write()}", "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", "git@github.com:acme/shop.git")
    connected = connection(tmp_path / "clone")
    sink = read(connected)
    [only] = sink.records[Commit]
    assert (only.is_merge, only.lines_added) == (None, None)  # type: ignore[attr-defined]
    assert sink.listed == []
    assert sink.skipped == [("the clone is shallow: what came before is missing", f"before {history.sha(3)[:12]}")]
    assert "shallow" in connected.discover().notices[0]
    git(tmp_path / "clone", "fetch", "-q", "--unshallow", f"file://{history.folder}")
    whole = read(connected, sink.cursor)
    assert [each.lines_added for each in whole.records[Commit]] == [1, 1, 1]  # type: ignore[attr-defined]


def test_a_partial_clone_is_read_without_fetching(tmp_path: Path, history: History) -> None:
    history.commit("Work (#1)")
    folder = history.write()
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{folder}", "clone")
    missing = git(tmp_path / "clone", "rev-list", "--objects", "--missing=print", "--all").count("?")
    connected = connection(tmp_path / "clone")
    sink = read(connected)
    assert [each.lines_added for each in sink.records[Commit]] == [None]  # type: ignore[attr-defined]
    assert [reason for reason, _ in sink.skipped] == [
        "contents are missing in this clone, so that no lines are counted"
    ]
    assert any("partial" in notice for notice in connected.discover().notices)
    assert git(tmp_path / "clone", "rev-list", "--objects", "--missing=print", "--all").count("?") == missing == 1


def test_contents_that_are_lost_cost_the_lines_only(history: History) -> None:
    history.commit("Work (#1)")
    folder = history.write()
    blob = git(folder, "rev-parse", "main:1.txt")
    loosen(folder)
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    sink = read(connection(folder))
    assert [each.lines_added for each in sink.records[Commit]] == [None]  # type: ignore[attr-defined]
    assert [each.issue_key for each in sink.records[CommitIssue]] == ["#1"]  # type: ignore[attr-defined]


def loosen(folder: Path) -> None:
    """Every object of the repository in a file of its own."""
    packs = folder / ".git" / "objects" / "pack"
    for pack in packs.glob("*.pack"):
        aside = folder / pack.name
        pack.rename(aside)
        for left in packs.glob(f"{pack.stem}.*"):
            left.unlink()
        with aside.open("rb") as packed:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=folder, stdin=packed, check=True)


def test_what_a_person_has_set_up_changes_nothing(
    tmp_path: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.commit("Begin ü (#1)", author="Ü", files={"src/ü.txt": "1\n2\n"})
    history.tag("v1.0.0", history.commit("More", files={"src/ü.txt": "1\n"}), FIRST)
    folder = history.write()
    git(folder, "reset", "-q", "--hard")
    plain = read(connection(folder / "src")).records
    settings_file = tmp_path / "gitconfig"
    settings_file.write_text(
        "[log]\nshowSignature = true\nshowRoot = false\ndecorate = full\n[diff]\nrelative = true\nexternal = false\n"
        "algorithm = patience\n[color]\nui = always\n[core]\npager = false\nfsmonitor = /nowhere\n"
        "[i18n]\nlogOutputEncoding = latin1\n[format]\npretty = oneline\n[tag]\nsort = -refname\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings_file))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert read(connection(folder / "src")).records == plain


# What cannot be read


def test_what_is_no_repository_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, words in (("nowhere", "no such folder"), (".", "in no git repository"), ("file", "a file and no folder")):
        for use in (Git.discover, read):
            with pytest.raises(MiyabiError, match=words) as raised:
                use(connection(tmp_path / name))
            assert (raised.value.code, raised.value.is_transient) == ("origin-missing", False)


def test_a_home_that_there_is_not_is_no_path() -> None:
    with pytest.raises(ValueError, match="there is no such user"):
        connection(Path("~nobody-of-that-name/shop"))


def test_a_folder_of_somebody_else_is_refused_with_the_way_out(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.commit("Work")
    connected = connection(history.write())
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(MiyabiError, match=r"belongs to somebody else.*safe\.directory") as raised:
        read(connected)
    assert raised.value.code == "origin-forbidden"


def test_a_machine_without_git_says_so(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MiyabiError, match="the program git is missing"):
        read(connection(history.folder))


def test_a_damaged_repository_fails_and_leaves_no_cursor(history: History) -> None:
    for _ in range(3):
        history.commit("Work")
    folder = history.write()
    loosen(folder)
    lost = history.sha(2)
    (folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    sink = Collected()
    with pytest.raises(MiyabiError, match="git failed") as raised:
        connection(folder).read({}, sink)
    assert raised.value.code == "git-failed"
    assert sink.cursors == []


# In the source


def test_a_history_lands_once_and_what_is_gone_goes(database: Database, history: History) -> None:
    base = history.commit("Begin (#1)", author=b'J\xff\\N "o"')
    history.tag("@acme/shop@1.0.0", base)
    history.tag("@acme/shop@1.1.0", history.commit("More\n\nCo-authored-by: Bo {1,2} <bo@example.com>"))
    connected = connection(history.write())
    prepare_source(database)
    with database.connect("source_owner") as source:
        for inserted, unchanged in ((2, 0), (0, 0)):
            landing = Landing(source, connected, begin_sync(source))
            connected.read(cursor_of(source, connected), landing)
            commits = landing.counts.get("commit", Counts())
            assert (commits.inserted, commits.unchanged) == (inserted, unchanged)
        history.start("main", base)
        git(history.folder, "tag", "-d", "@acme/shop@1.1.0")
        history.write()
        landing = Landing(source, connected, begin_sync(source))
        connected.read(cursor_of(source, connected), landing)
        assert (landing.counts["commit"].deleted, landing.counts["commit"].unchanged) == (1, 1)
        for name in ("deployment", "deployment_commit"):
            assert (landing.counts[name].deleted, landing.counts[name].unchanged) == (1, 1)
