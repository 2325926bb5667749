"""The files of cold storage as any engine reads them, as an older version wrote them, and as a newer one may."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as dataset
import pyarrow.parquet as parquet
import pytest
from pydantic import SecretStr

from cold_storage.conftest import AS_OF, FACT, MONTH, ROWS
from miyabi_dw.common.errors import ArchiveDamaged, SchemaError
from miyabi_dw.common.files import sha256
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.operations import backup, cold_storage
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_files import month_path
from miyabi_dw.registry.cold_numbers import DECIMAL, as_texts
from miyabi_dw.registry.cold_rows import FORMAT, FORMAT_KEY, opened

DEAD = SecretStr("postgresql://nobody:x@127.0.0.1:1/nothing")
CONTENT = f"SELECT md5(string_agg(t::text, ',' ORDER BY execution_id)) AS digest FROM {FACT} AS t"


def digest(connection: Connection) -> str:
    connection.rollback()
    found = str(query(connection, CONTENT)[0]["digest"])
    connection.rollback()
    return found


@pytest.fixture
def path(filled: Connection, database: Database, settings: Settings) -> Path:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    return month_path(settings, FACT, MONTH)


def test_any_engine_reads_a_fact_as_one_data_set_and_computes_with_its_numbers(
    filled: Connection, database: Database, settings: Settings
) -> None:
    execute(filled, "UPDATE fact_agent_execution SET llm_cost_usd = n.usd FROM (VALUES (1, 0.1000), (2, 0.25), (3, 7)) AS n (id, usd)"
                    " WHERE execution_id = n.id")  # fmt: skip
    execute(filled, "UPDATE fact_agent_execution SET llm_cost_usd = NULL WHERE execution_id > 3")
    filled.commit()
    before = digest(filled)
    wanted = query(filled, "SELECT sum(llm_cost_usd) AS usd, sum(memory_usage_mb) AS mb FROM fact_agent_execution")[0]
    filled.rollback()
    cold_storage.archive_month(database, settings, FACT, MONTH)
    folder = month_path(settings, FACT, MONTH).parents[1]
    rows = dataset.dataset(folder, format="parquet", partitioning="hive").to_table()
    assert pc.unique(rows["month"]).to_pylist() == [MONTH]
    assert rows.schema.field("llm_cost_usd").type == rows.schema.field("memory_usage_mb").type == DECIMAL
    assert pc.sum(rows["llm_cost_usd"]).as_py() == wanted["usd"] == Decimal("7.3500")
    assert pc.sum(rows["memory_usage_mb"]).as_py() == wanted["mb"]
    cold_storage.restore_month(database, settings, FACT, MONTH)
    assert digest(filled) == before, "0.1000 and 0.1 are two texts, and each came back as it was"


def test_a_number_that_fits_no_decimal_stays_text(path: Path) -> None:
    schema = opened(path).schema_arrow
    assert schema.field("llm_cost_usd").type == pa.string()
    assert schema.field("memory_usage_mb").type == DECIMAL


def test_the_catalogue_says_the_same_in_the_warehouse_and_beside_the_files(
    path: Path, database: Database, settings: Settings
) -> None:
    (known,) = cold_catalogue.known_files(database, settings)
    assert (known.row_count, known.first_day, known.last_day) == (ROWS, date(2025, 1, 1), date(2025, 1, 28))
    assert (known.size_bytes, known.format) == (path.stat().st_size, FORMAT)
    away = settings.model_copy(update={"warehouse_url": DEAD, "connect_timeout": 1})
    assert cold_catalogue.known_files(Database(away), away) == [known]
    catalogue = cold_catalogue.catalogue_path(settings)
    whole = json.loads(catalogue.read_text())
    whole["files"][0]["row_count"] += 1
    catalogue.write_text(json.dumps(whole))
    with pytest.raises(ArchiveDamaged, match="catalogue of cold storage is damaged"):
        cold_storage.read_archived(away, FACT, date(2025, 1, 1), date(2025, 1, 1))


def test_a_file_of_a_newer_version_is_refused_by_name(
    path: Path, filled: Connection, database: Database, settings: Settings
) -> None:
    rows = parquet.read_table(path, partitioning=None)
    for newer, told in (
        (rows.replace_schema_metadata({FORMAT_KEY: b"9"}), f"has format 9, and this version knows up to {FORMAT}"),
        (rows.append_column("mood", pa.nulls(ROWS, pa.string())), "has columns that this version does not know: mood"),
    ):
        parquet.write_table(newer, path)
        execute(filled, "UPDATE ops.archived_month SET file_sha256 = %s", (sha256(path),))
        filled.commit()
        with pytest.raises(SchemaError, match=f"{told}.*rows.parquet.*upgrade this program"):
            cold_storage.restore_month(database, settings, FACT, MONTH)


@pytest.fixture
def old_home(path: Path, filled: Connection, settings: Settings) -> Iterator[Path]:
    """The same month as version 1.1 kept it: another name, every numeric as text, a checksum beside it, no catalogue."""
    old = path.parents[1] / f"{MONTH}.parquet"
    parquet.write_table(as_texts(parquet.read_table(path, partitioning=None)), old)
    old.with_name(f"{old.name}.sha256").write_text(f"{sha256(old)}  {old.name}\n")
    execute(
        filled,
        "UPDATE ops.archived_month SET path = %s, file_sha256 = %s, size_bytes = NULL, first_day = NULL,"
        " last_day = NULL, file_format = NULL",
        (f"{FACT}/{old.name}", sha256(old)),
    )
    filled.commit()
    path.unlink()
    path.parent.rmdir()
    cold_catalogue.catalogue_path(settings).unlink()
    yield old


def test_a_home_of_an_older_version_opens_and_is_moved_over_by_the_next_run(
    old_home: Path, filled: Connection, database: Database, settings: Settings, path: Path
) -> None:
    days = date(2025, 1, 1), date(2025, 1, 31)
    away = settings.model_copy(update={"warehouse_url": DEAD, "connect_timeout": 1})
    before = cold_storage.read_archived(settings, FACT, *days)
    assert len(before) == len(cold_storage.read_archived(away, FACT, *days)) == ROWS
    assert cold_storage.verify(database, settings) == []
    made = backup.back_up(database, settings, AS_OF)
    assert cold_storage.archive_due(database, settings, AS_OF) == []
    assert not old_home.exists()
    assert path.is_file()
    assert not old_home.with_name(f"{old_home.name}.sha256").exists()
    assert cold_storage.read_archived(settings, FACT, *days).equals(before)
    assert cold_storage.verify(database, settings) == []
    # The backup of before still has the month under its old name, and a recovery of it asks for that.
    assert (made.folder / "cold" / FACT / f"{MONTH}.parquet").is_file()
    cold_storage.restore_month(database, settings, FACT, MONTH)


def test_an_old_file_comes_back_without_being_moved_and_a_damaged_one_is_left_where_it_is(
    old_home: Path, filled: Connection, database: Database, settings: Settings, path: Path
) -> None:
    content = old_home.read_bytes()
    old_home.write_bytes(content[:-1] + b"x")
    cold_storage.archive_due(database, settings, AS_OF)
    assert [finding.kind for finding in cold_storage.verify(database, settings)] == ["damaged"]
    assert not path.exists()
    old_home.write_bytes(content)
    assert cold_storage.restore_month(database, settings, FACT, MONTH).rows == ROWS
