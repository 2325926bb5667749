"""Made-up histories whose answer is known: the verdict must find it, and must not credit the agent with anything else's work."""

from time import perf_counter

import numpy as np
import pandas
import pytest

from miyabi_dw.workbench.impact.differences import LEAST, Pair, pooled
from miyabi_dw.workbench.impact.measures import measures
from miyabi_dw.workbench.impact.samples import Kind, Sample
from miyabi_dw.workbench.impact.verdicts import Comparison, compare

MEASURES = {measure.metric.name: measure for measure in measures()}
MERGE, FAILED, CHURN = (MEASURES[name] for name in ("time_to_merge", "change_failed", "churn"))


def history(seed: int, with_agent: int, without: int) -> pandas.DataFrame:
    """Changes of two repositories, three kinds and four months, all drawn alike on both sides."""
    random, count = np.random.default_rng(seed), with_agent + without
    changes = pandas.DataFrame(
        {
            "made_with_agent": ["yes"] * with_agent + ["no"] * without,
            "repository": random.choice(["org/app", "org/cli"], count),
            "kind": random.choice(["bug", "feature", "chore"], count),
            "month": random.choice(["2026-01", "2026-02", "2026-03", "2026-04"], count),
            "size_lines": np.round(np.exp(random.normal(4, 1, count))),
            "is_failed": (random.random(count) < 0.1).astype("float64"),
            "settled_lines_added": np.round(np.exp(random.normal(4, 1, count))),
        }
    )
    changes["merge_hours"] = np.exp(random.normal(2, 0.8, count))
    changes["settled_lines_churned"] = np.round(changes["settled_lines_added"] * random.beta(1, 9, count))
    return changes


def with_agent(changes: pandas.DataFrame) -> "pandas.Series[bool]":
    return changes["made_with_agent"] == "yes"


@pytest.mark.parametrize("name", ["time_to_merge", "change_failed", "churn", "change_size"])
def test_where_there_is_no_difference_none_is_told(name: str) -> None:
    """A range that is right in 95 of 100 is wrong now and then."""
    found = [compare(MEASURES[name], history(seed, 150, 250)) for seed in range(8)]
    assert sum(each.verdict == "different" for each in found) <= 2
    assert all("No difference can be told" in each.sentence for each in found if each.verdict == "no difference")


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_a_true_difference_is_told_with_its_size(seed: int) -> None:
    changes = history(seed, 300, 300)
    changes.loc[with_agent(changes), "merge_hours"] *= 0.4
    found = compare(MERGE, changes)
    assert (found.verdict, found.is_better) == ("different", True), found.sentence
    assert found.difference is not None
    # Medians of e² and of 0.4 times it.
    assert found.difference.low < (0.4 - 1) * np.exp(2) < found.difference.high
    assert found.sentence.startswith("It is lower with an agent: ")
    assert "the same among changes of the same size, of the same kind, in the same repository" in found.sentence


def test_shares_and_ratios_are_told_too() -> None:
    changes = history(1, 400, 400)
    agent = with_agent(changes)
    changes.loc[agent, "is_failed"] = (np.random.default_rng(2).random(400) < 0.3).astype("float64")
    changes.loc[agent, "settled_lines_churned"] = changes.loc[agent, "settled_lines_added"] * 0.4
    for measure in (FAILED, CHURN):
        found = compare(measure, changes)
        assert (found.verdict, found.is_better) == ("different", False), found.sentence
        assert " points and +" in found.sentence


@pytest.mark.parametrize("seed", range(3))
def test_what_is_only_the_size_is_not_the_agents(seed: int) -> None:
    """Agents get the larger changes, and larger ones take longer."""
    changes = history(seed, 600, 600)
    changes.loc[with_agent(changes), "size_lines"] *= 3
    changes["merge_hours"] *= changes["size_lines"] / 50
    assert_names(compare(MERGE, changes), "size")


@pytest.mark.parametrize("seed", range(3))
def test_what_is_only_the_repository_is_not_the_agents(seed: int) -> None:
    """Agents work more in the one in which everything is merged sooner."""
    changes = history(seed, 400, 400)
    random, agent = np.random.default_rng(seed), with_agent(changes)
    changes["repository"] = np.where(random.random(800) < np.where(agent, 0.8, 0.2), "org/app", "org/cli")
    changes.loc[changes["repository"] == "org/app", "merge_hours"] *= 0.3
    assert_names(compare(MERGE, changes), "repository")


def test_what_is_only_the_kind_is_not_the_agents() -> None:
    changes = history(1, 400, 400)
    changes["kind"] = np.where(
        np.random.default_rng(1).random(800) < np.where(with_agent(changes), 0.8, 0.2), "bug", "feature"
    )
    changes.loc[changes["kind"] == "feature", "is_failed"] = 1.0
    assert_names(compare(FAILED, changes), "kind")


