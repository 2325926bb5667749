"""The folder of the embedded server's socket is deleted under it: whoever comes next has a server again, and soon."""

import shutil
import subprocess
import threading
import time

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.db.embedded.account import server_account
from miyabi_dw.db.embedded.binaries import bin_directory

HEALED_WITHIN = 10.0


@pytest.mark.parametrize("deleted", ["folder", "socket"])
def test_b18_a_server_that_lost_its_socket_is_reached_again_within_ten_seconds(
    used_home: Settings, deleted: str
) -> None:
    database = Database(used_home)
    with database.connect("owner") as connection:
        execute(connection, "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
    sockets = embedded.ensure_running(used_home).socket_dir
    if deleted == "folder":
        shutil.rmtree(sockets)
    else:
        (sockets / ".s.PGSQL.5432").unlink()
    began = time.monotonic()
    with database.connect("analyst") as connection:
        assert query(connection, "SELECT n FROM kept") == [{"n": 1}]
    assert time.monotonic() - began < HEALED_WITHIN


def test_b18_so_is_one_that_has_no_keeper(used_home: Settings) -> None:
    layout = embedded.ensure_running(used_home).layout
    embedded.stop(used_home)
    account = server_account(used_home.server_user)
    account.own(layout.sockets)
    program = bin_directory(used_home.pg_bin) / "postgres"
    with subprocess.Popen([program, "-D", layout.data], cwd="/", stderr=subprocess.DEVNULL, **account.switch) as server:
        # It is our child, so only we can see it off.
        threading.Thread(target=server.wait).start()
        while not embedded.status(used_home):
            assert server.poll() is None
            time.sleep(0.05)
        shutil.rmtree(layout.sockets)
        began = time.monotonic()
        with Database(used_home).connect("owner") as connection:
            assert query(connection, "SELECT 1 AS n") == [{"n": 1}]
        assert time.monotonic() - began < HEALED_WITHIN
