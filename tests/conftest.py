"""What all tests share: a real PostgreSQL server, and per test a fresh migrated warehouse and a fresh source."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pytest
from jinja2 import FileSystemBytecodeCache

from miyabi_dw import engine
from miyabi_dw.common.paths import NOTEBOOKS
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from servers import (
    SERVER_URL,
    TestServer,
    demo_template,
    prepared_warehouse,
    quick_place,
    running_server,
    source_template,
    warehouse_template,
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Folders whose tests share a warehouse that takes long to load: where one process has them all, it is loaded once.
KEPT_TOGETHER = ("gates", "metrics", "recovery")
# The same examples each time: a change is judged by what it changes. HYPOTHESIS_PROFILE=random looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, database=None)
hypothesis.settings.register_profile("random", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
NO_BROWSER = not any(shutil.which(name) for name in BROWSERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Modules with a slow test and folders kept together go first: no process is left alone with one at the end.

    Before them go the tests of the engine, which end the process that all others fork their kernels from. What needs a
    browser is left out where there is none; the summary says so.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(
        key=lambda item: (
            item.path.parent.name != "engine",
            item.path not in slow and item.path.parent.name not in KEPT_TOGETHER,
        )
    )
    if NO_BROWSER:
        left_out = [item for item in items if item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A module at a time for each process, as loadscope says, but for folders that are kept together."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = Path(nodeid.partition("::")[0]).parent
            return str(folder) if folder.name in KEPT_TOGETHER else super()._split_scope(nodeid)

    return Scheduling(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NO_BROWSER:
        terminalreporter.write_line(
            "The browser tests were left out: there is no Chromium here. Install one to run them."
        )


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the developer's reaches a test, nor one by which each process would compile all libraries again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        for name in os.environ:
            if name.startswith("MIYABI_") and name != SERVER_URL:
                patch.delenv(name)
        patch.setenv("MIYABI_CONFIG_DIR", str(tmp_path_factory.getbasetemp() / "no-settings-here"))
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test has a home of its own: each would compile all templates again."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("miyabi_dw.reports.render._kept", lambda _: compiled)
        yield


@pytest.fixture(scope="session")
def server(worker: str) -> Iterator[TestServer]:
    """One server per test process, outside pytest's own folder: every pytest that starts closes that to other users."""
    with (
        TemporaryDirectory(prefix="miyabi-test-", dir=quick_place(), ignore_cleanup_errors=True) as folder,
        running_server(worker, Path(folder)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def migrated_template(server: TestServer) -> str:
    return warehouse_template(server)


@pytest.fixture(scope="session")
def prepared_template(server: TestServer, migrated_template: str) -> str:
    return prepared_warehouse(server, migrated_template)


@pytest.fixture(scope="session")
def empty_source_template(server: TestServer) -> str:
    return source_template(server)


@pytest.fixture(scope="session")
def demo_source_template(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    return demo_template(server, tmp_path_factory.mktemp("demo"))


@pytest.fixture
def starting_warehouse(migrated_template: str) -> str:
    """What each test's warehouse is a copy of; folders whose tests begin later than empty say so in their conftest."""
    return migrated_template


@pytest.fixture
def starting_source(empty_source_template: str) -> str:
    return empty_source_template


@pytest.fixture
def warehouse_url(server: TestServer, starting_warehouse: str) -> Iterator[str]:
    """A fresh warehouse; dropped afterwards."""
    name = server.create("warehouse", starting_warehouse)
    yield server.database_url(name)
    server.drop(name)


@pytest.fixture
def source_url(server: TestServer, starting_source: str) -> Iterator[str]:
    """A fresh source; dropped afterwards, unless nobody has looked at it."""
    name = server.lend("source", starting_source)
    yield server.database_url(name)
    server.take_back(name, starting_source)


@pytest.fixture
def settings(warehouse_url: str, source_url: str, tmp_path: Path) -> Settings:
    """Settings of a home of its own that point at this test's two databases."""
    return Settings(
        home=tmp_path / "home",
        reports_dir=tmp_path / "reports",
        warehouse_url=warehouse_url,
        source_url=source_url,
        source_owner_url=source_url,
    )


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database(settings)


@pytest.fixture
def warehouse(database: Database) -> Iterator[Connection]:
    """The owner's connection to this test's warehouse; the test commits what others are to see."""
    with database.connect("owner", application_name="miyabi-dw:test") as connection:
        yield connection


@pytest.fixture
def source(database: Database) -> Iterator[Connection]:
    """A connection that may write this test's source; it commits each statement."""
    with database.connect("source_owner", application_name="miyabi-dw:test", autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def warm_kernels(worker: str) -> None:
    """Of the whole suite's runs, whichever comes first, kernels are forked from a process that has what any notebook imports.

    Asked for again by each module, for some end that process. A file that is run alone does without.
    """
    if worker != "main":
        with suppress(engine.Unavailable):
            engine.warm_up(*sorted(NOTEBOOKS.glob("*/*.ipynb")))


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch, warm_kernels: None) -> dict[str, str]:
    """The same settings as variables, for the command line, kernels and other processes."""
    assert settings.warehouse_url and settings.source_url
    variables = {
        "MIYABI_HOME": str(settings.home),
        "MIYABI_REPORTS_DIR": str(settings.reports_dir),
        "MIYABI_WAREHOUSE_URL": settings.warehouse_url.get_secret_value(),
        "MIYABI_SOURCE_URL": settings.source_url.get_secret_value(),
        "MIYABI_SOURCE_OWNER_URL": settings.source_url.get_secret_value(),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return dict(os.environ)
