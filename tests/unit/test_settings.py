"""Where settings come from, which place wins, and what a wrong one says."""

import ast
import logging
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from miyabi_dw.common import settings_sources
from miyabi_dw.common.errors import SettingsError
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.settings_sources import NO_LONGER_USED
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database, query
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.registry.declarations import Pipeline, load_declarations
from miyabi_dw.registry.runs import SHARED_SETTINGS


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIYABI_CONFIG_DIR", str(tmp_path))
    return tmp_path


def test_arguments_beat_variables_beat_env_file_beat_toml(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config / "miyabi.toml").write_text(
        "lookback_days = 1\nretention_days = 1\nbackup_retention_days = 1\nparallel_runs = 1\n"
    )
    (config / ".env").write_text("MIYABI_LOOKBACK_DAYS=2\nMIYABI_RETENTION_DAYS=2\nMIYABI_BACKUP_RETENTION_DAYS=2\n")
    monkeypatch.setenv("MIYABI_LOOKBACK_DAYS", "3")
    monkeypatch.setenv("MIYABI_RETENTION_DAYS", "3")
    found = load_settings(lookback_days=4)
    assert (found.lookback_days, found.retention_days, found.backup_retention_days, found.parallel_runs) == (4, 3, 2, 1)


def test_a_secret_can_stand_in_a_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config / "url").write_text("postgresql://u:hunter2@h/d\n")
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL_FILE", str(config / "url"))
    found = load_settings()
    assert found.warehouse_url
    assert found.warehouse_url.get_secret_value() == "postgresql://u:hunter2@h/d"
    assert "hunter2" not in f"{found} {found!r} {found.model_dump_json()}"


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_SOURCE_URL_FILE", "/no/such/file")
    with pytest.raises(SettingsError, match=r"MIYABI_SOURCE_URL_FILE=/no/such/file"):
        load_settings()


def test_empty_variables_count_as_unset_and_lists_take_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", "")
    monkeypatch.setenv("MIYABI_INCIDENT_TYPES", "incident, outage")
    found = load_settings()
    assert found.warehouse_url is None
    assert found.incident_types == ("incident", "outage")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("lookback_days", "soon", "lookback_days: .*integer"),
        ("lookback_days", "-1", "lookback_days"),
        ("business_timezone", "Mars/Base", "'Mars/Base' is no time zone"),
        ("test_coverage_threshold", "101", "test_coverage_threshold"),
        ("smtp_host", "mail", "smtp_from or smtp_to is not"),
        ("warehouse_etl_url", "postgresql://x", "need warehouse_url"),
        ("lookback_dayz", "3", "lookback_dayz"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_settings(**{name: value})


def test_a_refused_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_SMTP_PORT", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_a_secret_file_can_be_named_in_the_env_file_and_has_to_be_readable(config: Path) -> None:
    (config / "password").write_text("hunter2\n")
    (config / ".env").write_text(f"MIYABI_SMTP_PASSWORD_FILE={config / 'password'}\n")
    found = load_settings()
    assert found.smtp_password and found.smtp_password.get_secret_value() == "hunter2"
    (config / "password").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"it is not text in UTF-8 \(MIYABI_SMTP_PASSWORD_FILE="):
        load_settings()


