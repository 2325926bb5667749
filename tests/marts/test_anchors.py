"""Every figure of the marts for two small histories, worked out by hand beside the figures (histories/*_expected.yaml)."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from marts.star import MARTS, Star, contents

HISTORIES = Path(__file__).parent / "histories"


def read(name: str) -> Any:
    return yaml.safe_load((HISTORIES / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def dora(star: Star) -> Star:
    star.load(HISTORIES / "dora.yaml")
    star.refresh()
    return star


@pytest.fixture
def marts(star: Star) -> Star:
    star.load(HISTORIES / "star.yaml")
    star.refresh()
    return star


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, as (found, expected); numbers are compared as decimals, so that 18 is 18.000000."""
    return {name: (found[name], value) for name, value in expected.items() if exact(found[name]) != exact(value)}


def exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def test_dora_by_hand(dora: Star) -> None:
    wrong = {}
    for row in read("dora_expected"):
        kind, start, repository = row.pop("period")
        wrong[kind, start, repository] = differences(dora.dora(kind, str(start), repository), row)
    assert not {period: differs for period, differs in wrong.items() if differs}


def test_the_three_marts_by_hand(marts: Star) -> None:
    wrong = {}
    for mart, rows in read("star_expected").items():
        for row in rows:
            key = row.pop("key")
            found = [r for r in marts.rows(f"SELECT * FROM {mart}") if differences(r, key) == {}]
            wrong[mart, *key.values()] = differences(found[0], row) if len(found) == 1 else f"{len(found)} rows"
    assert not {place: differs for place, differs in wrong.items() if differs}


def test_every_row_of_the_three_marts_is_expected(marts: Star) -> None:
    for mart, rows in read("star_expected").items():
        assert marts.rows(f"SELECT count(*) AS n FROM {mart}")[0]["n"] == len(rows), mart


def test_every_column_of_every_mart_is_worked_out_somewhere(star: Star) -> None:
    told = {"mart_dora": set().union(*read("dora_expected")) | {"period_kind", "period_start", "repository"}}
    for mart, rows in read("star_expected").items():
        told[mart] = set().union(*({*row, *row["key"]} for row in rows))
    for mart in MARTS:
        columns = star.rows("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", mart)
        # Whether a row is final is no figure of the history: test_publishing works it out.
        assert {row["attname"] for row in columns} - {"is_provisional", "finished_month"} <= told[mart]


def test_measurements_labels_and_commits_multiply_no_cost(marts: Star) -> None:
    before = {mart: contents(marts.connection, mart) for mart in MARTS[:3]}
    deployed = marts.rows("SELECT infrastructure_key, issue_id, time_key, deployed_at FROM fact_deployment")
    for number, row in enumerate(deployed):
        marts.add("fact_performance_metrics", *(
            {"resource_id": f"r{number}", "measured_at": row["deployed_at"] + timedelta(minutes=n),
             "time_key": row["time_key"], "infrastructure_key": row["infrastructure_key"]}
            for n in range(3)
        ))  # fmt: skip
        marts.add("bridge_issue_label", *(
            {"label_history_id": 10 * number + n, "issue_id": row["issue_id"], "label_key": -1, "applied_at": "2025-01-01+00"}
            for n in range(3)
        ))  # fmt: skip
        marts.add("fact_code_change", *(
            {"commit_sha": f"c{number}-{n}", "commit_id": n, "issue_id": row["issue_id"],
             "committed_at": row["deployed_at"].isoformat()}
            for n in range(3)
        ))  # fmt: skip
    marts.refresh()
    assert deployed
    assert {mart: contents(marts.connection, mart) for mart in before} == before


@pytest.mark.parametrize("mart", MARTS)
def test_each_mart_has_a_unique_index_on_columns_that_are_never_null(marts: Star, mart: str) -> None:
    columns = marts.rows(
        """SELECT attribute.attname AS name FROM pg_index AS index
           CROSS JOIN LATERAL unnest(index.indkey) AS place (attnum)
           JOIN pg_attribute AS attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = place.attnum
           WHERE index.indrelid = %s::regclass AND index.indisunique AND index.indpred IS NULL""",
        mart,
    )
    assert columns
    unknown = " OR ".join(f"{column['name']} IS NULL" for column in columns)
    assert marts.rows(f"SELECT count(*) AS n FROM {mart} WHERE {unknown}")[0]["n"] == 0


def test_empty_periods_are_there_from_the_first_event_to_the_last_day(dora: Star) -> None:
    days = "SELECT count(*) AS n, min(period_start)::text AS first, max(period_start)::text AS last FROM mart_dora"
    # 28 February to 10 April: 1 + 31 + 10 days. The library's first event is a commit on 5 March: 27 + 10.
    where = " WHERE period_kind = 'day' AND repository = %s"
    assert dora.rows(days + where, "(all)")[0] == {"n": 42, "first": "2026-02-28", "last": "2026-04-10"}
    assert dora.rows(days + where, "lib")[0] == {"n": 37, "first": "2026-03-05", "last": "2026-04-10"}
    weeks = dora.rows(
        "SELECT period_start::text AS monday FROM mart_dora WHERE period_kind = 'week' AND repository = '(all)'"
    )
    assert sorted(row["monday"] for row in weeks) == [
        "2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06",
    ]  # fmt: skip
