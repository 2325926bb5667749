"""A home with the demonstration has a clock of its own, and only for as long as nothing else is in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from miyabi_dw import cli
from miyabi_dw.common.demo_clock import FILE, SYNTHETIC, DemoClock, remove_clock, write_clock
from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.demo import days
from miyabi_dw.demo.first_run import run_demonstration
from miyabi_dw.demo.next_day import play_next_day, runs_of

MOMENT = datetime(2026, 2, 11, tzinfo=UTC)
SENTENCE = "demonstration: it is 11 Feb 2026, 09:00 JST"
URL = "postgresql://reader@host/miyabi"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    write_clock(tmp_path, DemoClock(MOMENT))
    return Settings(home=tmp_path, reports_dir=tmp_path / "reports")


def test_d4_its_clock_is_taken_for_now_and_told(home: Settings) -> None:
    assert home.now() == MOMENT
    assert home.demo_clock is not None and home.demo_clock.told(home.business_zone) == SENTENCE
    assert home.now("2026-01-31T02:00+09:00") == datetime(2026, 1, 30, 17, tzinfo=UTC)


@pytest.mark.parametrize("name", ["source_url", "warehouse_url"])
def test_an_own_server_has_the_time_of_the_host(home: Settings, name: str) -> None:
    settings = Settings(home=home.home, **{name: URL})  # type: ignore[arg-type]
    assert settings.demo_clock is None
    assert abs((settings.now() - datetime.now(UTC)).total_seconds()) < 60


def test_own_data_have_the_time_of_the_host(home: Settings) -> None:
    folder = home.home / "connections"
    folder.mkdir()
    (folder / "calls.toml").write_text('kind = "otel"\nname = "calls"\npath = "/tmp"\n')
    assert home.demo_clock is None
    with pytest.raises(BadRequest, match="has connections"):
        play_next_day(home, lambda *_: None, lambda _: None)


def test_without_its_file_there_is_no_clock_and_nothing_to_play_on(home: Settings) -> None:
    remove_clock(home.home)
    assert home.demo_clock is None
    with pytest.raises(BadRequest, match="no demonstration to play on"):
        play_next_day(home, lambda *_: None, lambda _: None)


@pytest.mark.parametrize("text", ["", "{}", '{"now": "2026-02-11", "scenario": "real"}', "[1]", "\x00"])
def test_a_damaged_clock_is_named(home: Settings, text: str) -> None:
    (home.home / FILE).write_text(text)
    with pytest.raises(SettingsError, match="clock cannot be read"):
        home.now()


def test_a_command_that_takes_it_says_so_once_and_on_the_side(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIYABI_HOME", str(home.home))
    with pytest.raises(SystemExit):
        cli.main(["run", "daily", "--date", "2026-02-12"])
    said = capsys.readouterr()
    assert said.err.count(SENTENCE) == 1 and "today is 2026-02-11" in said.err
    assert said.out == ""


def test_after_the_last_day_there_is_nothing_to_play(home: Settings) -> None:
    write_clock(home.home, DemoClock(runs_of(home, days.DATA_ENDS)[-1].as_of))
    assert play_next_day(home, lambda *_: None, lambda _: None) is None
    write_clock(home.home, DemoClock(MOMENT, SYNTHETIC))
    assert play_next_day(home, lambda *_: None, lambda _: None) is None


def test_a_home_of_one_scenario_refuses_the_other(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miyabi_dw.demo.bad_night.reopen", lambda _: None)
    with pytest.raises(BadRequest, match="holds the real demonstration"):
        run_demonstration(home, SYNTHETIC)
    clock = DemoClock(MOMENT, SYNTHETIC)
    assert clock.told(home.business_zone).startswith("synthetic demonstration")


def test_a_days_runs_are_in_the_order_of_their_moments(home: Settings) -> None:
    planned = runs_of(home, days.LAST_DAY)
    assert [each.as_of for each in planned] == sorted(each.as_of for each in planned)
    assert planned[-1].as_of == MOMENT
    hours = days.hourlies(home, days.LAST_DAY, days.HOURS_OF_THE_LAST_DAY)
    assert len(set(hours)) == 12 and hours[-1].told(home.business_zone) == "hourly run at 08:05 on 11 Feb"
