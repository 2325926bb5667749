"""Memory: what ended for want of it, what is left, and whether the settings fit the machine."""

from collections.abc import Iterator

import psutil

from miyabi_dw.db import statements
from miyabi_dw.db.embedded.configuration import machine_memory_mb
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Patient

REMEDY = "lower MIYABI_PARALLEL_RUNS or MIYABI_SERVER_MEMORY_MB, or give the machine more memory"
# A notebook with pandas and the data of a day.
RUN_MB = 700
LEAST_AVAILABLE_PERCENT = 7


def memory(patient: Patient) -> Iterator[Diagnosis]:
    if patient.warehouse is not None:
        for row in statements.run(patient.warehouse, "operations/doctor/out_of_memory", {"as_of": patient.as_of}):
            what = f"{row['pipeline']} ended for want of memory"
            yield Diagnosis("memory", "critical", what, f"{row['run_id']}: {row['reason']}", REMEDY)
    now = psutil.virtual_memory()
    total = machine_memory_mb()
    available = now.available >> 20
    if available * 100 < total * LEAST_AVAILABLE_PERCENT:
        yield Diagnosis("memory", "warning", f"only {available:,} of {total:,} MB are free", "now", REMEDY)
    wanted = patient.settings.parallel_runs * RUN_MB + _server_mb(patient)
    if wanted > total:
        what = f"the settings can ask for {wanted:,} MB, the machine has {total:,}"
        evidence = f"{patient.settings.parallel_runs} runs of {RUN_MB} MB and the server"
        yield Diagnosis("memory", "warning", what, evidence, REMEDY)
    else:
        yield Diagnosis("memory", "ok", "the settings fit the machine", f"{wanted:,} of {total:,} MB")


def _server_mb(patient: Patient) -> int:
    """What the warehouse's server takes on this machine: its buffers and the sorts of the connections at work."""
    if patient.warehouse is None or not patient.database.is_embedded("etl"):
        return 0
    server = statements.run(patient.warehouse, "operations/doctor/server")[0]
    return int((server["shared_buffers"] + 4 * server["work_mem"] * max(server["connections"], 1)) >> 20)
