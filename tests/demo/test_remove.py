"""The demonstration goes out of a home whole, asked first; what is not its own stays."""

import io
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miyabi_dw import cli, registry
from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, query
from miyabi_dw.demo.first_run import prepare, run_demonstration
from miyabi_dw.demo.remove import held, remove_demonstration
from miyabi_dw.reports import chain
from servers import quick_place

pytestmark = pytest.mark.slow
MOMENT = datetime(2026, 4, 4, tzinfo=UTC)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home with an embedded server of its own."""
    with tempfile.TemporaryDirectory(prefix="miyabi-remove-", dir=quick_place()) as folder:
        settings = Settings(home=Path(folder) / "home", reports_dir=Path(folder) / "reports", server_durable=False)
        monkeypatch.setenv("MIYABI_HOME", str(settings.home))
        monkeypatch.setenv("MIYABI_REPORTS_DIR", str(settings.reports_dir))
        try:
            yield settings
        finally:
            embedded.stop(settings)


def archived(settings: Settings, run_id: str) -> Path:
    """A run with its page, as the demonstration leaves them."""
    path = f"daily/2026/04/03/{run_id}"
    folder = settings.reports_dir / path
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("page")
    with Database(settings).connect("etl", autocommit=True) as connection:
        registry.record_run(connection, registry.NewRun(run_id, "daily", None, MOMENT, "demo"))
        registry.start_run(connection, run_id)
    with Database(settings).connect("etl") as connection:
        place = chain.next_place(connection)
        chain.add(
            connection,
            chain.LedgerEntry(place.sequence, run_id, "daily", path, "digest", place.previous_sha256, MOMENT),
        )
    chain.catch_up(settings, Database(settings))
    (settings.reports_dir / "daily" / "2026" / "04" / "index.html").write_text("month")
    (settings.reports_dir / "index.html").write_text("top")
    return folder


def finish(settings: Settings, run_id: str) -> None:
    with Database(settings).connect("etl", autocommit=True) as connection:
        registry.finish_run(connection, run_id, "succeeded")


def test_source_warehouse_and_pages_go_and_connections_can_come(
    home: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadRequest, match="holds no demonstration"):
        held(home)
    database = Database(home)
    prepare(database, home, lambda *_: None)
    (home.reports_dir / "README.md").parent.mkdir(parents=True)
    (home.reports_dir / "README.md").write_text("stays")
    page = archived(home, "run-1")
    with pytest.raises(Busy, match="run-1"):
        remove_demonstration(home)
    finish(home, "run-1")
    stranger = {"sequence": 7, "run_id": "of another home"}
    with (home.reports_dir / chain.FILE).open("a") as file:
        file.write(json.dumps(stranger) + "\n")
    (home.home / "archive").mkdir()

    # Without a word of consent nothing happens.
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", "remove"])
    said = capsys.readouterr().out
    assert ended.value.code == 130 and page.exists()
    assert (
        "rows of the demonstration" in said
        and "33,106" not in said
        and "1 run" in said
        and str(home.reports_dir) in said
    )

    assert held(home).pages == (page,)
    assert home.demo_clock is not None
    remove_demonstration(home)
    assert home.demo_clock is None
    assert not page.exists() and not (home.home / "archive").exists()
    assert [told["run_id"] for told in chain.read(home.reports_dir / chain.FILE)] == ["of another home"]
    with database.connect("owner") as connection:
        assert query(connection, "SELECT to_regnamespace('ops') IS NULL AS empty")[0]["empty"]
    with pytest.raises(BadRequest, match="holds no demonstration"):
        held(home)
    prepare_source(database)

    connection_file = home.home / "connections" / "calls.toml"
    connection_file.parent.mkdir()
    connection_file.write_text(f'kind = "otel"\nname = "calls"\npath = "{home.home}"\n')
    with pytest.raises(BadRequest, match="this home has connections"):
        run_demonstration(home)


def test_with_the_last_run_the_pages_that_list_them_go(home: Settings) -> None:
    prepare(Database(home), home, lambda *_: None)
    archived(home, "run-1")
    finish(home, "run-1")
    (home.reports_dir / "README.md").write_text("stays")
    remove_demonstration(home)
    assert [path.name for path in home.reports_dir.rglob("*")] == ["README.md"]
