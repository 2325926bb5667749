"""The light check of every quarter of an hour: both databases, the schema, the disk."""

from collections.abc import Iterator, Sequence

from miyabi_dw import registry
from miyabi_dw.common.errors import MiyabiError, StageFailed
from miyabi_dw.common.settings import load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor.findings import Finding, disk, headline, source_reachable, worst_level
from miyabi_dw.operations.host_metrics import Figure, measure
from miyabi_dw.operations.outcome import keep_outcome

GOOD = "Both databases answer, the schema is current, and there is room."


def check_connections(run_id: str = "") -> list[Finding]:
    """What each check found, kept with the run."""
    settings = load_settings()
    database = Database(settings)
    findings = [source_reachable(database), *_warehouse(database), *disk(settings)]
    sentence = GOOD if worst_level(findings) == "ok" else headline(findings)
    keep_outcome(database, run_id, "connection_health", sentence, findings)
    return findings


def refuse_broken(findings: Sequence[Finding]) -> None:
    """Fails with the first critical finding of `check_connections`."""
    for first in (finding for finding in findings if finding.level == "critical"):
        # With the code and the place of the error, so that it is the same incident for whoever else meets it.
        place = first.place or first.name
        what = first.sentence.rstrip(".").removesuffix(f" ({place})")
        raise StageFailed(what, place, first.remedy, code=first.code)


def measure_now(run_id: str = "") -> dict[str, Figure]:
    """Measures host and server once; the figures by their column."""
    settings = load_settings()
    database = Database(settings)
    return measure(database, settings, run_number=_run_number(database, run_id))


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
