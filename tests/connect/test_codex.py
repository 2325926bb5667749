"""Rollouts of Codex: what each answer used, as its line and the totals say, and never what another session used."""

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from connect.sampled import sample
from connect.sinks import Collected, read
from connect.transcripts import NOON, SECRET, Rollout
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.agents import log_files as reading
from miyabi_dw.connect.agents.codex import Codex
from miyabi_dw.connect.records import Answer

PARENT = {"forked_from_id": "parent-1"}
# Half a second after a fork began.
AT_ONCE = NOON + timedelta(seconds=3.5)


@pytest.fixture
def rollout(tmp_path: Path) -> Rollout:
    return Rollout(tmp_path / "sessions/2026/03/02/rollout-1.jsonl")


def origin(tmp_path: Path, **fields: object) -> Codex:
    return Codex(name="codex", path=str(tmp_path), **fields)  # type: ignore[arg-type]


def answers(told: Collected) -> list[Answer]:
    return [record for record in told.records[Answer] if isinstance(record, Answer)]


def tokens(told: Collected) -> list[tuple[int, int, int, int]]:
    return [
        (each.tokens_input, each.tokens_cache_read, each.tokens_output, each.tokens_reasoning) for each in answers(told)
    ]


def test_the_samples_have_their_totals() -> None:
    told = read(Codex(name="codex", path=str(sample("codex"))))
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 4)
    for answer, used in zip(answers(told), tokens(told), strict=True):
        key = answer.session_id, answer.model
        totals[key] = [total + figure for total, figure in zip(totals[key], used, strict=True)]
    assert totals == {
        ("plain-1", "gpt-5-codex"): [14475, 2432, 216, 0],
        ("plain-1", "gpt-5.1-codex-mini"): [20000, 18000, 600, 300],
        ("child-1", "gpt-5-codex"): [5000, 3000, 500, 50],
    }
    assert [reason for reason, _ in told.skipped] == ["a line that is no JSON object"]


def test_an_answer_has_its_tokens_and_its_prompt(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1000, 800, 50, 20).count(2000, 900, 60).turn("t-2", "gpt-5.1-codex-mini").count(10, 0, 1)
    told = read(origin(tmp_path))
    assert tokens(told) == [(1000, 800, 50, 20), (2000, 900, 60, 0), (10, 0, 1, 0)]
    assert [answer.execution_id for answer in answers(told)] == [
        "s-1:t-1:gpt-5-codex", "s-1:t-1:gpt-5-codex", "s-1:t-2:gpt-5.1-codex-mini",
    ]  # fmt: skip
    first = answers(told)[0]
    assert (first.prompt_at, first.answered_at) == (NOON + timedelta(seconds=6), NOON + timedelta(seconds=18))
    assert (first.agent_id, first.provider, first.folder) == ("codex", "openai", "/home/dev/cli")


def test_the_same_event_again_is_the_same_answer(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1000, 800, 50).again({"input_tokens": 1000, "output_tokens": 50}).wait(minutes=5)
    rollout.again({"input_tokens": 1000, "output_tokens": 50}).line("event_msg", type="token_count", info=None)
    assert tokens(read(origin(tmp_path))) == [(1000, 800, 50, 0)]


def test_what_a_lost_line_told_is_in_the_totals(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1000, 800, 50).count(500, 100, 7, lost=True).raw(b'{"type":"event_msg","payl\n')
    rollout.count(2000, 900, 60)
    told = read(origin(tmp_path))
    assert tokens(told) == [(1000, 800, 50, 0), (2500, 1000, 67, 0)]
    assert len(told.skipped) == 1


def test_a_counter_that_begins_again_is_followed(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1000, 800, 50)
    rollout.total = dict.fromkeys(rollout.total, 0)
    rollout.count(300, 200, 5)
    assert tokens(read(origin(tmp_path))) == [(1000, 800, 50, 0), (300, 200, 5, 0)]


def test_a_turn_goes_on_after_its_context_was_told_again(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1, 0, 1).line("turn_context", cwd="/home/dev/web", model="gpt-5", turn_id="t-1").count(
        2, 0, 2
    )
    told = answers(read(origin(tmp_path)))
    assert [answer.execution_id for answer in told] == ["s-1:t-1:gpt-5-codex", "s-1:t-1:gpt-5"]
    assert {answer.prompt_at for answer in told} == {NOON + timedelta(seconds=6)}
    assert told[1].folder == "/home/dev/web"


