"""The compose file: well formed, closed to the outside, and every command of it does what it says."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from miyabi_dw.common.paths import DOCUMENTS, PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.operations.data_dictionary import DICTIONARY
from miyabi_dw.operations.review.monthly import Review

FILE = PROJECT / "docker-compose.yml"
SERVERS = ("warehouse", "source")
ENDING = ("setup", "source-data")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def test_a_parser_accepts_it(compose: dict[str, Any]) -> None:
    program = shutil.which("docker")
    if program and not subprocess.run([program, "compose", "version"], capture_output=True, check=False).returncode:
        done = subprocess.run([program, "compose", "-f", FILE, "config"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert set(compose["services"]) == {"warehouse", "setup", "scheduler", "web", "source", "source-data"}
    assert set(compose) <= {"name", "services", "secrets", "volumes", "x-program", "x-server"}


def test_every_name_that_is_used_is_defined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(compose["volumes"]), name
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"], f"{name}: {variable}"


def test_nothing_is_published_beyond_loopback(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:5434:5432", "127.0.0.1:8765:8765"]
    assert not [name for name, service in compose["services"].items() if "network_mode" in service]


def test_what_runs_on_restarts_and_is_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == ("no" if name in ENDING else "unless-stopped")
        assert ("healthcheck" in service) == (name not in ENDING), name


def test_the_source_is_there_on_request_only(compose: dict[str, Any]) -> None:
    demo = {name for name, service in compose["services"].items() if service.get("profiles") == ["demo"]}
    assert demo == {"source", "source-data"}


def test_no_secret_stands_in_the_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert "POSTGRES_PASSWORD:" not in text
    assert not [line for line in text.splitlines() if "password@" in line.lower() and not line.startswith("#")]


def test_the_image_is_built_from_what_the_project_pins(compose: dict[str, Any]) -> None:
    lines = compose["services"]["setup"]["build"]["dockerfile_inline"].splitlines()
    assert any("--require-hashes -r requirements.txt" in line for line in lines)
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert {"lib", "sql", "notebooks", "expectations", "docs", "requirements.txt", "pyproject.toml"} <= set(copied)


@pytest.mark.parametrize("name", SERVERS)
def test_the_server_knows_every_setting(compose: dict[str, Any], warehouse: Connection, name: str) -> None:
    command = compose["services"][name]["command"]
    assert command[0] == "postgres"
    given = {setting.split("=", 1)[0].lower() for setting in command[2::2]}
    rows = query(warehouse, "SELECT lower(name) AS name FROM pg_settings")
    assert given <= {row["name"] for row in rows}


@pytest.fixture
def inside(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a container: the program on the path, URLs by file only."""
    variables = {"PATH": os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), "/usr/bin", "/bin"])}
    for name in ("WAREHOUSE_URL", "SOURCE_URL", "SOURCE_OWNER_URL"):
        path = tmp_path / name.lower()
        path.write_text(environment[f"MIYABI_{name}"] + "\n")
        variables[f"MIYABI_{name}_FILE"] = str(path)
    kept = {name: environment[name] for name in ("MIYABI_HOME", "MIYABI_REPORTS_DIR", "MIYABI_CONFIG_DIR")}
    (tmp_path / "bin").mkdir()
    return variables | kept | {"PYTHONPATH": str(PROJECT / "lib"), "HOME": str(tmp_path)}


def executed(compose: dict[str, Any], name: str, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The service's command as it stands; compose writes $$ for one $."""
    command = [word.replace("$$", "$") for word in compose["services"][name]["command"]]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=200)


def test_setup_brings_the_schema_up_to_date(compose: dict[str, Any], inside: dict[str, str]) -> None:
    done = executed(compose, "setup", inside)
    assert done.returncode == 0, done.stderr
    assert "the warehouse is up to date" in done.stdout


def test_the_scheduler_hands_its_environment_to_cron(
    compose: dict[str, Any], inside: dict[str, str], tmp_path: Path
) -> None:
    kept = tmp_path / "crontab.txt"
    listed = f'cat {kept} 2>/dev/null || {{ echo "no crontab for me" >&2; exit 1; }}'
    programs = {"crontab": f'if [ "$1" = -l ]; then {listed}; else cat > {kept}; fi', "cron": "echo cron $*"}
    for name, body in programs.items():
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    told = tmp_path / "environment"
    done = executed(compose, "scheduler", inside | {"ENVIRONMENT_FILE": str(told)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("cron -f\n")
    assert "schedule tick" in kept.read_text()
    assert f"MIYABI_WAREHOUSE_URL_FILE={inside['MIYABI_WAREHOUSE_URL_FILE']}" in told.read_text().splitlines()
    assert "postgresql://" not in told.read_text()


def test_the_demonstration_source_is_filled(
    compose: dict[str, Any], inside: dict[str, str], source: Connection
) -> None:
    done = executed(compose, "source-data", inside)
    assert done.returncode == 0, done.stderr
    assert query(source, "SELECT count(*) AS n FROM issues")[0]["n"] > 1000


def test_the_web_server_asks_for_a_token(compose: dict[str, Any]) -> None:
    web = compose["services"]["web"]
    assert web["command"][:2] == ["miyabi-dw", "serve"]
    assert web["environment"]["MIYABI_SERVE_TOKEN_FILE"] == "/run/secrets/serve_token"


WRITTEN = ("MIYABI_HOME", "MIYABI_REPORTS_DIR", "MIYABI_DOCS_DIR")


def test_b25_whatever_a_job_writes_lies_on_a_volume(compose: dict[str, Any]) -> None:
    for name in ("setup", "scheduler", "web"):
        service = compose["services"][name]
        volumes = [Path(volume.split(":")[1]) for volume in service["volumes"]]
        for variable in WRITTEN:
            place = Path(service["environment"][variable])
            assert any(place.is_relative_to(volume) for volume in volumes), f"{name}: {variable}"
    assert "COPY docs docs" in compose["x-program"]["build"]["dockerfile_inline"].splitlines()


def test_b25_the_monthly_review_writes_the_dictionary_there(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    lasting = settings.model_copy(update={"docs_dir": tmp_path / "lasting" / "docs"})
    held = (DOCUMENTS / DICTIONARY).read_text(encoding="utf-8")
    review = Review(lasting, database, datetime(2026, 4, 1, tzinfo=UTC))
    assert review.dictionary() == "DATA_DICTIONARY.md was written"
    assert (lasting.docs_dir / DICTIONARY).read_text(encoding="utf-8") == held
    assert review.dictionary() == "DATA_DICTIONARY.md is as the database says"
