"""Declarations: what is refused when a file is read, in which words, and that it stops no other one."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, query
from miyabi_dw.operations.doctor import schedules
from miyabi_dw.operations.doctor.diagnosis import Installation
from miyabi_dw.orchestration.schedule import status
from miyabi_dw.orchestration.schedule.tick import tick
from miyabi_dw.registry import declarations
from miyabi_dw.registry.declarations import Declarations, load_declarations
from miyabi_dw.reports import index
from orchestration.kit import Command, declare

MORNING = datetime(2026, 1, 15, 3, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"schedule": "0 0 31 2 *"}, "schedule: '0 0 31 2 *' never fires"),
        ({"schedule": "0 25 * * *"}, "schedule: '0 25 * * *' is no cron expression: bad hour"),
        ({"timezone": "Mars/Olympus"}, "timezone: 'Mars/Olympus' is no time zone"),
        ({"timezone": "Europe"}, "timezone: 'Europe' is no time zone"),
        ({"schedul": "0 2 * * *"}, "schedul is no key of a declaration, did you mean schedule?"),
        ({"zzzz": 1}, "zzzz is no key of a declaration"),
        ({"owner": None}, "owner is missing"),
        ({"catch_up": "some"}, "catch_up: Input should be 'none', 'latest' or 'all'"),
        ({"stages": ["99_gone.ipynb"]}, "stages: name no notebook beside the declaration: 99_gone.ipynb"),
        ({"stages": 7}, "stages: Input should be a valid tuple"),
        ({"kind": "etl"}, "a pipeline of kind etl needs an interval and source_tables"),
    ],
    ids=str,
)
def test_b13_what_cannot_be_is_refused_by_file_and_reason_while_the_rest_lives(
    tmp_path: Path, fields: dict[str, object], says: str
) -> None:
    declare(tmp_path, "good", {"01_only": ["1"]})
    declared = declare(tmp_path, "bad", {"01_only": ["1"]}, **fields)
    assert list(declared) == ["good"]
    [refused] = declared.refused
    assert refused.reason.startswith(says)
    assert "small/bad.toml" in str(refused.error)
    with pytest.raises(SettingsError, match="bad.toml"):
        declared.find("bad")


def test_a_file_that_is_no_toml_or_no_text_is_refused_alone(tmp_path: Path) -> None:
    declare(tmp_path, "good", {"01_only": ["1"]})
    (tmp_path / "small" / "broken.toml").write_text("name = ")
    (tmp_path / "small" / "latin.toml").write_bytes(b"title = '\xe4'")
    (tmp_path / "small" / "folder.toml").mkdir()
    declared = load_declarations(tmp_path)
    assert list(declared) == ["good"]
    assert [refused.name for refused in declared.refused] == ["broken", "folder", "latin"]


def test_a_declaration_is_named_like_its_file(tmp_path: Path) -> None:
    declare(tmp_path, "good", {"01_only": ["1"]})
    (tmp_path / "small" / "good.toml").rename(tmp_path / "small" / "moved.toml")
    [refused] = load_declarations(tmp_path).refused
    assert refused.reason == "it is named 'good' and not like its file"


def test_of_two_with_one_short_name_the_first_by_path_counts(tmp_path: Path) -> None:
    declare(tmp_path, "first", {"01_only": ["1"]}, short="same")
    declared = declare(tmp_path, "second", {"01_only": ["1"]}, short="same")
    assert list(declared) == ["first"]
    assert "shares its name or short name with small/first" in declared.refused[0].reason


def test_a_pipeline_is_found_by_either_name_and_a_near_miss_is_named(tmp_path: Path) -> None:
    declared = declare(tmp_path, "weekly_report", {"01_only": ["1"]}, short="weekly")
    assert declared.find("weekly") is declared.find("weekly_report")
    with pytest.raises(BadRequest, match="did you mean 'weekly'?"):
        declared.find("weakly")


@pytest.fixture
def one_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declarations:
    """A good and a bad declaration, also for whoever reads those of the project."""
    declare(tmp_path, "good", {"01_only": ["1"]})
    declared = declare(tmp_path, "bad", {"01_only": ["1"]}, schedule="0 0 31 2 *")
    for module in (declarations, schedules, status, index):
        monkeypatch.setattr(module, "load_declarations", lambda: declared)
    return declared


@pytest.mark.usefixtures("environment")
def test_b13_tick_listing_doctor_and_top_page_go_on_and_name_the_bad_file(
    one_bad: Declarations, settings: Settings, database: Database, command: Command
) -> None:
    started: list[str] = []
    found = tick(settings, one_bad, "", MORNING, lambda _, pipeline, __: started.append(pipeline.name))
    assert (started, found.started) == ([], {})
    assert "never fires (" in found.refused[0] and found.refused[0] in found.lines()
    [diagnosis] = schedules.refused(Installation(database, settings, MORNING, None, None))
    assert (diagnosis.state, "bad.toml" in diagnosis.evidence) == ("critical", True)
    assert status.overview(settings, MORNING).refused == found.refused
    code, out, err = command("pipelines", "--json")
    assert (code, [row["pipeline"] for row in json.loads(out)]) == (1, ["good"])
    assert "bad.toml" in err and "Traceback" not in err
    index.write_index(settings, database)
    page = (settings.reports_dir / "index.html").read_text(encoding="utf-8")
    assert "bad.toml" in page and "good" in page


@pytest.mark.usefixtures("environment")
def test_a_refused_declaration_is_an_incident_until_it_can_be_used(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    def incidents() -> list[dict[str, Any]]:
        with database.connect("etl") as connection:
            return query(connection, "SELECT pipeline, recovered_at IS NULL AS is_open FROM ops.incident")

    for schedule, is_open in (("0 0 31 2 *", True), ("0 0 31 3 *", False)):
        tick(settings, declare(tmp_path, "small", {"01_only": ["1"]}, schedule=schedule), "", MORNING, lambda *_: None)
        assert incidents() == [{"pipeline": "small", "is_open": is_open}]
