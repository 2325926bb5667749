"""The block in the crontab: parsed as cron parses it, run as cron runs it, taken out without a trace."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.orchestration.schedule import crontab

OWN = "MAILTO=me\n17 3 * * * echo 100\\% mine\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "ho me %", reports_dir=tmp_path / "reports")


def cron_command(block: str) -> tuple[list[str], str]:
    """Minute to weekday, and what Debian's cron hands to the shell: everything up to the first bare percent sign."""
    [line] = [line for line in block.splitlines() if not line.startswith("#")]
    *fields, command = line.split(None, 5)
    bare = command.replace("\\%", "\x00")
    assert "%" not in bare
    return fields, bare.replace("\x00", "%")


def test_no_hour_and_no_zone_is_left_to_cron(settings: Settings) -> None:
    block = crontab.cron_block(settings)
    fields, _ = cron_command(block)
    assert fields == ["*/5", "*", "*", "*", "*"]
    assert "CRON_TZ" not in block


def test_the_line_runs_in_the_empty_environment_of_cron(settings: Settings) -> None:
    (settings.home / "logs" / "schedule").mkdir(parents=True)
    _, command = cron_command(crontab.cron_block(settings))
    shown = command.replace("schedule tick", "schedule print")
    done = subprocess.run(["/bin/sh", "-c", shown], env={"PATH": "/usr/bin:/bin", "HOME": "/"}, capture_output=True)
    log = (settings.home / "logs" / "schedule" / "cron.log").read_text()
    assert done.returncode == 0, log
    # The command it ran found the same home, so it prints the same block.
    assert log == crontab.cron_block(settings)


def test_secrets_stay_out(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", "postgresql://me:hunter22@db/dw")
    assert "hunter22" not in crontab.cron_block(settings)
    assert "hunter22" not in "".join(crontab.systemd_units(settings).values())
    assert any("MIYABI_WAREHOUSE_URL" in warning for warning in crontab.warnings())


def test_installing_twice_leaves_one_block_and_removing_leaves_the_rest(settings: Settings) -> None:
    once = crontab.with_block(OWN, crontab.cron_block(settings))
    assert crontab.with_block(once, crontab.cron_block(settings)) == once
    assert once.startswith(OWN)
    assert crontab.without_block(once) == OWN


def test_a_block_without_end_is_refused_and_nothing_is_lost() -> None:
    with pytest.raises(MiyabiError, match="no end"):
        crontab.without_block(crontab.BEGIN + "\n" + OWN)


def test_the_timer_leaves_the_workers_alive(settings: Settings) -> None:
    units = crontab.systemd_units(settings)
    assert "KillMode=process" in units["miyabi-dw.service"]
    assert "OnCalendar=*:0/5" in units["miyabi-dw.timer"]


@pytest.mark.skipif(shutil.which("crontab") is None, reason="no cron on this host: the crontab is tested as text only")
def test_the_real_crontab_takes_it_and_gives_it_back(settings: Settings) -> None:
    before = crontab.read_crontab()
    try:
        # Whoever runs the tests may have installed the product.
        restore(crontab.without_block(before))
        without = crontab.read_crontab()
        crontab.install(settings)
        assert crontab.installed_block() == crontab.cron_block(settings)
        assert crontab.remove()
        assert crontab.read_crontab() == without
        assert not crontab.remove()
    finally:
        restore(before)


def restore(before: str) -> None:
    arguments, text = (["-"], before) if before else (["-r"], None)
    subprocess.run(["crontab", *arguments], input=text, text=True, capture_output=True, env=os.environ)
