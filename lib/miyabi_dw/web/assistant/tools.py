"""The tools, by name: what each does, what it takes, and who may call it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.web.access import Caller, Scope
from miyabi_dw.web.assistant import actions, arguments, questions
from miyabi_dw.web.assistant.sql import LONGEST_SECONDS
from miyabi_dw.web.assistant.told import Told


@dataclass(frozen=True)
class Tool:
    """`ask` gets the service and its own kind of arguments."""

    ask: Callable[[Any, Any], Told]
    takes: type[arguments.Arguments]
    description: str
    scope: Scope = "read"

    @property
    def name(self) -> str:
        return self.ask.__name__

    @property
    def is_action(self) -> bool:
        return self.scope == "act"


TOOLS = (
    Tool(
        questions.list_metrics, arguments.Nothing,
        "The metrics that are defined here, with meaning, unit, grains and dimensions. Begin here.", "metrics",
    ),
    Tool(
        questions.query_metric, arguments.QueryMetric,
        "A metric by period and dimension. A ratio is 0 to 1 and has its numerator and denominator; null is not known."
        " The state says whether a period is complete.", "metrics",
    ),
    Tool(
        questions.explain_metric, arguments.ExplainMetric,
        "The rows behind one figure, the largest first: which changes took longest, what cost most.", "metrics",
    ),
    Tool(questions.list_runs, arguments.ListRuns, "Runs of pipelines and jobs, youngest first, with how they ended."),
    Tool(
        questions.run_report, arguments.RunReport,
        "One run: why it failed, what to do about it, its stages, rows and the checks that did not pass.",
    ),
    Tool(questions.health, arguments.Nothing, "How the installation is now: findings with what to do about each."),
    Tool(
        questions.search_dictionary, arguments.SearchDictionary,
        "Tables, columns and metrics by words in name or meaning. Look here before run_sql.", "metrics",
    ),
    Tool(
        questions.run_sql, arguments.RunSql,
        f"The rows of one statement that only reads, within {LONGEST_SECONDS} seconds. Prefer the metrics, which"
        " say what a number means.",
    ),
    Tool(actions.run_pipeline, arguments.RunPipeline, "Start a run of a pipeline or job.", "act"),
    Tool(actions.resume_run, arguments.ResumeRun, "Run the stage that failed and what follows, as a new run.", "act"),
    Tool(actions.pause_pipeline, arguments.PausePipeline, "Keep the schedule from starting a pipeline.", "act"),
)  # fmt: skip


def tools_for(caller: Caller, settings: Settings) -> dict[str, Tool]:
    """Those that there are for this caller; actions only where a setting allows them."""
    allowed = (tool for tool in TOOLS if settings.assistant_actions or not tool.is_action)
    return {tool.name: tool for tool in allowed if caller.may(tool.scope)}