def test_a_repository_of_agents_and_one_of_people_cannot_be_compared() -> None:
    changes = history(1, 200, 200)
    changes["repository"] = np.where(with_agent(changes), "org/app", "org/cli")
    changes.loc[with_agent(changes), "merge_hours"] *= 0.3
    found = compare(MERGE, changes)
    assert (found.verdict, found.because, found.is_better) == ("apart", ("repository",), None)
    assert "too few of those with an agent have others in the same repository beside them" in found.sentence


def assert_names(found: Comparison, cause: str) -> None:
    assert found.verdict == "explained", found.sentence
    assert cause in " ".join(found.because)
    assert found.is_better is None
    assert f"It is the {cause}" in found.sentence and "not the agent" in found.sentence


@pytest.mark.parametrize(("yes", "no"), [(LEAST - 1, 500), (500, LEAST - 1), (0, 0), (0, 40)])
def test_few_on_a_side_tell_nothing(yes: int, no: int) -> None:
    changes = history(1, yes, no)
    changes.loc[with_agent(changes), "merge_hours"] *= 0.01
    found = compare(MERGE, changes)
    assert (found.verdict, found.difference) == ("too few", None)
    assert found.sentence == (
        f"It cannot be told: {yes:,} with an agent and {no:,} without tell it, and it takes 30 on each side."
    )


def test_one_outlier_decides_nothing() -> None:
    changes = history(3, 100, 100)
    before = compare(MERGE, changes)
    changes.loc[0, "merge_hours"] = 1e9
    assert compare(MERGE, changes).verdict == before.verdict == "no difference"


def test_what_is_unknown_is_on_neither_side() -> None:
    changes = history(1, 100, 100)
    unknown = changes.assign(made_with_agent="unknown", merge_hours=1e6)
    both = pandas.concat([changes, unknown], ignore_index=True)
    assert compare(MERGE, both).ranges() == compare(MERGE, changes).ranges()


def test_a_seed_gives_the_same_answer_and_a_side_without_any_is_not_one_that_never_has() -> None:
    changes = history(1, 40, 40)
    changes["is_failed"] = [0.0] * 40 + [1.0] * 4 + [0.0] * 36
    first, again = (compare(FAILED, changes) for _ in range(2))
    assert first.ranges() == again.ranges()
    # Fisher's exact test has 0.12 here.
    assert first.verdict == "no difference", first.sentence


def test_medians_are_drawn_as_if_every_change_were_drawn_again() -> None:
    for size in (7, 8, 61):
        values = np.random.default_rng(5).lognormal(size=size)
        sample = Sample("median", values, np.ones(size))
        ours = sample.draws(np.random.default_rng(1), 40_000)
        plain = np.median(np.random.default_rng(2).choice(values, (40_000, size)), axis=1)
        for quantile in (2.5, 25, 50, 75, 97.5):
            rank = (
                (np.sort(plain) < np.percentile(ours, quantile)).mean(),
                (np.sort(plain) <= np.percentile(ours, quantile)).mean(),
            )
            assert rank[0] - 0.01 <= quantile / 100 <= rank[1] + 0.01


def drawn(kind: Kind, random: np.random.Generator, count: int, times: float) -> Sample:
    """Of a median e² hours times so much, of a share or a ratio a tenth times so much."""
    if kind == "median":
        return Sample(kind, np.exp(random.normal(2, 0.8, count)) * times, np.ones(count))
    if kind == "share":
        return Sample(kind, (random.random(count) < 0.1 * times).astype("float64"), np.ones(count))
    lines = np.exp(random.normal(4, 1, count))
    return Sample(kind, lines * random.beta(1, 10 / times - 1, count), lines)


@pytest.mark.parametrize("times", (1.0, 1.6))
@pytest.mark.parametrize(
    ("kind", "one", "least"), [("median", np.exp(2), 0.92), ("share", 0.1, 0.92), ("ratio", 0.1, 0.86)]
)
def test_ranges_hold_what_is_true_about_as_often_as_they_say(
    kind: Kind, one: float, least: float, times: float
) -> None:
    """Of 200 histories with a known difference; a ratio of few changes is drawn from too few of its long tail."""
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        found = pooled(Pair(drawn(kind, random, 60, times), drawn(kind, random, 90, 1.0)))
        held += found.low <= one * (times - 1) <= found.high
    assert least <= held / 200 <= 0.995


def test_fifty_thousand_changes_are_compared_in_seconds() -> None:
    changes = history(1, 25_000, 25_000)
    began = perf_counter()
    compare(MERGE, changes)
    assert perf_counter() - began < 30
    assert pooled(CHURN.pair(changes)).low < 0.01
