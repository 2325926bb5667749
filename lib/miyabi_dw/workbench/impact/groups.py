"""The figures of the three groups side by side, each with what it counts; unknown is never no."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from miyabi_dw.common.text import UNKNOWN
from miyabi_dw.metrics.definitions import load
from miyabi_dw.workbench import origins, written
from miyabi_dw.workbench.costs import total
from miyabi_dw.workbench.impact.measures import Measure, measures

if TYPE_CHECKING:
    import pandas

GROUPS = {"yes": "with an agent", "no": "without", "unknown": "unknown"}


def table(changes: "pandas.DataFrame", family: str) -> "pandas.DataFrame":
    """A row a measure of the family; beside each figure the changes that tell it."""
    import pandas

    found = [(measure, measure.told(changes)) for measure in measures() if measure.family == family]
    return pandas.DataFrame([_row(measure, told) for measure, told in found])


def _row(measure: Measure, told: "pandas.DataFrame") -> dict[str, object]:
    row: dict[str, object] = {"measure": measure.metric.label}
    for word, name in GROUPS.items():
        sample, key = measure.sample(told, word), name.replace(" ", "_")
        row[key] = written.teller(measure.metric.name)(sample.figure) if len(sample) else UNKNOWN
        row[f"changes_{key}"] = len(sample)
    return row


def monthly(months: "pandas.DataFrame") -> "pandas.DataFrame":
    """The months with the groups in words, for a picture and the numbers below it."""
    return months.assign(made=months["made_with_agent"].map(GROUPS)).drop(columns="made_with_agent")


def adoption(months: "pandas.DataFrame") -> "pandas.DataFrame":
    """What there was of each group: changes, pull requests, code lines, deployments; shares are of what is known.

    What there is none of in any group is left out: without a connection that tells pull requests they are not none.
    """
    import pandas

    columns = {
        "changes": "Merged changes", "pull_requests": "Pull requests", "code_lines_added": "Code lines added",
        "all_deployments": "Deployments to production",
    }  # fmt: skip
    counted = months.assign(all_deployments=months["deployments"] + months["failed_deployments"])
    found = [(label, _by_word(counted, name)) for name, label in columns.items()]
    return pandas.DataFrame([_amounts(label, amounts) for label, amounts in found if any(amounts.values())])


def _amounts(label: str, amounts: dict[str, Decimal]) -> dict[str, object]:
    known = amounts["yes"] + amounts["no"]
    shares = {name.replace(" ", "_"): int(amounts[word]) for word, name in GROUPS.items()}
    return {"what": label, **shares, "share_with_an_agent": amounts["yes"] / known if known else None}


def _by_word(months: "pandas.DataFrame", column: str) -> dict[str, Decimal]:
    return {word: total(months.loc[months["made_with_agent"] == word, column]) or Decimal() for word in GROUPS}


def deployments(months: "pandas.DataFrame") -> "pandas.DataFrame":
    """Deployments of each group and how many failed; the last row weighs each by the share of its changes."""
    import pandas

    good, bad = _by_word(months, "deployments"), _by_word(months, "failed_deployments")
    rows = [_failures(GROUPS[word], good[word] + bad[word], bad[word]) for word in GROUPS]
    weighed = [total(months[f"agent_share_of_{what}"]) or Decimal() for what in ("deployments", "failed_deployments")]
    return pandas.DataFrame([*rows, _failures("weighed by the agents' share", *weighed)])


def _failures(name: str, ended: Decimal, failed: Decimal) -> dict[str, object]:
    rate = load("change_failure_rate").told(failed / ended) if ended else UNKNOWN
    return {"deployments_are": name, "deployments": round(ended, 1), "failed": round(failed, 1), "failure": rate}


def counts(changes: "pandas.DataFrame") -> dict[str, int]:
    """Changes by group, all three named."""
    found = changes["made_with_agent"].value_counts()
    return {word: int(found.get(word, 0)) for word in GROUPS}


def with_origins(rows: "pandas.DataFrame", known: Mapping[str, str]) -> "pandas.DataFrame":
    """The changes, and where each one's pull request, else its commit, is seen at its origin, where that is known."""
    import pandas

    is_pull = rows["pr_number"].notna()
    pulls = origins.linked(rows[is_pull], known, "pr_number", "pull")
    commits = origins.linked(rows[~is_pull], known, "commit_sha", "commit")
    return pandas.concat([pulls, commits]).sort_index().drop(columns="pr_number")
