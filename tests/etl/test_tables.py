"""What a table is stands in its file under expectations/; what cannot be is one sentence that names the file."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.kit import DAILY, HOURLY, Warehouse
from miyabi_dw.common.errors import BadRequest, SchemaError, SettingsError, SuiteError
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.connection import Database
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.tables import (
    check_pipeline,
    check_tables,
    pipeline_tables,
    reading_order,
    source_table,
    target_tables,
)
from miyabi_dw.operations.doctor import examine
from miyabi_dw.registry.declarations import load_declarations

# The file, what is replaced in it by what, and what is said.
BROKEN = {
    "an unknown key": ("source/commits", "moment:", "momnet:", "momnet: Extra inputs are not permitted"),
    "a moment that is no column": (
        "source/commits", "moment: committed_at", "moment: commited_at", "no column commited_at of family timestamp",
    ),
    "a moment that is no time": ("source/commits", "moment: committed_at", "moment: author", "no column author of family"),
    "a watched column that is none": ("source/commits", "[commit_sha]", "[sha]", "watched: commits has no column sha"),
    "a reference from no column": ("source/commits", "{issue_id:", "{issue:", "refers_to: commits has no column issue"),
    "a reference to no table": ("source/commits", ": issues}", ": isues}", "issue_id refers to 'isues', which no file"),
    "a circle": ("source/issues", "watched:", "refers_to: {number: commits}\nwatched:", "in a circle: "),
    "a fact that carries nothing": (
        "source/agent_execution_logs", "fact_agent_execution", "fact_deployment", "no target with the load step carried",
    ),
    "a step that is none": ("facts/dim_label", "step: dimension", "step: dimensions", "load.step: Input should be 'own'"),
    "a load that reads no table": ("facts/dim_label", "[label_history]", "[labels]", "load.reads names 'labels'"),
    "a load after no target": ("facts/bridge_issue_label", "[dim_label]", "[dim_labels]", "load.after names 'dim_labels'"),
    "a head below its checks": ("facts/dim_time", "load: {step: catalogue}\nexpectations:", "expectations:\nload: {}", "load stands below"),
    "another table's file": ("source/commits", "table: commits", "table: commit", "describes 'commit'"),
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shutil.copytree(EXPECTATIONS, tmp_path / "expectations")


def replace(root: Path, name: str, old: str, new: str) -> None:
    path = root / f"{name}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_is_one_sentence_that_names_the_file(case: str, root: Path) -> None:
    name, old, new, said = BROKEN[case]
    replace(root, name, old, new)
    with pytest.raises(SuiteError) as caught:
        check_tables(root)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert name.split("/")[1] + ".yml" in str(caught.value) or "source" in caught.value.where
    assert caught.value.remedy


def test_the_doctor_finds_it_before_a_run_does(
    root: Path, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(root, "source/commits", ": issues}", ": isues}")
    monkeypatch.setattr("miyabi_dw.operations.doctor.tables.check_tables", lambda: check_tables(root))
    found = [one for one in examine(database, settings, datetime(2026, 1, 5, tzinfo=UTC)) if one.name == "descriptions"]
    assert [(one.state, one.evidence) for one in found] == [("critical", "commits.yml")]


def test_a_plain_table_says_little(root: Path) -> None:
    text = "table: visits\nwhy: Visits of the platform's pages.\ncolumns:\n  created_at: {family: timestamp}\n"
    (root / "source" / "visits.yml").write_text(text, encoding="utf-8")
    check_tables(root)
    visits = source_table("visits", root)
    assert (visits.moment, visits.dated_by, visits.tracked, visits.carried_by) == (
        "created_at",
        ("created_at",),
        (),
        "",
    )


def test_what_others_refer_to_is_read_after_them() -> None:
    tables = pipeline_tables(load_declarations().find(DAILY))
    assert tables[0].table == "issues"
    order = [table.table for table in reading_order(tables)]
    assert order[-1] == "issues"
    assert order[:-1] == [table.table for table in tables[1:]]


def test_an_issue_day_is_loaded_after_the_facts_that_it_adds_up() -> None:
    targets = list(target_tables())
    for before in ("fact_code_generation", "fact_deployment", "fact_code_change"):
        assert targets.index(before) < targets.index("fact_issue_processing")


def test_a_large_table_is_not_read_without_what_its_rows_refer_to() -> None:
    hourly = load_declarations().find(HOURLY)
    alone = hourly.model_copy(update={"source_tables": ("agent_execution_logs",), "reference_tables": ()})
    with pytest.raises(SettingsError, match="add issues to source_tables") as caught:
        check_pipeline(alone)
    assert f"{HOURLY}.toml" in str(caught.value)


def test_a_table_that_nobody_described_is_refused() -> None:
    hourly = load_declarations().find(HOURLY)
    with pytest.raises(SuiteError, match="the file is missing.*visits.yml"):
        pipeline_tables(hourly.model_copy(update={"source_tables": ("visits",)}))


def test_a_table_without_its_staging_is_refused_before_anything_is_read(miyabi: Warehouse) -> None:
    miyabi.execute("DROP TABLE staging.label_history CASCADE")
    stage = miyabi.stage(business_day(date(2026, 1, 5), miyabi.settings.business_zone))
    with pytest.raises(BadRequest, match="staging.label_history does not exist"):
        extract(stage)
    assert miyabi.value("SELECT to_regnamespace(%s) IS NULL", stage.schema)


def test_a_fact_that_is_gone_stops_the_run_with_what_brings_it_back(miyabi: Warehouse) -> None:
    miyabi.execute("DROP TABLE fact_deployment CASCADE")
    with pytest.raises(SchemaError) as refused:
        miyabi.stage(business_day(date(2026, 2, 10), miyabi.settings.business_zone))
    assert str(refused.value) == "the fact is gone (fact_deployment): miyabi-dw recover fact fact_deployment"
    assert miyabi.stage(business_day(date(2026, 2, 10), miyabi.settings.business_zone), HOURLY)
