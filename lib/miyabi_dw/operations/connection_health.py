"""The light check of every quarter of an hour: both databases, the schema, the disk."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from miyabi_dw import registry
from miyabi_dw.common.errors import MiyabiError, StageFailed
from miyabi_dw.common.settings import load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.findings import Finding, disk, source_reachable
from miyabi_dw.operations.host_metrics import measure

if TYPE_CHECKING:
    import pandas


def check_connections() -> "pandas.DataFrame":
    """level, name, sentence and remedy of each check; code and place of an error."""
    import pandas

    settings = load_settings()
    database = Database(settings)
    findings = [source_reachable(database), *_warehouse(database), *disk(settings)]
    rows = [(each.level, each.name, each.sentence, each.remedy, each.code, each.place) for each in findings]
    return pandas.DataFrame(rows, columns=["level", "name", "what was found", "what to do", "code", "place"])


def refuse_broken(state: "pandas.DataFrame") -> None:
    """Fails with the first critical line of `check_connections`."""
    broken = state[state["level"] == "critical"]
    if len(broken):
        first = broken.iloc[0]
        # With the code and the place of the error, so that it is the same incident for whoever else meets it.
        place = first["place"] or first["name"]
        what = first["what was found"].rstrip(".").removesuffix(f" ({place})")
        raise StageFailed(what, place, first["what to do"], code=first["code"])


def measure_now(run_id: str = "") -> "pandas.DataFrame":
    """Measures host and server once; a row a figure."""
    import pandas

    settings = load_settings()
    database = Database(settings)
    measured = measure(database, settings, run_number=_run_number(database, run_id))
    known = {name: value for name, value in measured.items() if value is not None}
    return pandas.DataFrame({"figure": list(known), "value": [str(value) for value in known.values()]})


def _run_number(database: Database, run_id: str) -> int | None:
    if not run_id:
        return None
    with database.connect("etl", application_name="miyabi-dw:connection_health") as connection:
        return registry.get_run(connection, run_id).run_number


def _warehouse(database: Database) -> Iterator[Finding]:
    try:
        with database.connect(
            "owner", application_name="miyabi-dw:connection_health", statement_timeout=10
        ) as connection:
            behind = migrations.pending(connection)
    except MiyabiError as error:
        yield Finding.of("warehouse", "The warehouse is not as it should be", error)
        return
    yield Finding("warehouse", "ok", "The warehouse answers.")
    if behind:
        sentence = f"The schema lacks {counted(len(behind), 'migration')}."
        yield Finding("schema", "critical", sentence, remedy="miyabi-dw schema migrate")
    else:
        yield Finding("schema", "ok", "The schema is current.")
