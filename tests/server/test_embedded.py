"""The embedded server: one per home, shared, private, healed after every kind of death, never left behind."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg2
import pytest

from homes import NOBODY, mode_of, processes_of, python_for_nobody, starter
from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.db.embedded.layout import Layout, read_postmaster
from servers import quick_place

MakeHome = Callable[..., Settings]
# How long a loaded machine may take for what is a matter of seconds.
PATIENCE = 120


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def lines(process: "subprocess.Popen[str]") -> list[str]:
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return output.split()


def test_it_starts_on_demand_is_set_up_and_stops(home: Settings) -> None:
    assert embedded.status(home) is None
    database = Database(home)
    users = {}
    for role in ("owner", "etl", "analyst", "source", "source_owner"):
        with database.connect(role) as connection:
            row = query(connection, "SELECT current_user AS name, current_database() AS database")[0]
            users[role] = (row["name"], row["database"])
    assert users == {
        "owner": ("miyabi_owner", "miyabi_dw"),
        "etl": ("miyabi_etl", "miyabi_dw"),
        "analyst": ("miyabi_analyst", "miyabi_dw"),
        "source": ("miyabi_source", "miyabi"),
        "source_owner": ("miyabi_owner", "miyabi"),
    }
    assert embedded.stop(home)
    assert not embedded.stop(home)
    assert processes_of(home) == []


def test_what_was_committed_is_there_after_a_stop(used_home: Settings) -> None:
    database = Database(used_home)
    with database.connect("owner") as connection:
        execute(connection, "CREATE TABLE kept AS SELECT 1 AS n")
    embedded.stop(used_home)
    with database.connect("analyst") as connection:
        assert query(connection, "SELECT n FROM kept") == [{"n": 1}]


def test_it_listens_on_no_network_and_its_files_are_private(used_home: Settings) -> None:
    server = embedded.ensure_running(used_home)
    assert psutil.Process(server.pid).net_connections("inet") == []
    layout = server.layout
    assert mode_of(layout.credentials) == 0o600
    for folder in (layout.data, layout.logs, layout.sockets):
        assert mode_of(folder) == 0o700
    assert mode_of(layout.home) & 0o707 == 0o700


@pytest.mark.parametrize("password", [None, "wrong"])
def test_nobody_gets_in_without_the_password(used_home: Settings, password: str | None) -> None:
    login = embedded.ensure_running(used_home).superuser() | {"passfile": "/dev/null"}
    login.pop("password")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(**login, **({"password": password} if password else {}))


def test_no_password_is_in_a_log_a_statement_or_an_argument(used_home: Settings) -> None:
    server = embedded.ensure_running(used_home)
    secrets = embedded.passwords(server.layout).values()
    with psycopg2.connect(**server.superuser("miyabi_dw")) as connection:
        seen = str(query(connection, "SELECT query FROM pg_stat_statements"))
    seen += "".join(path.read_text(errors="replace") for path in server.layout.logs.iterdir())
    seen += str([process.cmdline() for process in processes_of(used_home)])
    assert "ALTER ROLE miyabi_owner" in seen
    assert not [secret for secret in secrets if secret in seen]


ODD = "a home, with \"quotes' & 日本"
LONG = "/".join(["deep" * 6] * 8)


@pytest.mark.parametrize("name", [ODD, LONG])
def test_a_path_no_socket_can_have_gets_its_socket_elsewhere(make_home: MakeHome, name: str) -> None:
    home = make_home(name)
    place = Layout(home.home).sockets
    assert not str(place).startswith(str(home.home))
    assert len(str(place)) < 60


def test_a_path_of_letters_of_any_kind_that_is_too_long_works(make_home: MakeHome) -> None:
    home = make_home(f"{LONG}/{ODD}")
    server = embedded.ensure_running(home)
    assert server.socket_dir == Layout(home.home).sockets
    assert mode_of(server.socket_dir) == 0o700
    with Database(home).connect("analyst") as connection:
        assert query(connection, "SELECT 1 AS n") == [{"n": 1}]


def test_a_squatter_in_the_socket_folders_place_is_refused(make_home: MakeHome, tmp_path: Path) -> None:
    home = make_home("with space")
    place = Layout(home.home).sockets
    place.symlink_to(tmp_path)
    try:
        with pytest.raises(ServerFailed, match="belongs to somebody else"):
            embedded.ensure_running(home)
    finally:
        place.unlink()


def test_many_starters_at_once_get_one_server(home: Settings) -> None:
    starters = [starter(home) for _ in range(4)]
    answers = [lines(process) for process in starters]
    assert len({pid for pid, _ in answers}) == 1
    assert sorted(started for _, started in answers) == ["False", "False", "False", "True"]


MOMENTS: dict[str, Callable[[Layout], object]] = {
    "initdb is at work": lambda layout: layout.data.exists() or list(layout.root.glob("draft.*")),
    "the server starts": lambda layout: (layout.data / "postmaster.pid").exists(),
    "roles and databases are made": lambda layout: (found := read_postmaster(layout)) and found.is_ready,
}


@pytest.mark.parametrize(
    ("number", "moment"), [*((signal.SIGKILL, moment) for moment in MOMENTS), (signal.SIGTERM, "the server starts")]
)
def test_a_starter_killed_at_any_moment_leaves_a_server_that_works(
    home: Settings, number: signal.Signals, moment: str
) -> None:
    with starter(home) as first:
        wait_until(lambda: MOMENTS[moment](Layout(home.home)))
        first.send_signal(number)
    with Database(home).connect("etl") as connection:
        assert query(connection, "SELECT current_user AS name") == [{"name": "miyabi_etl"}]
    # A session that has just begun looks like another server for a moment.
    wait_until(lambda: len(servers_of(home)) == 1)


def servers_of(home: Settings) -> list[psutil.Process]:
    return [process for process in processes_of(home) if process.ppid() != 1 and "postgres" in process.name()]


def test_it_outlives_its_starter_and_its_starters_process_group(home: Settings) -> None:
    first = starter(home, start_new_session=True)
    pid, _ = lines(first)
    with pytest.raises(ProcessLookupError):
        os.killpg(first.pid, signal.SIGKILL)
    assert embedded.ensure_running(home).pid == int(pid)


def test_a_server_killed_outright_is_healed_with_its_data(used_home: Settings) -> None:
    embedded.stop(used_home)
    database = Database(used_home.model_copy(update={"server_durable": True}))
    with database.connect("owner") as connection:
        execute(connection, "CREATE TABLE healed AS SELECT generate_series(1, 1000) AS n")
    before = embedded.ensure_running(used_home).pid
    psutil.Process(before).kill()
    with database.connect("owner") as connection:
        assert query(connection, "SELECT count(*) AS n FROM healed") == [{"n": 1000}]
    assert embedded.ensure_running(used_home).pid != before


def test_a_pid_file_from_before_a_reboot_is_no_obstacle(used_home: Settings) -> None:
    server = embedded.ensure_running(used_home)
    pid_file = server.layout.data / "postmaster.pid"
    content = pid_file.read_text()
    embedded.stop(used_home)
    # The number now belongs to a living process that is no server.
    pid_file.write_text(content.replace(str(server.pid), str(os.getpid()), 1))
    assert embedded.status(used_home) is None
    assert embedded.ensure_running(used_home).pid not in (server.pid, os.getpid())


def test_a_killed_keeper_takes_its_server_along_or_a_new_one_adopts_it(used_home: Settings) -> None:
    server = embedded.ensure_running(used_home)
    keeper = psutil.Process(int(server.layout.keeper_lock.read_text()))
    keeper.kill()
    keeper.wait(PATIENCE)
    with Database(used_home).connect("analyst") as connection:
        assert query(connection, "SELECT 1 AS n") == [{"n": 1}]
    assert psutil.pid_exists(int(server.layout.keeper_lock.read_text()))
    assert embedded.stop(used_home)
    assert processes_of(used_home) == []


def test_it_stops_by_itself_when_unused_but_not_while_somebody_is_connected(make_home: MakeHome) -> None:
    home = make_home(server_idle_minutes=0.02)
    with Database(home).connect("analyst"):
        time.sleep(6)
        assert embedded.status(home)
    wait_until(lambda: not processes_of(home))
    with Database(home).connect("analyst") as connection:
        assert query(connection, "SELECT 1 AS n") == [{"n": 1}]


def test_it_ends_when_its_home_is_deleted(home: Settings) -> None:
    embedded.ensure_running(home)
    shutil.rmtree(home.home, ignore_errors=True)
    wait_until(lambda: not processes_of(home))


def test_a_server_without_a_keeper_is_stopped_too(used_home: Settings) -> None:
    embedded.ensure_running(used_home)
    for process in processes_of(used_home):
        process.suspend() if "keeper" in " ".join(process.cmdline()) else None
    keeper = int(Layout(used_home.home).keeper_lock.read_text())
    os.kill(keeper, signal.SIGCONT)
    assert embedded.stop(used_home)
    assert read_postmaster(Layout(used_home.home)) is None


def test_a_home_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerFailed, match=r"cannot be made.*MIYABI_HOME"):
        embedded.ensure_running(Settings(home=tmp_path / "file" / "home"))


def test_lost_passwords_are_said_and_not_made_anew(used_home: Settings) -> None:
    embedded.ensure_running(used_home)
    embedded.stop(used_home)
    credentials = used_home.home / "credentials.json"
    aside = credentials.rename(credentials.with_suffix(".aside"))
    try:
        with pytest.raises(ServerFailed, match="passwords of the embedded server are gone"):
            Database(used_home).connect("etl").__enter__()
    finally:
        aside.rename(credentials)


def test_a_server_that_cannot_start_says_why(used_home: Settings) -> None:
    embedded.ensure_running(used_home)
    embedded.stop(used_home)
    own = used_home.home / "postgresql.conf"
    own.write_text("shared_buffers = 'plenty'\n")
    own.chmod(0o644)
    try:
        with pytest.raises(ServerFailed, match="shared_buffers"):
            embedded.ensure_running(used_home)
    finally:
        own.unlink()


def test_settings_size_the_server(make_home: MakeHome) -> None:
    home = make_home(server_memory_mb=2048, server_max_connections=33)
    with psycopg2.connect(**embedded.ensure_running(home).superuser()) as connection:
        rows = query(connection, "SELECT name, setting, unit FROM pg_settings")
    found = {row["name"]: row["setting"] for row in rows}
    assert (found["max_connections"], found["shared_buffers"]) == ("33", str(256 * 1024 // 8))
    assert found["client_connection_check_interval"] == "5000"


def test_binaries_of_the_machine_serve_when_named_and_what_is_missing_is_said(tmp_path: Path) -> None:
    assert embedded.binary("pg_dump").name == "pg_dump"
    with pytest.raises(ServerFailed, match=r"program pg_nothing is missing.*MIYABI_PG_BIN"):
        embedded.binary("pg_nothing")
    with pytest.raises(ServerFailed, match="no PostgreSQL 15 or later"):
        embedded.binary("psql", Settings(pg_bin=tmp_path))


@pytest.mark.skipif(python_for_nobody() is None, reason="needs root and an interpreter that others may run")
class TestWithAndWithoutRights:
    def test_an_ordinary_user_runs_it_as_himself(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with tempfile.TemporaryDirectory(prefix="mdw", dir=quick_place()) as folder:
            Path(folder).chmod(0o755)
            own = Path(folder) / "own"
            own.mkdir()
            os.chown(own, NOBODY, NOBODY)
            home = Settings(home=own / "home", server_durable=False)
            python = python_for_nobody()
            rights = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "python": python}
            pid, _ = lines(starter(home, **rights))
            assert {process.uids().effective for process in processes_of(home)} == {NOBODY}
            assert psutil.Process(int(pid)).uids().real == NOBODY
            stop = "from miyabi_dw.common.settings import load_settings; from miyabi_dw import embedded; "
            assert lines(starter(home, stop + "print(embedded.stop(load_settings()))", **rights)) == ["True"]

    def test_another_users_home_is_said_to_be_that(self, used_home: Settings) -> None:
        embedded.ensure_running(used_home)
        used_home.home.parent.chmod(0o755)
        rights = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "python": python_for_nobody()}
        _, errors = starter(used_home, **rights).communicate(timeout=PATIENCE)
        assert "ServerFailed" in errors

    def test_root_runs_it_as_somebody_else_who_only_passes_through_a_closed_folder(self) -> None:
        with tempfile.TemporaryDirectory(prefix="mdw", dir=quick_place()) as folder:
            closed = Path(folder) / "closed"
            closed.mkdir(mode=0o700)
            (closed / "secret").write_text("")
            home = Settings(home=closed / "home", server_durable=False)
            server = embedded.ensure_running(home)
            try:
                uid = psutil.Process(server.pid).uids().effective
                assert uid not in (0, NOBODY)
                looked = subprocess.run(["ls", closed], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True)
                assert looked.returncode != 0
                listed = subprocess.run(["ls", closed], user=uid, extra_groups=[], capture_output=True)
                assert listed.returncode != 0
            finally:
                embedded.stop(home)

    def test_another_user_finds_no_socket_to_knock_at(self, used_home: Settings) -> None:
        server = embedded.ensure_running(used_home)
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(server.socket_dir / '.s.PGSQL.5432')!r})"
        knocked = subprocess.run(
            [python_for_nobody(), "-c", code], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", capture_output=True
        )
        assert b"PermissionError" in knocked.stderr