def test_an_error_after_the_last_answer_is_no_success(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(1, 0, 1).turn("t-2").count(2, 0, 2).line("event_msg", type="error", message=SECRET)
    assert [answer.success for answer in answers(read(origin(tmp_path)))] == [True, False]


# Forks


def forked(tmp_path: Path, **meta: object) -> Rollout:
    child = Rollout(tmp_path / "sessions" / "rollout-2.jsonl", "child-1", **meta)
    return child.line("session_meta", NOON, id="parent-1", cwd="/elsewhere")


@pytest.mark.parametrize(
    ("meta", "agent"),
    [
        (PARENT, "codex"),
        ({"source": {"subagent": {"thread_spawn": {"parent_thread_id": "p", "agent_role": "explorer"}}}}, "codex:explorer"),
        ({**PARENT, "source": {"subagent": {"thread_spawn": {"parent_thread_id": "p"}}}}, "codex:subagent"),
        ({**PARENT, "source": {"subagent": "review"}}, "codex:review"),
    ],
)  # fmt: skip
def test_a_fork_counts_only_what_it_did_itself(tmp_path: Path, meta: dict[str, object], agent: str) -> None:
    """Its parent's events are written again with new moments, at once, and its totals go on from theirs."""
    child = forked(tmp_path, **meta)
    at = AT_ONCE
    child.line("event_msg", at, type="task_started", turn_id="old").count(9000, 7000, 100, at=at).count(10, 0, 1, at=at)
    child.wait(minutes=1).turn("new").count(50, 30, 5)
    told = read(origin(tmp_path))
    assert tokens(told) == [(50, 30, 5, 0)]
    [answer] = answers(told)
    assert (answer.agent_id, answer.session_id, answer.folder) == (agent, "child-1", "/home/dev/cli")


def test_a_fork_may_keep_the_moments_of_its_parent(tmp_path: Path) -> None:
    child = forked(tmp_path, **PARENT)
    child.count(9000, 7000, 100, at=NOON - timedelta(hours=2)).turn("new").count(50, 30, 5)
    assert tokens(read(origin(tmp_path))) == [(50, 30, 5, 0)]


def test_turns_that_tell_their_start_decide_what_a_fork_repeats(tmp_path: Path) -> None:
    """However long the repeating took, and however soon the own turn came after it."""
    child = forked(tmp_path, **PARENT)
    child.line("event_msg", type="task_started", turn_id="old", started_at=NOON.timestamp() - 900)
    child.count(9000, 7000, 100).count(10, 0, 1)
    child.turn("new", started_at=child.now.timestamp() + 3).count(50, 30, 5)
    assert tokens(read(origin(tmp_path))) == [(50, 30, 5, 0)]


def test_a_fork_that_did_nothing_used_nothing(tmp_path: Path) -> None:
    child = forked(tmp_path, **PARENT)
    child.count(9000, 7000, 100, at=AT_ONCE)
    assert answers(read(origin(tmp_path))) == []


def test_a_fork_that_repeats_nothing_goes_on_from_the_totals_of_its_parent(tmp_path: Path) -> None:
    child = forked(tmp_path, **PARENT).count(9000, 7000, 100, lost=True)
    child.turn("new").count(50, 30, 5).count(60, 40, 6)
    assert tokens(read(origin(tmp_path))) == [(50, 30, 5, 0), (60, 40, 6, 0)]


def test_a_session_begins_with_its_first_good_moment(tmp_path: Path) -> None:
    child = Rollout(tmp_path / "rollout-1.jsonl", start=NOON.replace(year=1970), **PARENT)
    child.now = NOON
    child.count(9000, 7000, 100).wait(minutes=1).turn("new").count(50, 30, 5)
    told = read(origin(tmp_path))
    assert tokens(told) == [(50, 30, 5, 0)]
    assert answers(told)[0].session_at == NOON + timedelta(seconds=3)


# The rest


def test_parts_are_never_more_than_the_whole(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1").count(10, 20, 1, 2)
    assert tokens(read(origin(tmp_path))) == [(10, 10, 1, 1)]


def test_the_repository_is_told_by_the_session_where_the_folder_is_gone(tmp_path: Path) -> None:
    git = {"branch": "ABC-7-cache", "repository_url": f"https://user:{SECRET.replace(' ', '')}@github.com/Acme/CLI.git"}
    Rollout(tmp_path / "rollout-1.jsonl", git=git).turn("t-1").count(1, 0, 1)
    told = read(origin(tmp_path))
    [answer] = answers(told)
    assert (answer.repository, answer.branch, answer.branch_key) == ("acme/cli", "ABC-7-cache", "ABC-7")
    assert SECRET.replace(" ", "") not in repr((told.rows, told.cursors))


@pytest.mark.parametrize(
    "line",
    [
        {"timestamp": "1970-01-01T00:00:00Z", "payload": {"info": {"last_token_usage": {"input_tokens": 5}}}},
        {"timestamp": None, "payload": {"info": {"last_token_usage": {"input_tokens": 5}}}},
        {"payload": {"info": {"last_token_usage": {"input_tokens": -5}}}},
        {"payload": {"info": {"last_token_usage": {"input_tokens": 2**40}}}},
        {"payload": {"info": {"total_token_usage": {"input_tokens": 2**40, "output_tokens": 5}}}},
        {"payload": {"info": SECRET}},
    ],
)
def test_an_answer_that_cannot_be_is_quarantined(tmp_path: Path, rollout: Rollout, line: dict[str, object]) -> None:
    rollout.turn("t-1").count(1, 0, 1)
    usual = {"timestamp": "2026-03-02T12:01:00Z", "type": "event_msg"}
    payload = {"type": "token_count", **line.pop("payload")}  # type: ignore[dict-item]
    rollout.raw(json.dumps({**usual, **line, "payload": payload}).encode() + b"\n")
    told = read(origin(tmp_path))
    assert tokens(told) == [(1, 0, 1, 0)]
    [(what, _, reason)] = told.quarantined
    assert what == "answer s-1"
    assert reason
    assert SECRET not in reason


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-0").count(1, 0, 1).turn("t-00").count(1, 0, 1).turn("t-000").count(1, 0, 1)
    rollout.turn("t-1").count(1, 0, 1).count(5, 1, 2).turn("t-2", "gpt-5").wait(hours=1).count(2, 0, 2).wait(hours=1)
    rollout.count(3, 0, 3).turn("t-3").line("event_msg", type="error", message=SECRET)
    child = forked(tmp_path, **PARENT)
    child.count(9000, 7000, 100, at=AT_ONCE).turn("new").count(50, 30, 5)
    pieces, cursor, files = Collected(), {}, (rollout.path, child.path)
    lines = {path: path.read_bytes().splitlines(keepends=True) for path in files}
    for path in files:
        path.write_bytes(b"")
    for path in files:
        for line in lines[path]:
            with path.open("ab") as file:
                file.write(line)
            origin(tmp_path).read(json.loads(json.dumps(cursor)), pieces)
            cursor = pieces.cursor
    assert sorted(answers(pieces), key=repr) == sorted(answers(read(origin(tmp_path))), key=repr)
    assert len(answers(pieces)) == 8


def test_a_long_reading_can_be_taken_up_in_the_middle(
    tmp_path: Path, rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BETWEEN_CHECKPOINTS", 2000)
    for number in range(1, 12):
        rollout.turn(f"t-{number}").count(number, 0, 1)
    whole = Collected()
    origin(tmp_path).read({}, whole)
    assert len(whole.cursors) > 3
    for cursor in whole.cursors[:-1]:
        again = tokens(read(origin(tmp_path), cursor))
        assert again
        assert again == tokens(whole)[-len(again) :]


def test_nothing_that_was_said_leaves_the_reader(tmp_path: Path, rollout: Rollout) -> None:
    rollout.turn("t-1", started_at=1.5).line("compacted", message=SECRET).line("new_kind", text=SECRET).count(1, 0, 1)
    rollout.line("event_msg", type="agent_message", message=SECRET).line("turn_context", model=[SECRET])
    told = read(origin(tmp_path))
    assert len(answers(told)) == 1
    assert [reason for reason, _ in told.skipped] == ["a line of an unknown shape"]
    assert SECRET not in repr((told.rows, told.quarantined, told.skipped, told.cursors))
    assert SECRET in rollout.path.read_text()


def test_where_codex_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "home"))
    with pytest.raises(BadRequest, match="there is no folder of Codex's transcripts"):
        Codex(name="codex").discover()
    for number, folder in enumerate(("sessions/2026/03/02", "archived_sessions")):
        Rollout(tmp_path / "home" / folder / f"rollout-{number}.jsonl", f"s-{number}").turn("t-1").count(1, 0, 1)
    assert Codex(name="codex").discover().figures == {"sessions": 2, "subagents": 0, "megabytes": 0}
    assert {answer.session_id for answer in answers(read(Codex(name="codex")))} == {"s-0", "s-1"}
