"""OTLP in JSON: each answer once, with what the conventions say of it, from files that grow, are cut or are something else."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connect.sinks import Collected, read
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.agents import log_files
from miyabi_dw.connect.agents.otel import OpenTelemetry
from miyabi_dw.connect.records import Answer

START = 1_775_000_000_000_000_000
SECOND = 1_000_000_000
Attributes = dict[str, object]


def value_of(value: object) -> dict[str, object]:
    kind = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}[type(value)]
    # As the JSON of protobuf writes 64 bits: a text.
    return {kind: str(value) if kind == "intValue" else value}


def attributes(values: Attributes) -> list[object]:
    return [{"key": key, "value": value_of(value)} for key, value in values.items()]


def span(
    number: int, told: Attributes, *, parent: int | None = None, trace: str = "t1", **fields: object
) -> dict[str, object]:
    return {
        "traceId": trace, "spanId": f"s{number}", "parentSpanId": f"s{parent}" if parent else "", "name": "chat",
        "startTimeUnixNano": str(START + number * SECOND), "endTimeUnixNano": str(START + (number + 5) * SECOND),
        "attributes": attributes(told),
    } | fields  # fmt: skip


def spans(*given: object, resource: Attributes | None = None) -> dict[str, object]:
    about = {"attributes": attributes(resource or {"service.name": "support-bot"})}
    return {"resourceSpans": [{"resource": about, "scopeSpans": [{"spans": list(given)}]}]}


CHAT: Attributes = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2026-01", "gen_ai.usage.input_tokens": 811, "gen_ai.usage.output_tokens": 92,
    "gen_ai.usage.cache_read.input_tokens": 640, "gen_ai.usage.reasoning.output_tokens": 30,
}  # fmt: skip


def metrics(
    *points: dict[str, object], name: str = "claude_code.token.usage", temporality: object = 1
) -> dict[str, object]:
    total = {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": list(points)}
    about = {"attributes": attributes({"service.name": "claude-code"})}
    return {"resourceMetrics": [{"resource": about, "scopeMetrics": [{"metrics": [{"name": name, "sum": total}]}]}]}


def point(
    value: float, seconds: int, kind: str = "", *, begun: int = 0, session: str = "one", **fields: object
) -> dict[str, object]:
    told: Attributes = {"session.id": session, "model": "claude-opus-4-6"} | ({"type": kind} if kind else {})
    return {
        "asDouble": value, "timeUnixNano": str(START + seconds * SECOND), "attributes": attributes(told),
        "startTimeUnixNano": START + begun * SECOND,
    } | fields  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def origin(path: Path) -> OpenTelemetry:
    return OpenTelemetry(name="traces", path=path)


def written(path: Path, *lines: object, end: str = "\n") -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def answers(sink: Collected) -> list[Answer]:
    return [answer for answer in sink.records[Answer] if isinstance(answer, Answer)]


def sums(sink: Collected) -> tuple[int, int, int, int, float]:
    found = answers(sink)
    fields = ("tokens_input", "tokens_output", "tokens_cache_read", "tokens_cache_write")
    counts = [sum(getattr(answer, name) for answer in found) for name in fields]
    return (*counts, sum(answer.cost_usd or 0 for answer in found))  # type: ignore[return-value]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(START // SECOND + seconds, UTC)


def test_a_call_of_a_model_is_an_answer_of_its_trace(folder: Path) -> None:
    resource: Attributes = {
        "service.name": "support-bot", "vcs.repository.url.full": "git@github.com:Acme/CLI.git",
        "vcs.ref.head.name": "fix/12-login", "miyabi.issue": "ABC-7",
    }  # fmt: skip
    called = CHAT | {"gen_ai.conversation.id": "c1", "gen_ai.response.id": "r1", "gen_ai.agent.name": "triage"}
    written(folder / "traces.jsonl", spans(span(1, called), resource=resource))
    assert answers(read(origin(folder))) == [
        Answer(
            answer_id="r1",
            execution_id="t1:gpt-5-2026-01",
            session_id="c1",
            session_at=moment(1),
            prompt_at=moment(1),
            answered_at=moment(6),
            agent_id="triage",
            model="gpt-5-2026-01",
            provider="openai",
            tokens_input=811,
            tokens_output=92,
            tokens_cache_read=640,
            tokens_reasoning=30,
            success=True,
            repository="acme/cli",
            branch="fix/12-login",
            branch_key="#12",
            issue_key="ABC-7",
        )
    ]


def test_an_agent_its_tools_and_embeddings_are_no_answers(folder: Path) -> None:
    agent = CHAT | {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1622}
    written(
        folder / "traces.jsonl",
        spans(
            span(1, agent), span(2, CHAT, parent=1), span(3, CHAT, parent=1),
            span(4, CHAT | {"gen_ai.operation.name": "execute_tool"}, parent=1),
            span(5, CHAT | {"gen_ai.operation.name": "embeddings"}), span(6, {"http.request.method": "GET"}),
        ),
    )  # fmt: skip
    assert sums(read(origin(folder)))[:2] == (2 * 811, 2 * 92)


def test_a_call_that_two_programs_report_counts_once(folder: Path) -> None:
    told = CHAT | {"gen_ai.response.id": "r1"}
    written(folder / "one.jsonl", spans(span(1, CHAT), span(2, CHAT, parent=1)))
    # The inner span ends first, and may be exported before the outer one.
    written(folder / "two.jsonl", spans(span(4, told, parent=3, trace="t2")), spans(span(3, told, trace="t2")))
    assert sums(read(origin(folder)))[:2] == (2 * 811, 2 * 92)


def test_input_that_was_counted_without_its_cache_gets_it(folder: Path) -> None:
    bare = CHAT | {"gen_ai.usage.input_tokens": 11, "gen_ai.usage.cache_creation.input_tokens": 100}
    written(folder / "traces.jsonl", spans(span(1, bare)))
    assert sums(read(origin(folder)))[:4] == (11 + 640 + 100, 92, 640, 100)


def test_a_call_that_failed_is_told(folder: Path) -> None:
    failed = {name: value for name, value in CHAT.items() if "usage" not in name}
    written(folder / "traces.jsonl", spans(span(1, failed, status={"code": 2}), span(2, failed)))
    [answer] = answers(read(origin(folder)))
    assert (answer.success, answer.tokens_input) == (False, 0)


def test_deltas_of_claude_code_add_up(folder: Path) -> None:
    lines = [
        metrics(
            point(10, 60, "input"),
            point(20, 60, "output"),
            point(1000, 60, "cacheRead"),
            point(300, 60, "cacheCreation"),
        ),
        metrics(point(0.25, 60), name="claude_code.cost.usage"),
        metrics(point(1, 120, "input"), point(5, 120, "output"), point(0, 120, "cacheRead")),
        metrics(point(7, 120, "input", session="two"), point(9, 120, "sparkle"), name="claude_code.token.usage"),
        metrics(point(99, 120), name="claude_code.lines_of_code.count"),
    ]
    # An export that was sent again, and a metric that says its temporality in words.
    lines += [
        lines[0],
        metrics(point(0.5, 180), name="claude_code.cost.usage", temporality="AGGREGATION_TEMPORALITY_DELTA"),
    ]
    written(folder / "metrics.json", *lines)
    sink = read(origin(folder))
    assert sums(sink) == (10 + 1000 + 300 + 1 + 7, 25, 1000, 300, 0.75)
    assert {answer.execution_id for answer in answers(sink) if answer.answered_at == moment(60)} == {
        f"one:claude-opus-4-6:{START + 60 * SECOND}"
    }


def test_of_a_cumulative_sum_the_latest_value_counts(folder: Path) -> None:
    def at(seconds: int, tokens: float, begun: int = 0) -> object:
        return metrics(point(tokens, seconds, "output", begun=begun), temporality=2)

    path = written(folder / "metrics.jsonl", at(60, 20), at(120, 50), at(180, 5, begun=150))
    first = read(origin(folder))
    assert sums(first)[1] == 55
    with path.open("a") as file:
        file.write(json.dumps(at(240, 30, begun=150)) + "\n")
    later = read(origin(folder), first.cursor)
    # It replaces what was told of the same sum before.
    assert [answer.tokens_output for answer in answers(later)] == [30]
    assert {answer.answer_id for answer in answers(later)} < {answer.answer_id for answer in answers(first)}


def test_what_cannot_be_is_quarantined_by_itself(folder: Path) -> None:
    written(
        folder / "all.jsonl",
        spans(span(1, CHAT | {"gen_ai.usage.input_tokens": -5}), span(2, CHAT, startTimeUnixNano="0"), span(3, CHAT)),
        metrics(point(1, 60, "input"), temporality=0),
        metrics(point(1, 10**10, "input"), point(2, 60, "input", asDouble="x"), point(3, 60, "input", attributes=[{"key": "type", "value": {"stringValue": "input"}}])),
    )  # fmt: skip
    sink = read(origin(folder))
    assert [answer.answer_id for answer in answers(sink)] == ["t1:s3"]
    assert [reason for _, _, reason in sink.quarantined] == [
        "input_tokens is -5, which is no count", "startTimeUnixNano lies outside of 2020 to tomorrow",
        "the sum does not say whether it is delta or cumulative", "timeUnixNano lies outside of 2020 to tomorrow",
        "tokens is no number", "it names no model",
    ]  # fmt: skip


def test_a_file_that_grows_is_read_from_its_last_whole_line(folder: Path) -> None:
    path = written(folder / "traces.jsonl", spans(span(1, CHAT)), json.dumps(spans(span(2, CHAT)))[:50], end="")
    first = read(origin(folder))
    assert [answer.answer_id for answer in answers(first)] == ["t1:s1"] and not first.skipped
    written(path, spans(span(1, CHAT)), spans(span(2, CHAT)), spans(span(3, CHAT)), end="")
    second = read(origin(folder), first.cursor)
    assert [answer.answer_id for answer in answers(second)] == ["t1:s2", "t1:s3"]
    assert answers(read(origin(folder), second.cursor)) == []


def test_a_file_that_was_rotated_is_read_from_its_beginning(folder: Path) -> None:
    path = written(folder / "traces.jsonl", spans(span(1, CHAT)), spans(span(2, CHAT)))
    first = read(origin(folder))
    path.rename(folder / "traces-2026-04-01.jsonl")
    written(path, *(spans(span(number, CHAT, trace="t9")) for number in range(3, 8)))
    second = read(origin(folder), first.cursor)
    assert {f"t9:s{number}" for number in range(3, 8)} <= {answer.answer_id for answer in answers(second)}


def test_a_file_that_was_written_over_is_read_from_its_beginning(folder: Path) -> None:
    path = written(folder / "traces.jsonl", spans(span(1, CHAT)), spans(span(2, CHAT)))
    first = read(origin(folder))
    written(path, *(spans(span(number, CHAT, trace="t9")) for number in range(3, 8)))
    second = read(origin(folder), first.cursor)
    assert [answer.answer_id for answer in answers(second)] == [f"t9:s{number}" for number in range(3, 8)]


def test_compressed_files_and_files_of_one_document_are_read(folder: Path) -> None:
    written(folder / "one.jsonl.gz", spans(span(1, CHAT)), spans(span(2, CHAT)))
    (folder / "two.json").write_text(json.dumps(spans(span(3, CHAT)), indent=2))
    (folder / "three.json").write_text(json.dumps([spans(span(4, CHAT)), spans(span(5, CHAT))]))
    (folder / "notes.txt").write_text(json.dumps(spans(span(6, CHAT))))
    found = origin(folder).discover()
    assert found.sentence.startswith("3 files with spans") and found.figures["files"] == 3
    assert {answer.answer_id for answer in answers(read(origin(folder)))} == {f"t1:s{number}" for number in range(1, 6)}
    assert [answer.answer_id for answer in answers(read(origin(folder / "two.json")))] == ["t1:s3"]


def test_broken_lines_and_files_are_counted_and_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "LONGEST_LINE", 4000)
    good = spans(span(1, CHAT))
    written(
        folder / "a.jsonl",
        good,
        "no json",
        "[1, 2",
        '"text"',
        "[" * 3000,
        json.dumps({"x": "y" * 9000}),
        "",
        {"resourceLogs": []},
        spans(span(2, CHAT)),
    )
    (folder / "b.json.gz").write_bytes(gzip.compress(json.dumps(good).encode())[:60])
    (folder / "c.json.gz").write_bytes(b"no gzip")
    (folder / "d.jsonl").write_bytes(b"\xff\xfe{}\n")
    sink = read(origin(folder))
    assert {answer.answer_id for answer in answers(sink)} == {"t1:s1", "t1:s2"}
    assert sorted(reason for reason, _ in sink.skipped) == [
        "a file that cannot be read (BadGzipFile)", "a file that cannot be read (EOFError)", "a line longer than 0 MB",
        "a line that is no JSON", "a line that is no JSON", "a line that is no JSON object",
        "a line that is no JSON object", "a line that is no JSON object",
    ]  # fmt: skip


def test_nothing_of_prompts_answers_or_people_is_read(folder: Path) -> None:
    planted: Attributes = {
        "gen_ai.input.messages": "PLANTED", "gen_ai.output.messages": "PLANTED", "user.email": "PLANTED@example.com",
        "gen_ai.system_instructions": "PLANTED", "user.id": "PLANTED",
    }  # fmt: skip
    events = [{"name": "gen_ai.user.message", "attributes": attributes({"content": "PLANTED"})}]
    bad = span(2, CHAT | planted | {"gen_ai.usage.input_tokens": "PLANTED"}, name="PLANTED")
    written(folder / "a.jsonl", spans(span(1, CHAT | planted, name="PLANTED", events=events), bad, resource=planted))
    sink = read(origin(folder))
    assert len(answers(sink)) == 1 and len(sink.quarantined) == 1
    assert "PLANTED" not in repr((sink.rows, sink.quarantined, sink.skipped, sink.cursors))


def test_a_folder_without_otlp_says_what_to_do(folder: Path) -> None:
    with pytest.raises(BadRequest, match="no such folder"):
        origin(folder / "none").discover()
    written(folder / "other.jsonl", {"type": "assistant"})
    with pytest.raises(BadRequest, match="file exporter"):
        origin(folder).discover()
