"""What spans and metrics of OpenTelemetry tell of models' answers.

Spans: those that are a call of a model, by the conventions for generative AI. An agent's span around them has the sum
of its calls and is none itself. Of two programs that both report one call the inner span counts; where the two come
in different exports, the answer's own id joins them.
Metrics: those of Claude Code, which counts the parts of the input apart. A delta is an answer of its own; a cumulative
sum is one answer by the moment that it counts from, and the latest value of it counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from miyabi_dw.connect.agents.otlp import Attributes, Json, part, spans, sums
from miyabi_dw.connect.agents.request_tags import issue_key
from miyabi_dw.connect.agents.tokens import Tokens, Unusable, count_of, moment_of, money_of, tokens_of
from miyabi_dw.connect.agents.workplaces import Workplace
from miyabi_dw.connect.keys import key_in_branch
from miyabi_dw.connect.records import Answer
from miyabi_dw.connect.repositories import repository_of_folder, repository_of_remote

Refuse = Callable[[str, str], None]

CALLS = {"chat", "generate_content", "text_completion"}
MODEL = ("gen_ai.response.model", "gen_ai.request.model")
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
CACHE_READ = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
CACHE_WRITE = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens")
REASONING = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens")
SESSION = ("gen_ai.conversation.id", "session.id")
FAILED = {2, "2", "STATUS_CODE_ERROR"}

TOKEN_USAGE, COST_USAGE = "claude_code.token.usage", "claude_code.cost.usage"
DELTA, CUMULATIVE = {1, "1", "AGGREGATION_TEMPORALITY_DELTA"}, {2, "2", "AGGREGATION_TEMPORALITY_CUMULATIVE"}


def answers_in(export: Json, refuse: Refuse) -> Iterator[Answer]:
    """The answers that an export tells of; `refuse` is told which record is unusable and why."""
    calls = [(span, told) for span, told in spans(export) if _is_call(span, told)]
    around = {(span.get("traceId"), span.get("parentSpanId")) for span, _ in calls}
    for span, told in calls:
        if (span.get("traceId"), span.get("spanId")) not in around:
            yield from _usable(lambda: _of_span(span, told), f"span {span.get('spanId')}", refuse)  # noqa: B023
    for metric, total, resource in sums(export):
        if metric in (TOKEN_USAGE, COST_USAGE):
            yield from _of_metric(metric, total, resource, refuse)


def _usable(made: Callable[[], Answer | None], what: str, refuse: Refuse) -> Iterator[Answer]:
    try:
        answer = made()
    except Unusable as problem:
        refuse(what, str(problem))
    else:
        yield from [answer] if answer else []


def _is_call(span: Json, told: Attributes) -> bool:
    operation = told.get("gen_ai.operation.name")
    is_model = operation in CALLS or (operation is None and told.get("gen_ai.response.model") is not None)
    has_end = told.get(*INPUT, *OUTPUT) is not None or _has_failed(span)
    return is_model and has_end and told.get(*MODEL) is not None


def _has_failed(span: Json) -> bool:
    return part(span, "status").get("code") in FAILED


def _of_span(span: Json, told: Attributes) -> Answer:
    trace, model = str(span.get("traceId")), told.text(*MODEL) or ""
    started = moment_of("startTimeUnixNano", span.get("startTimeUnixNano"))
    tokens = tokens_of(
        told=count_of("input_tokens", told.get(*INPUT)),
        output=count_of("output_tokens", told.get(*OUTPUT)),
        cache_read=count_of("cache_read.input_tokens", told.get(*CACHE_READ)),
        cache_write=count_of("cache_creation.input_tokens", told.get(*CACHE_WRITE)),
        reasoning=count_of("reasoning.output_tokens", told.get(*REASONING)),
    )
    answer = Answer(
        answer_id=told.text("gen_ai.response.id") or f"{trace}:{span.get('spanId')}",
        execution_id=f"{trace}:{model}",
        session_id=told.text(*SESSION) or trace,
        session_at=started,
        prompt_at=started,
        answered_at=max(started, moment_of("endTimeUnixNano", span.get("endTimeUnixNano"))),
        agent_id=told.text("gen_ai.agent.name", "service.name") or "otel",
        model=model,
        provider=told.text("gen_ai.provider.name", "gen_ai.system"),
        cost_usd=money_of("cost", told.get("gen_ai.usage.cost")),
        success=not _has_failed(span),
    )
    return _completed(answer, tokens, told)


def _of_metric(metric: str, total: Json, resource: Attributes, refuse: Refuse) -> Iterator[Answer]:
    temporality = total.get("aggregationTemporality")
    points = total.get("dataPoints")
    for point in points if isinstance(points, list) else []:
        if not isinstance(point, dict):
            continue
        told = Attributes(point.get("attributes"), resource)
        what = f"point of {metric} at {point.get('timeUnixNano')}"
        if temporality in DELTA or temporality in CUMULATIVE:
            is_delta = temporality in DELTA
            yield from _usable(lambda: _of_point(metric, point, told, is_delta=is_delta), what, refuse)  # noqa: B023
        else:
            refuse(what, "the sum does not say whether it is delta or cumulative")


def _of_point(metric: str, point: Json, told: Attributes, *, is_delta: bool) -> Answer | None:
    """None for a point of nothing, or of a kind of tokens that is not known."""
    value = point["asInt"] if "asInt" in point else point.get("asDouble")
    tokens = Tokens() if metric == COST_USAGE else _counted(told.get("type"), count_of("tokens", value))
    cost = money_of("cost", value) if metric == COST_USAGE else None
    if tokens is None or not (cost or tokens.input or tokens.output):
        return None
    model = told.text("model")
    if model is None:
        raise Unusable("it names no model")
    ended = moment_of("timeUnixNano", point.get("timeUnixNano"))
    first = point.get("startTimeUnixNano") or (point.get("timeUnixNano") if is_delta else None)
    started = min(ended, moment_of("startTimeUnixNano", first))
    session = told.text("session.id") or f"unknown-{told.digest}"
    counted_at = point.get("timeUnixNano") if is_delta else first
    answer = Answer(
        answer_id=f"{metric}:{session}:{told.digest}:{counted_at}",
        execution_id=f"{session}:{model}:{counted_at}",
        session_id=session,
        session_at=started,
        prompt_at=started,
        answered_at=ended,
        agent_id="claude-code",
        model=model,
        provider="anthropic",
        cost_usd=cost,
    )
    return _completed(answer, tokens, told)


def _counted(kind: object, value: int) -> Tokens | None:
    """A count of one kind; what the cache read and wrote went in, too."""
    return {
        "input": Tokens(input=value),
        "output": Tokens(output=value),
        "cacheRead": Tokens(input=value, cache_read=value),
        "cacheCreation": Tokens(input=value, cache_write=value),
    }.get(str(kind))


def _completed(answer: Answer, tokens: Tokens, told: Attributes) -> Answer:
    place = workplace_of(told)
    return replace(
        answer,
        tokens_input=tokens.input,
        tokens_output=tokens.output,
        tokens_cache_read=tokens.cache_read,
        tokens_cache_write=tokens.cache_write,
        tokens_reasoning=tokens.reasoning,
        folder=place.folder,
        repository=place.repository,
        branch=place.branch,
        branch_key=place.branch_key,
        issue_key=place.issue_key,
    )


def workplace_of(told: Attributes) -> Workplace:
    folder, remote = told.text("process.working_directory"), told.text("vcs.repository.url.full")
    branch = told.text("vcs.ref.head.name", "vcs.repository.ref.name")
    return Workplace(
        folder=folder,
        repository=repository_of_remote(remote) if remote else repository_of_folder(folder) if folder else None,
        branch=branch,
        branch_key=key_in_branch(branch) if branch else None,
        issue_key=issue_key(f"issue:{told.text('miyabi.issue')}"),
    )
