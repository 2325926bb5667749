"""Transcripts of Claude Code: each answer once, with its tokens, under its prompt; and none of what was said."""

import json
import os
import shutil
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from connect.sampled import claude_code_sample
from connect.sinks import Collected, read
from connect.transcripts import MODEL, NOON, SECRET, ClaudeTranscript
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.agents import log_files as reading
from miyabi_dw.connect.agents.claude_code import ClaudeCode
from miyabi_dw.connect.agents.log_files import Place
from miyabi_dw.connect.agents.workplaces import Workplaces
from miyabi_dw.connect.origin import Cursor
from miyabi_dw.connect.records import Answer

PROJECT_FOLDER = "projects/-home-dev-cli"


@pytest.fixture
def session(tmp_path: Path) -> ClaudeTranscript:
    return ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-1.jsonl")


def origin(tmp_path: Path, **fields: object) -> ClaudeCode:
    return ClaudeCode(name="agents", path=str(tmp_path), **fields)  # type: ignore[arg-type]


def answers(told: Collected) -> list[Answer]:
    return [record for record in told.records[Answer] if isinstance(record, Answer)]


def counted_once(told: list[Answer]) -> list[Answer]:
    """As conform takes them: of the copies of an answer the one in the earliest session."""
    by_id: dict[str, Answer] = {}
    for each in sorted(told, key=lambda answer: (answer.session_at, -answer.tokens_output)):
        by_id.setdefault(each.answer_id, each)
    return list(by_id.values())


def read_one(tmp_path: Path) -> Answer:
    [answer] = answers(read(origin(tmp_path)))
    return answer


# The sample


def test_the_sample_has_its_totals_to_the_token(tmp_path: Path) -> None:
    told = read(ClaudeCode(name="agents", path=str(claude_code_sample(tmp_path))))
    totals: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    for each in counted_once(answers(told)):
        uncached = each.tokens_input - each.tokens_cache_read - each.tokens_cache_write
        figures = (
            1, uncached, each.tokens_output, each.tokens_cache_write, each.tokens_cache_read, each.tokens_cache_write_1h,
        )  # fmt: skip
        totals[each.model] = [total + figure for total, figure in zip(totals[each.model], figures, strict=True)]
    assert {model: figures[:5] for model, figures in totals.items()} == {
        "claude-opus-4-5-20251101": [5742, 166589, 569396, 25771708, 528648644],
        "claude-opus-4-6": [3515, 16280, 238060, 10378644, 325400607],
        "claude-sonnet-4-5-20250929": [1013, 29294, 24819, 3905234, 84510514],
    }
    assert sum(figures[5] for figures in totals.values()) == 19413201
    assert (told.skipped, told.quarantined) == ([], [])


