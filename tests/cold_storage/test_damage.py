"""Files of cold storage that are damaged or gone: found at every read, named by everybody who looks, brought back."""

import json
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from cold_storage.conftest import AS_OF, FACT, MONTH, ROWS
from miyabi_dw.cli import main
from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.monitor import health
from miyabi_dw.operations import backup, cold_storage, doctor
from miyabi_dw.operations.backup.cold_months import replaced_path
from miyabi_dw.operations.backup.folder import backups_folder
from miyabi_dw.registry.cold_catalogue import catalogue_path
from miyabi_dw.registry.cold_files import month_path

DAYS = date(2025, 1, 1), date(2025, 1, 31)
DEAD = SecretStr("postgresql://nobody:x@127.0.0.1:1/nothing")


@pytest.fixture
def path(filled: Connection, database: Database, settings: Settings) -> Path:
    """The file of a month that has left."""
    cold_storage.archive_month(database, settings, FACT, MONTH)
    return month_path(settings, FACT, MONTH)


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def told(settings: Settings) -> tuple[list[str], list[str], list[str]]:
    """What `cold verify`, the doctor and the monitor say of cold storage."""
    database = Database(settings)
    return (
        [finding.kind for finding in cold_storage.verify(database, settings)],
        [each.cause for each in doctor.examine(database, settings, AS_OF) if each.name == "cold storage"],
        [each.sentence for each in health.examine(database, settings, AS_OF) if each.name == "cold_storage"],
    )


def test_b27_one_flipped_bit_is_found_at_every_read(path: Path, database: Database, settings: Settings) -> None:
    away = settings.model_copy(update={"warehouse_url": DEAD, "connect_timeout": 1})
    assert len(cold_storage.read_archived(away, FACT, *DAYS)) == ROWS
    assert told(settings) == ([], ["1 file of cold storage as written"], [])
    size = path.stat().st_size
    for at in range(0, size, size // 25):
        flip(path, at)
        with pytest.raises(ArchiveDamaged, match="differs from what was written"):
            cold_storage.read_archived(settings, FACT, *DAYS)
        flip(path, at)
    flip(path, size // 2)
    with pytest.raises(ArchiveDamaged, match="differs from what was written"):
        cold_storage.read_archived(away, FACT, *DAYS)
    with pytest.raises(ArchiveDamaged, match="differs from what was written"):
        cold_storage.restore_month(database, settings, FACT, MONTH)
    assert told(settings) == (["damaged"], [f"{FACT} of 2025-01 in cold storage is damaged"], [])


def both(path: Path) -> None:
    path.unlink()
    catalogue_path(Settings(home=path.parents[3])).unlink()


@pytest.mark.parametrize("remove", [Path.unlink, both, lambda path: shutil.rmtree(path.parent)])
def test_b27_a_file_that_is_gone_is_no_month_without_rows(
    path: Path, settings: Settings, remove: Callable[[Path], None]
) -> None:
    remove(path)
    with pytest.raises(ArchiveDamaged, match="is missing"):
        cold_storage.read_archived(settings, FACT, *DAYS)
    assert told(settings) == (
        ["missing"],
        [f"{FACT} of 2025-01 in cold storage is missing"],
        [f"1 file of cold storage missing, the first is that of {FACT} of 2025-01."],
    )


def test_b27_the_backup_has_the_cold_months_and_brings_them_back(
    path: Path, database: Database, settings: Settings, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = backup.back_up(database, settings, AS_OF)
    assert "1 month of cold storage" in first.sentence
    second = backup.back_up(database, settings, AS_OF)
    copies = [made.folder / "cold" / FACT / f"{MONTH}.parquet" for made in (first, second)]
    assert copies[0].samefile(copies[1]), "the months are on the disk once, whatever number of backups there are"
    assert not copies[0].samefile(path), "what damages the file does not reach the copy"
    shutil.rmtree(first.folder)
    flip(path, 100)
    with pytest.raises(ArchiveDamaged, match=r"damaged or missing.*is good and has them all"):
        backup.back_up(database, settings, AS_OF)
    assert backup.list_backups(database, settings)[0].state == "good"
    assert command("cold", "verify", "--json") == 1
    assert json.loads(capsys.readouterr().out)[0]["remedy"].startswith("miyabi-dw cold verify --repair")
    assert command("cold", "verify", "--repair") == 0
    assert command("cold", "verify") == 0
    assert len(cold_storage.read_archived(settings, FACT, *DAYS)) == ROWS
    assert replaced_path(path).is_file(), "what was there can still be looked at"


def test_b27_without_a_copy_the_backup_says_what_it_lacks(path: Path, database: Database, settings: Settings) -> None:
    flip(path, 100)
    with pytest.raises(ArchiveDamaged, match=f"which lacks {FACT} of 2025-01"):
        backup.back_up(database, settings, AS_OF)
    (folder,) = backups_folder(settings).glob("[!.]*")
    assert backup.read_manifest(folder).without == (f"{FACT} of 2025-01",)
    (finding,) = cold_storage.verify(database, settings, repair=True)
    assert (finding.kind, finding.remedy) == ("damaged", "no backup has it: put back a copy of your own")


def test_b27_a_month_that_was_restored_needs_no_file(
    path: Path, database: Database, settings: Settings, filled: Connection
) -> None:
    cold_storage.restore_month(database, settings, FACT, MONTH)
    path.unlink()
    assert told(settings) == ([], ["1 file of cold storage as written"], [])
    assert cold_storage.read_archived(settings, FACT, *DAYS).empty
    execute(filled, "SELECT 1")
    assert backup.back_up(database, settings, AS_OF).manifest.without == ()


def test_c8_rows_in_files_are_for_their_owner_only(path: Path, database: Database, settings: Settings) -> None:
    made = backup.back_up(database, settings, AS_OF)
    kept = [path, *path.parent.iterdir(), *(file for file in made.folder.rglob("*") if file.is_file())]
    # pg_dump gives its files the usual rights, inside a folder of one's own.
    assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in kept if "dump" not in file.parts} == {"0o600"}
    assert {oct(stat.S_IMODE(folder.stat().st_mode)) for folder in (path.parent, made.folder)} == {"0o700"}


def command(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)
