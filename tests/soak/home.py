"""A home that a play may do anything to: its folders, its commands in processes of their own, its two databases."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import psutil

from etl.kit import Warehouse
from homes import processes_of
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, statements
from miyabi_dw.db.embedded.layout import Layout, read_postmaster
from servers import TestServer, warehouse_template

# Of a loaded machine.
PATIENCE = 900
# A run now and then instead of every hour, and no pause between attempts, which nobody watches.
CHANGED = {
    "etl/hourly_agent_metrics_etl.toml": [('schedule = "5 * * * *"', 'schedule = "5 17 * * *"')],
    "etl/daily_issue_processing_etl.toml": [],
    "ops/recover_database.toml": [],
}
QUICK = ("backoff_seconds = ", "backoff_seconds = 0 # ")
SEGMENT_MB = 1


@dataclass
class Home:
    """All that a play makes lies below `folder`."""

    folder: Path
    pipelines: Sequence[str] = tuple(CHANGED)

    def __post_init__(self) -> None:
        self.temporary, self.project = self.folder / "tmp", self.folder / "project"
        self.settings = Settings(
            home=self.folder / "home", reports_dir=self.folder / "reports", server_durable=False,
            server_idle_minutes=60, lookback_days=60,
        )  # fmt: skip
        self.began = time.time()
        self.miyabi = Warehouse(self.settings)
        self.database = self.miyabi.database

    def set_up(self) -> None:
        """A project with few schedules, a source without rows, an empty warehouse."""
        self.temporary.mkdir()
        self.temporary.chmod(0o777)
        self._declare()
        embedded.ensure_running(self.settings)
        self._shorten_segments()
        with self.database.connect("source_owner", autocommit=True) as source:
            statements.run(source, "demo/source/schema")
            statements.run(source, "demo/source/indexes")
        self.done("schema", "migrate")

    def _declare(self) -> None:
        for name in ("sql", "expectations", "docs", "lib"):
            self.project.mkdir(exist_ok=True)
            (self.project / name).symlink_to(PROJECT / name)
        for room in ("etl", "ops"):
            shutil.copytree(
                PROJECT / "notebooks" / room, self.project / "notebooks" / room, ignore=shutil.ignore_patterns("*.toml")
            )
        for name in self.pipelines:
            text = (PROJECT / "notebooks" / name).read_text(encoding="utf-8")
            for old, new in [*CHANGED[name], QUICK]:
                text = text.replace(old, new)
            (self.project / "notebooks" / name).write_text(text, encoding="utf-8")

    def _shorten_segments(self) -> None:
        """So that a limit on the length of a file stops tables before it stops the log of what is written."""
        embedded.stop(self.settings)
        layout = Layout(self.settings.home)
        command = [embedded.binary("pg_resetwal", self.settings), f"--wal-segsize={SEGMENT_MB}", layout.data]
        owner = layout.data.stat().st_uid if os.geteuid() == 0 else None
        subprocess.run(command, check=True, capture_output=True, cwd="/", user=owner)
        embedded.ensure_running(self.settings)

    @cached_property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MIYABI_", "PG"))}
        return kept | {
            "MIYABI_HOME": str(self.settings.home),
            "MIYABI_REPORTS_DIR": str(self.settings.reports_dir),
            "MIYABI_CONFIG_DIR": str(self.folder / "none"),
            "MIYABI_PROJECT": str(self.project),
            "MIYABI_SERVER_DURABLE": "false",
            "MIYABI_SERVER_IDLE_MINUTES": "60",
            "MIYABI_LOOKBACK_DAYS": "60",
            "PYTHONPATH": os.pathsep.join([str(PROJECT / "lib"), str(PROJECT / "tests")]),
            "TMPDIR": str(self.temporary),
        }

    def start(self, *words: str, longest_file: int | None = None) -> "subprocess.Popen[str]":
        """A command of ours; no file that it or its children write may become longer than `longest_file` bytes."""
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (longest_file, longest_file))
        return subprocess.Popen(
            [sys.executable, "-m", "miyabi_dw", *words], env=self.environment, cwd=self.project,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=limit if longest_file else None,
        )  # fmt: skip

    def done(self, *words: str, good: tuple[int, ...] = (0,), longest_file: int | None = None) -> str:
        """What the command said; AssertionError when it did not end as it should."""
        process = self.start(*words, longest_file=longest_file)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode in good, (words, process.returncode, said)
        return said

    def processes(self) -> list[psutil.Process]:
        """Whatever works in this home, but for the server and its keeper, which are nobody's."""
        return [each for each in psutil.process_iter() if self._is_ours(each)]

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            # Those that were there before are not even asked.
            if process.create_time() < self.began - 1:
                return False
            is_ours = process.environ().get("MIYABI_HOME") == str(self.settings.home)
            return is_ours and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
        return False

    def workers(self) -> list[psutil.Process]:
        """The processes that the scheduler started."""
        found = []
        for each in self.processes():
            with suppress(psutil.Error):
                found += [each] if "work" in each.cmdline() else []
        return found

    def is_quiet(self, seconds: float = PATIENCE) -> bool:
        """Waits until nothing works in this home any more."""
        return wait(lambda: not self.processes(), seconds)

    def postmaster(self) -> psutil.Process:
        embedded.ensure_running(self.settings)
        found = read_postmaster(Layout(self.settings.home))
        assert found is not None
        return psutil.Process(found.pid)

    @cached_property
    def rebuilt(self) -> Warehouse:
        """Another, empty warehouse on the same server and source."""
        server = TestServer(self._url("owner"), "soak")
        name = warehouse_template(server)
        server.close()
        source = self._url("source")
        folder = self.folder / "rebuilt"
        return Warehouse(
            Settings(
                home=folder,
                reports_dir=folder,
                warehouse_url=server.database_url(name),
                source_url=source,
                lookback_days=60,
            )
        ).prepare()

    def _url(self, role: Literal["owner", "source"]) -> str:
        """As libpq reads it, to whom a plus is no blank."""
        return self.database.url(role).replace("postgresql+psycopg2", "postgresql").replace("+", "%20")

    def end(self) -> None:
        """Ends what is left by force."""
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        embedded.stop(self.settings)
        end = time.monotonic() + 30
        while processes_of(self.settings) and time.monotonic() < end:
            time.sleep(0.1)


def wait(is_so: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Looks thrice a second: to ask all processes whose they are costs what a run could use."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.33)
    return True