def test_the_sample_read_in_two_parts_gives_the_same(tmp_path: Path) -> None:
    """Each file is cut somewhere, most often in the middle of a line."""
    whole = claude_code_sample(tmp_path / "whole")
    parts = claude_code_sample(tmp_path / "parts")
    contents = {path: path.read_bytes() for path in parts.rglob("*.jsonl")}
    for path, content in contents.items():
        path.write_bytes(content[: len(content) * 6 // 10])
    told = read(origin(parts))
    for path, content in contents.items():
        with path.open("ab") as file:
            file.write(content[len(content) * 6 // 10 :])
    origin(parts).read(told.cursor, told)
    assert told.rows == read(origin(whole)).rows


# Answers


def test_of_the_lines_of_an_answer_the_last_one_counts(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).answer("a", 3).answer("a", 90)
    answer = read_one(tmp_path)
    assert (answer.answer_id, answer.tokens_output, answer.tokens_input) == ("msg_a", 90, 130)
    assert (answer.tokens_cache_read, answer.tokens_cache_write, answer.tokens_cache_write_1h) == (100, 20, 5)
    assert (answer.agent_id, answer.provider, answer.model, answer.success) == ("claude-code", "anthropic", MODEL, True)


def test_lines_of_an_answer_belong_together_wherever_they_stand(tmp_path: Path, session: ClaudeTranscript) -> None:
    """Other answers, a tool's result and the next prompt, which was typed meanwhile, stand between them."""
    session.prompt().answer("a", 3).result().answer("b", 5).prompt().answer("a", 90).answer("c", 7)
    by_id = {answer.answer_id: answer for answer in answers(read(origin(tmp_path)))}
    assert {key: answer.tokens_output for key, answer in by_id.items()} == {"msg_a": 90, "msg_b": 5, "msg_c": 7}
    assert by_id["msg_a"].execution_id == by_id["msg_b"].execution_id != by_id["msg_c"].execution_id


def test_lines_of_an_answer_belong_together_over_two_readings(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("z", 1).prompt().answer("a", 3)
    first = read(origin(tmp_path))
    session.prompt().answer("a", 90).answer("b", 7)
    second = read(origin(tmp_path), first.cursor)
    by_id = {answer.answer_id: answer for answer in answers(second)}
    assert by_id["msg_a"].tokens_output == 90
    assert by_id["msg_a"].execution_id == answers(first)[1].execution_id
    whole = {answer.answer_id: answer for answer in answers(read(origin(tmp_path)))}
    assert by_id.items() <= whole.items()


@pytest.mark.parametrize("model", ["<synthetic>", None])
def test_what_no_model_said_is_no_answer(tmp_path: Path, session: ClaudeTranscript, model: str) -> None:
    session.prompt().answer("a", 3).answer("b", 0, model=model)
    assert read_one(tmp_path).answer_id == "msg_a"


def test_old_versions_tell_the_cost(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3, costUSD=0.0125, usage={"cache_creation": None, "cache_creation_input_tokens": None})
    answer = read_one(tmp_path)
    assert (answer.cost_usd, answer.tokens_cache_write, answer.tokens_input) == (0.0125, 0, 110)


def test_an_error_after_the_last_answer_is_no_success(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).error().answer("b", 4).prompt().answer("c", 5).answer("d", 6).error()
    assert [answer.success for answer in answers(read(origin(tmp_path)))] == [True, True, True, False]


def test_an_answer_that_is_an_error_is_no_success(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3, isApiErrorMessage=True).answer("b", 4)
    assert [answer.success for answer in answers(read(origin(tmp_path)))] == [False, True]


@pytest.mark.parametrize(("total", "written", "hour"), [(None, 20, 5), (3, 3, 3), (50, 50, 5)])
def test_what_a_cache_took_is_told_as_a_sum_or_in_parts(
    tmp_path: Path, session: ClaudeTranscript, total: int | None, written: int, hour: int
) -> None:
    session.prompt().answer("a", 3, usage={"cache_creation_input_tokens": total})
    answer = read_one(tmp_path)
    assert (answer.tokens_cache_write, answer.tokens_cache_write_1h) == (written, hour)


def test_the_service_behind_a_model_is_told(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("bdrk_01", 3).answer("vrtx_01", 3).answer("c", 3, model="kimi-k2.5")
    assert [answer.provider for answer in answers(read(origin(tmp_path)))] == ["aws", "google", None]


# Copies


def test_an_answer_in_a_resumed_session_counts_where_it_was_given(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).answer("a", 90)
    resumed = ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-0.jsonl")
    resumed.raw(session.path.read_bytes()).wait(hours=2).prompt().answer("b", 5)
    told = answers(read(origin(tmp_path)))
    assert len(told) == 3
    once = {answer.answer_id: answer for answer in counted_once(told)}
    assert {key: answer.session_id for key, answer in once.items()} == {"msg_a": "s-1", "msg_b": "s-0"}
    assert len({answer.execution_id for answer in told if answer.answer_id == "msg_a"}) == 1


def test_a_forked_session_names_what_it_copied(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3)
    fork = ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-0.jsonl")
    fork.prompt(forkedFrom={"sessionId": "s-1", "messageUuid": "s-1-1"})
    fork.answer("a", 3, forkedFrom={"sessionId": "s-1", "messageUuid": "s-1-2"}).prompt().answer("b", 3)
    told = answers(read(origin(tmp_path)))
    assert {answer.session_id for answer in counted_once(told)} == {"s-0", "s-1"}
    assert {answer.execution_id for answer in told if answer.answer_id == "msg_a"} == {f"s-1:s-1-1:{MODEL}"}


@pytest.mark.parametrize("request_id", [None, "req_other"])
def test_a_copy_may_lack_the_request_or_have_another(
    tmp_path: Path, session: ClaudeTranscript, request_id: str | None
) -> None:
    session.prompt().answer("a", 3).answer("a", 9, requestId=request_id)
    ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-2.jsonl").prompt().answer("a", 9, requestId=request_id)
    told = answers(read(origin(tmp_path)))
    assert [(answer.answer_id, answer.tokens_output) for answer in told] == [("msg_a", 9), ("msg_a", 9)]


def test_a_gateway_that_gives_every_answer_one_id_loses_none(tmp_path: Path) -> None:
    for name in ("s-1", "s-2"):
        transcript = ClaudeTranscript(tmp_path / PROJECT_FOLDER / f"{name}.jsonl").prompt()
        for output in (3, 4):
            usage = {"input_tokens": 1, "output_tokens": output}
            transcript.line(type="assistant", message={"id": "relay", "model": "kimi-k2.5", "usage": usage})
    assert len({answer.answer_id for answer in answers(read(origin(tmp_path)))}) == 4


# Subagents


def test_a_subagent_has_its_type_of_the_file_beside_it(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).prompt(isSidechain=True).answer("b", 4, isSidechain=True)
    folder = tmp_path / PROJECT_FOLDER / "s-1" / "subagents"
    for name, output in (("agent-a1", 5), ("agent-acompact-0a1b2c3d", 6), ("agent-a2", 7)):
        ClaudeTranscript(folder / f"{name}.jsonl", "s-1", isSidechain=True).prompt().answer(name, output)
    (folder / "agent-a1.meta.json").write_text(json.dumps({"agentType": "Explore", "description": SECRET}))
    told = {answer.tokens_output: answer for answer in answers(read(origin(tmp_path)))}
    assert {output: answer.agent_id for output, answer in told.items()} == {
        3: "claude-code", 4: "claude-code:subagent", 5: "claude-code:Explore", 6: "claude-code:compact",
        7: "claude-code:subagent",
    }  # fmt: skip
    assert told[3].execution_id == f"s-1:s-1-1:{MODEL}"
    assert told[4].execution_id == f"s-1:s-1-1:{MODEL}:subagent"
    assert (told[5].session_id, told[5].execution_id) == ("s-1", f"s-1:agent-a1-1:{MODEL}:Explore")


@pytest.mark.parametrize(("name", "kind"), [("agent-aside_question-0a1b2c3d", None), ("agent-a1", "fork")])
def test_what_a_subagent_repeats_of_its_session_counts_in_the_session(
    tmp_path: Path, session: ClaudeTranscript, name: str, kind: str | None
) -> None:
    session.prompt().answer("a", 3)
    folder = session.path.with_suffix("") / "subagents"
    aside = (
        ClaudeTranscript(folder / f"{name}.jsonl", "s-1", isSidechain=True).prompt().answer("a", 3, requestId="req_2")
    )
    aside.answer("b", 4).path.with_suffix(".meta.json").write_text(json.dumps({"agentType": kind}))
    once = {answer.answer_id: answer for answer in counted_once(answers(read(origin(tmp_path))))}
    assert once["msg_a"].agent_id == "claude-code"
    assert (once["msg_b"].session_id, once["msg_b"].execution_id.startswith("s-1:")) == (f"s-1/{name}", True)


# Executions


def test_an_execution_is_a_prompt_and_what_follows_it_per_model(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).result().answer("b", 4, model="claude-haiku-4-5").answer("c", 5).prompt().answer(
        "d", 6
    )
    told = answers(read(origin(tmp_path)))
    executions: dict[str, list[str]] = defaultdict(list)
    for answer in told:
        executions[answer.execution_id].append(answer.answer_id)
    assert sorted(executions.values()) == [["msg_a", "msg_c"], ["msg_b"], ["msg_d"]]
    assert {answer.prompt_at for answer in told[:3]} == {NOON + timedelta(seconds=1)}
    assert told[3].prompt_at == NOON + timedelta(seconds=6)


NO_PROMPTS = {
    "a tool's result": [{"type": "tool_result", "content": "x"}, {"type": "text", "text": "x"}],
    "a command's output": "<local-command-stdout>x</local-command-stdout>",
    "a shell's output": "<bash-stdout>x</bash-stdout>",
    "a task's end": "<task-notification>x</task-notification>",
    "an interruption": [{"type": "text", "text": "[Request interrupted by user for tool use]"}],
}


@pytest.mark.parametrize("content", NO_PROMPTS.values(), ids=NO_PROMPTS)
def test_what_nobody_asked_is_no_prompt(tmp_path: Path, session: ClaudeTranscript, content: object) -> None:
    session.prompt().answer("a", 3).prompt(content).answer("b", 4)
    assert len({answer.execution_id for answer in answers(read(origin(tmp_path)))}) == 1


@pytest.mark.parametrize("field", ["isMeta", "isCompactSummary", "isSidechain"])
def test_a_line_that_the_program_wrote_is_no_prompt(tmp_path: Path, session: ClaudeTranscript, field: str) -> None:
    session.prompt().answer("a", 3).prompt(**{field: True}).answer("b", 4)
    assert len({answer.execution_id for answer in answers(read(origin(tmp_path)))}) == 1


@pytest.mark.parametrize(
    "content", ["<command-name>/fix</command-name>", [{"type": "image"}], 'says "type":"tool_result"']
)
def test_what_somebody_asked_is_a_prompt(tmp_path: Path, session: ClaudeTranscript, content: object) -> None:
    session.prompt().answer("a", 3).prompt(content).answer("b", 4)
    assert len({answer.execution_id for answer in answers(read(origin(tmp_path)))}) == 2


@pytest.mark.parametrize(("minutes", "executions"), [(29, 1), (31, 2)])
def test_a_pause_ends_an_execution(tmp_path: Path, session: ClaudeTranscript, minutes: int, executions: int) -> None:
    session.prompt().answer("a", 3).wait(minutes=minutes).answer("b", 4).answer("c", 5)
    told = answers(read(origin(tmp_path)))
    assert len({answer.execution_id for answer in told}) == executions
    assert told[2].prompt_at == (told[1].answered_at if executions == 2 else NOON + timedelta(seconds=1))


def test_answers_before_any_prompt_are_an_execution(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.answer("a", 3).answer("b", 4)
    told = answers(read(origin(tmp_path)))
    assert {answer.prompt_at for answer in told} == {told[0].answered_at}


def test_a_prompt_without_a_good_moment_begins_with_its_answer(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).prompt(timestamp="1970-01-01T00:00:00Z").answer("b", 4)
    first, second = answers(read(origin(tmp_path)))
    assert first.execution_id != second.execution_id
    assert second.prompt_at == second.answered_at


def test_no_answer_comes_before_its_prompt(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt(timestamp="2026-03-02T12:10:00Z").answer("a", 3)
    answer = read_one(tmp_path)
    assert answer.prompt_at == answer.answered_at


def test_the_branch_and_the_folder_are_those_of_the_moment(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3, gitBranch="fix/12-crash").answer("b", 4, gitBranch="HEAD").answer(
        "c", 5, gitBranch=""
    )
    told = answers(read(origin(tmp_path)))
    assert [(answer.branch, answer.branch_key) for answer in told] == [
        ("fix/12-crash", "#12"),
        (None, None),
        (None, None),
    ]
    assert told[0].folder == "/home/dev/cli"


def test_the_repository_is_the_declared_one_or_that_of_the_folder(tmp_path: Path, session: ClaudeTranscript) -> None:
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:Acme/CLI.git\n')
    for name, content in (("HEAD", "ref: refs/heads/main\n"), ("objects/x", ""), ("refs/x", "")):
        (clone / ".git" / name).parent.mkdir(exist_ok=True)
        (clone / ".git" / name).write_text(content)
    session.prompt().answer("a", 3, cwd=str(clone)).answer("b", 3, cwd="/gone/web/src").answer("c", 3, cwd="/gone/api")
    told = answers(read(origin(tmp_path, repositories={"/gone/web": "Acme/Web"})))
    assert [answer.repository for answer in told] == ["acme/cli", "acme/web", None]


# Bad input


BAD_ANSWERS = {
    "1970": {"timestamp": "1970-01-01T00:00:01.000Z"},
    "no moment": {"timestamp": None},
    "no date": {"timestamp": "yesterday"},
    "the future": {"timestamp": "2999-01-01T00:00:00Z"},
    "negative": {"usage": {"input_tokens": -5}},
    "absurd": {"usage": {"output_tokens": 2**40}},
    "no number": {"usage": {"cache_read_input_tokens": "many"}},
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_cannot_be_is_quarantined(
    tmp_path: Path, session: ClaudeTranscript, bad: dict[str, object]
) -> None:
    session.prompt().answer("a", 3).answer("b", 4, **bad).answer("c", 5)  # type: ignore[arg-type]
    told = read(origin(tmp_path))
    assert [answer.answer_id for answer in answers(told)] == ["msg_a", "msg_c"]
    [(what, where, reason)] = told.quarantined
    assert what == "answer msg_b"
    assert "s-1.jsonl, byte " in where
    assert reason


def test_broken_lines_are_counted_and_unknown_ones_ignored(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().raw(b'[1, "assistant"]\n"assistant"\nnull\n\n{"type":"assistant"\n\xff\xfe\n')
    session.raw(b'{"type":"assistant","uuid":"\xff"}\n').line(type="new-kind", message="assistant", of="assistant")
    session.line(type="progress", data={"type": "assistant"}, message=7).line(type="summary", summary=SECRET).answer(
        "a", 3
    )
    told = read(origin(tmp_path))
    assert len(answers(told)) == 1
    assert len(told.skipped) == 6
    assert told.quarantined == []


def test_a_last_line_that_is_being_written_is_taken_up_next_time(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3)
    whole = session.path.read_bytes()
    session.answer("b", 4)
    everything = session.path.read_bytes()
    session.path.write_bytes(everything[: len(whole) + 60])
    first = read(origin(tmp_path))
    assert [answer.answer_id for answer in answers(first)] == ["msg_a"]
    assert first.skipped == []
    with session.path.open("ab") as file:
        file.write(everything[len(whole) + 60 : -1])
    second = read(origin(tmp_path), first.cursor)
    assert [answer.answer_id for answer in answers(second)] == ["msg_a", "msg_b"]


def test_an_overlong_line_is_passed_over(
    tmp_path: Path, session: ClaudeTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 4096)
    monkeypatch.setattr(reading, "BUFFER", 1000)
    session.prompt().answer("a", 3).prompt("x" * 50_000).answer("b", 4)
    told = read(origin(tmp_path))
    assert [answer.tokens_output for answer in answers(told)] == [3, 4]
    assert len(told.skipped) == 1


def test_what_cannot_be_read_is_named(
    tmp_path: Path, session: ClaudeTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.prompt().answer("a", 3)
    locked = ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-2.jsonl").prompt().path
    opened = Path.open

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    told = read(origin(tmp_path))
    assert told.skipped == [("a file that cannot be read (Permission denied)", str(locked))]
    assert len(answers(told)) == 1
    monkeypatch.undo()
    assert len(answers(read(origin(tmp_path), told.cursor))) == 0


def test_no_folder_and_no_transcripts_are_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        BadRequest, match=r"there is no folder of Claude Code's transcripts \(.*gone\): name the right one"
    ):
        read(origin(tmp_path / "gone"))
    with pytest.raises(BadRequest, match="the folder holds no transcript of Claude Code"):
        origin(tmp_path).discover()
    assert read(origin(tmp_path)).records == {}


def test_the_folder_is_the_agent_s_own_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for number, place in enumerate((".claude", ".config/claude")):
        ClaudeTranscript(tmp_path / place / PROJECT_FOLDER / f"s-{number}.jsonl").prompt().answer(f"a{number}", 3)
    everywhere = ClaudeCode(name="agents")
    assert [answer.answer_id for answer in answers(read(everywhere))] == ["msg_a0", "msg_a1"]
    assert everywhere.discover().figures["sessions"] == 2
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / ".claude"))
    configured = ClaudeCode(name="agents")
    assert [answer.answer_id for answer in answers(read(configured))] == ["msg_a0"]
    # The same folder is the same origin, however it was named.
    (tmp_path / "link").symlink_to(tmp_path / ".claude")
    assert origin(tmp_path / "link").origin == origin(tmp_path / ".claude" / "projects").origin == configured.origin


# Reading again


def reread(tmp_path: Path, cursor: Cursor) -> list[str]:
    return [answer.answer_id for answer in answers(read(origin(tmp_path), json.loads(json.dumps(cursor))))]


def test_only_what_has_grown_is_read_from_the_prompt_before_the_last(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3).prompt().answer("b", 3).prompt().answer("c", 3)
    ClaudeTranscript(tmp_path / PROJECT_FOLDER / "s-2.jsonl").prompt().answer("d", 3)
    cursor = read(origin(tmp_path)).cursor
    assert reread(tmp_path, cursor) == []
    session.answer("e", 3)
    assert reread(tmp_path, cursor) == ["msg_b", "msg_c", "msg_e"]


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path, session: ClaudeTranscript) -> None:
    """Whatever line the file ends with when it is read, and wherever prompts and pauses are."""
    session.answer("0", 1).prompt().answer("a", 3).answer("a", 9).wait(hours=1).answer("b", 4).result().answer("b", 8)
    session.prompt().prompt().answer("c", 5).error().wait(hours=1).prompt().wait(hours=1).answer("d", 6).answer("d", 7)
    lines = session.path.read_bytes().splitlines(keepends=True)
    session.path.write_bytes(b"")
    pieces, cursor = Collected(), {}
    for line in lines:
        session.raw(line)
        origin(tmp_path).read(cursor, pieces)
        cursor = pieces.cursor
    at_once = answers(read(origin(tmp_path)))
    assert sorted(answers(pieces), key=lambda answer: answer.answer_id) == sorted(
        at_once, key=lambda answer: answer.answer_id
    )
    assert len(at_once) == 5


@pytest.mark.parametrize("how", ["shorter", "another file", "written again"])
def test_a_file_that_was_replaced_is_read_from_the_start(tmp_path: Path, session: ClaudeTranscript, how: str) -> None:
    session.prompt().answer("a", 3).prompt().answer("b", 3).prompt().answer("c", 3)
    cursor = read(origin(tmp_path)).cursor
    lines = session.path.read_bytes().splitlines(keepends=True)
    if how == "shorter":
        session.path.write_bytes(b"".join(lines[:4]))
    elif how == "another file":
        session.path.rename(tmp_path / "old")
        shutil.copy(tmp_path / "old", session.path)
    else:
        session.path.write_bytes(b"".join(lines[4:] + lines[:4] + lines[:1]))
    assert set(reread(tmp_path, cursor)) == ({"msg_a", "msg_b"} if how == "shorter" else {"msg_a", "msg_b", "msg_c"})


def test_a_long_reading_can_be_taken_up_in_the_middle_of_a_file(
    tmp_path: Path, session: ClaudeTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BETWEEN_CHECKPOINTS", 2000)
    for number in range(20):
        session.prompt().answer(f"a{number}", 3)
    told = Collected()
    origin(tmp_path).read({}, told)
    assert len(told.cursors) > 5
    for cursor in told.cursors[:-1]:
        again = reread(tmp_path, cursor)
        assert again
        assert again == [f"msg_a{number}" for number in range(20 - len(again), 20)]
    assert len(reread(tmp_path, told.cursors[3])) < 20
    assert reread(tmp_path, told.cursor) == []


def test_another_declaration_or_an_unknown_cursor_reads_everything(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3, cwd="/gone/web")
    cursor = read(origin(tmp_path)).cursor
    [answer] = answers(read(origin(tmp_path, repositories={"/gone/web": "acme/web"}), cursor))
    assert answer.repository == "acme/web"
    assert reread(tmp_path, {**cursor, "files": {str(session.path): "odd"}}) == ["msg_a"]
    assert reread(tmp_path, {**cursor, "version": 0}) == ["msg_a"]


def test_more_answers_than_are_held_are_all_told(
    tmp_path: Path, session: ClaudeTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miyabi_dw.connect.agents.executions.MOST_OPEN", 4)
    session.prompt()
    for number in range(15):
        session.answer(f"a{number}", 1).answer(f"a{number}", 2)
    told = answers(read(origin(tmp_path)))
    assert [answer.tokens_output for answer in told] == [2] * 15
    assert len({answer.execution_id for answer in told}) == 1


# Privacy


def test_an_open_answer_holds_nothing_that_was_said(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3)
    follower = origin(tmp_path).follower(session.path, Place(), Collected(), NOON, Workplaces({}))
    for line in session.path.read_bytes().splitlines():
        follower.take(line, 0)
    [opened] = follower.open.values()
    assert SECRET.encode() not in msgspec.json.encode(opened.line)


def test_nothing_that_was_said_leaves_the_reader(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt(slug=SECRET).line(type="summary", summary=SECRET, leafUuid=SECRET).result()
    session.prompt(f"<command-name>/{SECRET}</command-name>").line(type="system", content=SECRET, subtype=SECRET)
    session.line(type="file-history-snapshot", snapshot={"trackedFileBackups": {SECRET: SECRET}}).answer("a", 3)
    thinking = {"type": "thinking", "thinking": SECRET, "signature": SECRET}
    session.line(
        type="assistant", message={"id": "msg_b", "model": MODEL, "content": [thinking], "usage": {"output_tokens": 1}}
    )
    session.answer("c", 3, usage={"input_tokens": SECRET}).prompt(timestamp=SECRET).line(
        type="assistant", message=SECRET
    )
    session.line(type="queue-operation", content=SECRET).raw(f'{{"type":"assistant","{SECRET}\n'.encode())
    session.raw(f"{SECRET}\n".encode())
    told = read(origin(tmp_path))
    assert len(answers(told)) == 2
    assert SECRET not in repr((told.rows, told.quarantined, told.skipped, told.cursors))
    assert SECRET in session.path.read_text()


def test_what_a_database_cannot_hold_stays_out(tmp_path: Path, session: ClaudeTranscript) -> None:
    """NUL in names, and a file's name that is no text."""
    session.prompt(uuid="u\x00u").answer("a\x00", 3, cwd="/a\x00b", gitBranch="x\x00y", model="m\x00")
    session.path.rename(session.path.with_name(os.fsdecode(b"s-\xff.jsonl")))
    told = read(origin(tmp_path))
    assert len(answers(told)) == 1
    assert "\\x00" not in repr((told.rows, told.cursors))
    json.dumps(told.cursor, ensure_ascii=False).encode()


def test_a_moment_of_another_zone_is_the_same_moment(tmp_path: Path, session: ClaudeTranscript) -> None:
    session.prompt().answer("a", 3, timestamp="2026-03-02T21:00:05+09:00")
    assert read_one(tmp_path).answered_at == datetime.fromisoformat("2026-03-02T12:00:05+00:00")