@pytest.mark.parametrize("text", ["incident, outage", '["incident", "outage"]', '[ "incident","outage" ]'])
@pytest.mark.parametrize("place", ["variable", ".env", "toml"])
def test_a_list_is_read_in_both_spellings_from_everywhere(
    config: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    if place == "variable":
        monkeypatch.setenv("MIYABI_INCIDENT_TYPES", text)
    elif place == ".env":
        (config / ".env").write_text(f"MIYABI_INCIDENT_TYPES='{text}'\n")
    else:
        (config / "miyabi.toml").write_text(f"incident_types = {text if text.startswith('[') else repr(text)}\n")
    assert load_settings().incident_types == ("incident", "outage")


@pytest.mark.parametrize("place", ["variable", ".env", "toml"])
def test_a29_no_limit_of_attribution_is_written_none(config: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    if place == "variable":
        monkeypatch.setenv("MIYABI_INCIDENT_ATTRIBUTION_DAYS", "none")
    elif place == ".env":
        (config / ".env").write_text("MIYABI_INCIDENT_ATTRIBUTION_DAYS=None\n")
    else:
        (config / "miyabi.toml").write_text('incident_attribution_days = ""\n')
    assert load_settings().incident_attribution_days is None
    assert load_settings(incident_attribution_days="9").incident_attribution_days == 9


def test_a_list_that_is_none_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_INCIDENT_TYPES", '["incident"')
    with pytest.raises(SettingsError, match=r'^incident_types: write it as a,b or as \["a", "b"\]'):
        load_settings()


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is told once is told again in each test."""
    settings_sources._warn_once.cache_clear()
    caplog.set_level(logging.WARNING, "miyabi_dw")
    return caplog


def test_a_variable_like_a_setting_is_named_once_and_one_of_others_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, warnings: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MIYABI_LOOKBACK_DAY", "3")
    monkeypatch.setenv("MIYABI_OF_SOMEBODY_ELSE", "1")
    assert [load_settings().lookback_days for _ in range(2)] == [30, 30]
    assert warnings.messages == [
        "MIYABI_LOOKBACK_DAY in the environment is no setting and is ignored: did you mean MIYABI_LOOKBACK_DAYS?"
    ]


def test_what_is_not_ours_in_the_env_file_is_ignored_and_a_broken_line_named(
    config: Path, warnings: pytest.LogCaptureFixture
) -> None:
    (config / ".env").write_text("# ours\nOTHER=1\nMIYABI_LOOKBACK_DAYS=7\nnonsense\nexport MIYABI_RETENTION_DAYS=8\n")
    found = load_settings()
    assert (found.lookback_days, found.retention_days) == (7, 8)
    assert warnings.messages == [f"{config / '.env'}:4 is no NAME=VALUE and is ignored"]


def test_a_misspelt_setting_in_a_file_is_refused_with_the_right_one(config: Path) -> None:
    (config / ".env").write_text("MIYABI_LOOKBACK_DAYZ=7\n")
    with pytest.raises(SettingsError, match=r"MIYABI_LOOKBACK_DAYZ is no setting .*did you mean MIYABI_LOOKBACK_DAYS"):
        load_settings()
    (config / ".env").unlink()
    (config / "miyabi.toml").write_text("lookback_dayz = 7\n")
    with pytest.raises(SettingsError, match="^lookback_dayz is no setting, did you mean lookback_days"):
        load_settings()


@pytest.mark.parametrize("name", NO_LONGER_USED)
def test_b20_a_setting_of_an_earlier_version_is_accepted_and_named_once(
    config: Path, monkeypatch: pytest.MonkeyPatch, warnings: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setenv(f"MIYABI_{name.upper()}", "7")
    (config / ".env").write_text(f"MIYABI_{name.upper()}=7\n")
    (config / "miyabi.toml").write_text(f"{name} = 7\n")
    load_settings()
    load_settings()
    places = ("the environment", config / ".env", config / "miyabi.toml")
    assert warnings.messages == [f"{name} in {place} is no longer used: remove it" for place in places]


@pytest.mark.parametrize("text", ["lookback_days = [", "no_such_setting = 1"])
def test_a_wrong_toml_file_is_one_clear_sentence(config: Path, text: str) -> None:
    (config / "miyabi.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"toml|no_such_setting"):
        load_settings()


def test_relative_paths_start_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(home="state").home == PROJECT / "state"


def test_one_band_can_be_changed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_BANDS__DISK_USED__ALERT_MAX", "99")
    found = load_settings()
    assert found.bands["disk_used"].judge(98) == "normal"
    assert found.bands["success_rate"].judge(Decimal(92)) == "warning"
    assert found.bands["success_rate"].judge(Decimal("89.9")) == "alert"
    assert found.bands["fact_growth"].judge(0) == "alert"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[bands.sucess_rate]\nalert_min = 90", "bands.sucess_rate is no metric, did you mean success_rate?"),
        ("[bands.disk_used]\nalert_maxx = 85", "bands.disk_used.alert_maxx is no setting, did you mean alert_max?"),
        ("[bands.disk_used]\nlimit = 85", "bands.disk_used.limit is no setting"),
        ("[band.disk_used]\nalert_max = 85", "band is no setting, did you mean bands?"),
    ],
)
def test_b33_a_band_that_is_almost_one_is_refused_with_the_one_meant(config: Path, text: str, says: str) -> None:
    (config / "miyabi.toml").write_text(text)
    with pytest.raises(SettingsError, match=re.escape(says)):
        load_settings()


def test_b33_so_is_one_in_a_variable_and_a_teams_own_band_is_kept(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIYABI_BANDS__COVERED_LINES__ALERT_MIN", "60")
    assert load_settings().bands["covered_lines"].judge(59) == "alert"
    monkeypatch.setenv("MIYABI_BANDS__DISKUSED__ALERT_MAX", "85")
    with pytest.raises(SettingsError, match=r"bands.diskused is no metric, did you mean disk_used\?"):
        load_settings()


def test_b33_a_misspelt_prefix_in_the_env_file_is_named_and_other_programs_names_are_not(
    config: Path, warnings: pytest.LogCaptureFixture
) -> None:
    (config / ".env").write_text("OTHER=1\nHOME=/x\nMYSQL_HOST=h\nMIYABY_LOOKBACK_DAYS=7\nLOOKBACK_DAYS=7\n=3\nA B=1\n")
    assert load_settings().lookback_days == 30
    env = config / ".env"
    assert warnings.messages == [
        f"MIYABY_LOOKBACK_DAYS in {env} is no setting and is ignored: did you mean MIYABI_LOOKBACK_DAYS?",
        f"{env}:6 is no NAME=VALUE and is ignored",
        f"{env}:7 is no NAME=VALUE and is ignored",
    ]


def test_a_team_with_connections_has_no_band_of_a_platform_unless_it_sets_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "connections").mkdir()
    (tmp_path / "connections" / "cli.toml").touch()
    assert load_settings(home=tmp_path).bands["fact_growth"].judge(0) == "normal"
    assert load_settings(home=tmp_path).bands["disk_used"].judge(99) == "alert"
    monkeypatch.setenv("MIYABI_BANDS__FACT_GROWTH__ALERT_MIN", "1")
    assert load_settings(home=tmp_path).bands["fact_growth"].judge(0) == "alert"


def test_the_example_explains_every_setting_with_its_default() -> None:
    import tomllib

    text = (PROJECT / "miyabi.toml.example").read_text(encoding="utf-8")
    commented = tomllib.loads(re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE))
    assert set(commented) == set(Settings.model_fields)
    defaults = Settings()
    placeholders = {
        name for name, value in commented.items() if isinstance(value, str) and ("..." in value or "example" in value)
    } | {"pg_bin", "server_memory_mb", "smtp_user", "smtp_to", "home", "reports_dir", "bands", "alert_recipients"}
    for name in set(commented) - placeholders:
        assert Settings.model_validate({name: commented[name]}) == defaults, name
    assert {name: type(defaults.bands[name]).model_validate(band) for name, band in commented["bands"].items()} == (
        defaults.bands
    )


def names_read(field_owner: str) -> set[str]:
    """Every attribute that the package reads, and every name in a list of names, the owner's own module aside."""
    own = PROJECT / "lib" / "miyabi_dw" / field_owner
    others = (path for path in (PROJECT / "lib").rglob("*.py") if path != own)
    return set(SHARED_SETTINGS).union(*map(attributes_read, others))


@cache
def attributes_read(module: Path) -> set[str]:
    nodes = ast.walk(ast.parse(module.read_text("utf-8")))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}


def test_b20_every_setting_and_every_key_of_a_declaration_is_read_by_something() -> None:
    # Properties of the settings themselves stand for these.
    behind = {"source_timezone", "business_timezone", "statement_timeout_minutes"}
    assert set(Settings.model_fields) - names_read("common/settings.py") - behind == set()
    # Only for people who read the file.
    assert set(Pipeline.model_fields) - names_read("registry/declarations.py") <= {"why"}


@pytest.mark.parametrize(("minutes", "shown"), [(60, "1h"), (0, "0"), (2, "2min")])
def test_b20_a_statement_of_a_stage_may_take_so_long(settings: Settings, minutes: int, shown: str) -> None:
    changed = settings.model_copy(update={"statement_timeout_minutes": minutes})
    day, [pipeline, *_] = datetime(2026, 1, 1, tzinfo=UTC), load_declarations().values()
    stage = StageContext(
        changed, Database(changed), pipeline, Interval(day, day + timedelta(hours=1)), "run-1", 1, day, "run_1"
    )
    with stage.warehouse() as warehouse, stage.source() as source:
        for connection in (warehouse, source):
            assert query(connection, "SHOW statement_timeout") == [{"statement_timeout": shown}]
