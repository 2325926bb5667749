"""The tables: whether warehouse and source have theirs, and whether what is kept beside them, cold or old, is whole."""

from collections.abc import Iterator

from miyabi_dw.common.text import counted, listed
from miyabi_dw.db import migrations, statements
from miyabi_dw.etl.tables import check_pipeline, check_tables, source_tables
from miyabi_dw.operations.cold_storage.verify import verify
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation
from miyabi_dw.operations.recovery import ddl
from miyabi_dw.registry import recoveries
from miyabi_dw.registry.cold_catalogue import known_files
from miyabi_dw.registry.declarations import load_declarations

# Of what is missing; more names say no more.
TOLD = 3


def schema_drift(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None:
        return
    pending = [migration.name for migration in migrations.pending(installation.warehouse)]
    if pending:
        what = f"the schema lacks {counted(len(pending), 'migration')}"
        yield Diagnosis("schema", "critical", what, listed(pending, TOLD), "miyabi-dw schema migrate")
    else:
        yield Diagnosis("schema", "ok", "the schema is that of this version")


def missing_facts(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None or not migrations.applied(installation.warehouse):
        return
    present = {row["fact"] for row in statements.run(installation.warehouse, "operations/recovery/facts")}
    for fact in sorted(set(ddl.fact_names()) - present):
        yield Diagnosis("facts", "critical", f"{fact} is gone", "no such table", f"miyabi-dw recover fact {fact}")


def unfinished_recoveries(installation: Installation) -> Iterator[Diagnosis]:
    """What a recovery that was interrupted, or is at work, has not finished: rows may be missing or old until then."""
    if installation.warehouse is None:
        return
    for each in recoveries.unfinished(installation.warehouse):
        yield Diagnosis("recovery", "warning" if each.is_alive else "critical", each.what, each.evidence, each.command)


def cold_files(installation: Installation) -> Iterator[Diagnosis]:
    """Each file that is damaged or missing, by name; reads them all."""
    files = known_files(installation.database, installation.settings)
    if not files:
        return
    found = verify(installation.database, installation.settings)
    broken = [finding for finding in found if finding.kind != "unknown"]
    for finding in broken:
        yield Diagnosis("cold storage", "critical", finding.what, finding.path, finding.remedy)
    if not broken:
        yield Diagnosis("cold storage", "ok", f"{counted(len(files), 'file')} of cold storage as written")


def descriptions(_: Installation) -> Iterator[Diagnosis]:
    """A description that a run could not use is the finding, in its own error's words."""
    check_tables()
    pipelines = [pipeline for pipeline in load_declarations().values() if pipeline.kind == "etl"]
    for pipeline in pipelines:
        check_pipeline(pipeline)
    yield Diagnosis("descriptions", "ok", f"the tables of {len(pipelines)} pipelines are described")


def source_contract(installation: Installation) -> Iterator[Diagnosis]:
    if installation.source is None:
        return
    optional = {name for name, table in source_tables().items() if table.optional}
    wanted = {table for pipeline in load_declarations().values() for table in pipeline.source_tables}
    tables = sorted(wanted - optional)
    missing = [
        row["name"]
        for row in statements.run(installation.source, "operations/doctor/source_tables", {"tables": tables})
    ]
    if missing:
        remedy = "check the database's name in MIYABI_SOURCE_URL and the rights of its user"
        yield Diagnosis("source tables", "critical", f"the source lacks {listed(missing)}", "not visible", remedy)
    else:
        yield Diagnosis("source tables", "ok", f"the source has all {len(tables)} tables")
