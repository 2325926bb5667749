"""The tables: whether the warehouse has those of this version, and the source those of its contract."""

from collections.abc import Iterator

from miyabi_dw.common.text import counted, listed
from miyabi_dw.db import migrations, statements
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Patient
from miyabi_dw.operations.recovery import ddl
from miyabi_dw.registry.declarations import load_declarations


def schema_drift(patient: Patient) -> Iterator[Diagnosis]:
    if patient.warehouse is None:
        return
    pending = [migration.name for migration in migrations.pending(patient.warehouse)]
    if pending:
        what = f"the schema lacks {counted(len(pending), 'migration')}"
        yield Diagnosis("schema", "critical", what, ", ".join(pending), "miyabi-dw schema migrate")
    else:
        yield Diagnosis("schema", "ok", "the schema is that of this version")


def missing_facts(patient: Patient) -> Iterator[Diagnosis]:
    if patient.warehouse is None or not migrations.applied(patient.warehouse):
        return
    present = {row["fact"] for row in statements.run(patient.warehouse, "operations/recovery/facts")}
    for fact in sorted(set(ddl.fact_names()) - present):
        yield Diagnosis("facts", "critical", f"{fact} is gone", "no such table", f"miyabi-dw recover fact {fact}")


def source_contract(patient: Patient) -> Iterator[Diagnosis]:
    if patient.source is None:
        return
    tables = sorted({table for pipeline in load_declarations().values() for table in pipeline.source_tables})
    missing = [
        row["name"] for row in statements.run(patient.source, "operations/doctor/source_tables", {"tables": tables})
    ]
    if missing:
        remedy = "check the database's name in MIYABI_SOURCE_URL and the rights of its user"
        yield Diagnosis("source tables", "critical", f"the source lacks {listed(missing)}", "not visible", remedy)
    else:
        yield Diagnosis("source tables", "ok", f"the source has all {len(tables)} tables")
