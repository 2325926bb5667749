"""The command line's edge: exit statuses, one line for an error, and what is imported when."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT

COMMAND = [sys.executable, "-c", "from miyabi_dw.cli import main; main()"]


def call(
    *arguments: str, environment: dict[str, str] | None = None, **changes: str
) -> subprocess.CompletedProcess[str]:
    import os

    variables = {**(environment or os.environ), "PYTHONPATH": str(PROJECT / "lib"), **changes}
    return subprocess.run([*COMMAND, *arguments], env=variables, capture_output=True, text=True, timeout=60)


def test_help_names_the_commands_without_importing_what_is_heavy() -> None:
    code = (
        "import sys; from miyabi_dw.cli import _status; _status(['--help']);"
        "print([name for name in sys.modules if name in"
        " ('pandas', 'psycopg2', 'papermill', 'great_expectations', 'pydantic', 'sqlalchemy', 'marimo', 'rich')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(PROJECT / "lib")}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {"psql", "schema", "server"} <= {line.split()[0] for line in done.stdout.splitlines() if line.split()}
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_says_in_one_line_what_it_does() -> None:
    import click

    from miyabi_dw.cli import cli

    def lacking(command: click.Command, path: str) -> list[str]:
        inner = (
            [
                command.get_command(click.Context(command), name)
                for name in command.list_commands(click.Context(command))
            ]
            if isinstance(command, click.Group)
            else []
        )
        found = [] if command.help else [path]
        return found + [lack for child in inner if child for lack in lacking(child, f"{path} {child.name}")]

    assert lacking(cli, "miyabi-dw") == []


@pytest.mark.parametrize("arguments", [["nonsense"], ["schema", "nonsense"], ["--nonsense"], ["server", "status", "x"]])
def test_what_is_misspelt_exits_2(arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.endswith(" --help\n") and done.stderr.count("\n") == 1


def test_an_error_is_one_line_without_traceback_or_password() -> None:
    url = "postgresql://u:hunter2@127.0.0.1:1/x"
    done = call("schema", "status", MIYABI_WAREHOUSE_URL=url)
    assert done.returncode == 2
    assert done.stderr.startswith("error: nothing answers there (127.0.0.1:1/x)")
    assert len(done.stderr.splitlines()) == 1
    debug = call("--debug", "schema", "status", MIYABI_WAREHOUSE_URL=url)
    assert "Traceback" in debug.stderr
    assert "hunter2" not in done.stderr + debug.stderr
    machine = call("schema", "status", "--json", MIYABI_WAREHOUSE_URL=url)
    assert (machine.returncode, json.loads(machine.stdout)) == (2, {"error": {
        "code": "connection-refused", "what": "nothing answers there", "where": "127.0.0.1:1/x",
        "remedy": "start the server, or correct host and port",
    }})  # fmt: skip


def test_the_log_is_quiet_until_it_is_asked_for(environment: dict[str, str]) -> None:
    arguments = ("schema", "status")
    assert call(*arguments, environment=environment).stderr == ""
    assert call("-v", *arguments, environment=environment).stderr == ""
    said = call("--debug", *arguments, environment=environment).stderr
    assert "DEBUG miyabi_dw.db.connection: connected as owner to" in said
    lines = call("--debug", *arguments, environment=environment, MIYABI_LOG_FORMAT="json").stderr.splitlines()
    assert "miyabi_dw.db.connection" in {json.loads(line)["logger"] for line in lines}
    assert lines and call("--debug", "--log-json", *arguments, environment=environment).stderr.startswith("{")


def test_a_setting_that_is_misspelt_is_told_on_stderr(environment: dict[str, str]) -> None:
    done = call("schema", "status", "--json", environment=environment, MIYABI_LOOKBACK_DAY="3")
    assert done.returncode == 0
    assert done.stderr.count("did you mean MIYABI_LOOKBACK_DAYS?") == 1


def test_status_of_a_server_that_is_not_there_is_1_and_starts_none(tmp_path: Path) -> None:
    done = call("server", "status", "--json", MIYABI_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"running": False, "pid": None, "socket_dir": None}
    assert not (tmp_path / "home").exists()


def test_schema_status_lists_each_migration_as_applied(environment: dict[str, str]) -> None:
    done = call("schema", "status", "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    assert {row["state"] for row in json.loads(done.stdout)} == {"applied"}


@pytest.mark.parametrize(("flag", "user"), [([], "miyabi_analyst"), (["--source"], None), (["--admin"], None)])
def test_psql_opens_as_the_role_asked_for(environment: dict[str, str], flag: list[str], user: str | None) -> None:
    done = call(
        "psql", *flag, "--", "-Atc", "SELECT current_user || ' ' || current_setting('transaction_read_only')",
        environment=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    name, read_only = done.stdout.split()
    assert user is None or name == user
    assert read_only == ("off" if flag == ["--admin"] else "on")


def test_psql_keeps_the_password_out_of_its_arguments(environment: dict[str, str]) -> None:
    done = call("psql", "--", "-Atc", r"\! tr '\0' ' ' < /proc/$PPID/cmdline", environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("psql -Atc")
    assert "postgresql://" not in done.stdout
