"""Roles that are not ours, and scripts that a test may change."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from miyabi_dw.db.connection import Connection, execute
from upgrade.catalogue import copied_sql


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return copied_sql(tmp_path / "sql")


@pytest.fixture
def analyst(warehouse: Connection) -> Iterator[str]:
    """A role of the house that owns the schema `team` and may make things there."""
    name = f"analyst_{uuid.uuid4().hex[:8]}"
    execute(warehouse, f"CREATE ROLE {name} IN ROLE miyabi_analyst; GRANT {name} TO current_user")
    execute(warehouse, f"CREATE SCHEMA team AUTHORIZATION {name}")
    warehouse.commit()
    yield name
    warehouse.rollback()
    execute(warehouse, f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")
    warehouse.commit()
