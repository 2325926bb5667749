"""Memory: what ended for want of it, what is left, and whether the settings fit the machine."""

from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from miyabi_dw.db import statements
from miyabi_dw.db.embedded.configuration import machine_memory_mb
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation
from miyabi_dw.operations.doctor.servers import read_server

REMEDY = "lower MIYABI_PARALLEL_RUNS or MIYABI_SERVER_MEMORY_MB, or give the machine more memory"
# A notebook with pandas and the data of a day.
RUN_MB = 700
LEAST_AVAILABLE_PERCENT = 7


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """A run of the last week that ended for want of memory."""

    run_id: str
    pipeline: str
    reason: str | None


def memory(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is not None:
        asked = {"as_of": installation.as_of}
        for row in statements.rows_as(OutOfMemory, installation.warehouse, "operations/doctor/out_of_memory", asked):
            what = f"{row.pipeline} ended for want of memory"
            yield Diagnosis("memory", "critical", what, f"{row.run_id}: {row.reason}", REMEDY)
    now = psutil.virtual_memory()
    total = machine_memory_mb()
    available = now.available >> 20
    if available * 100 < total * LEAST_AVAILABLE_PERCENT:
        yield Diagnosis("memory", "warning", f"only {available:,} of {total:,} MB are free", "now", REMEDY)
    wanted = installation.settings.parallel_runs * RUN_MB + _server_mb(installation)
    if wanted > total:
        what = f"the settings can ask for {wanted:,} MB, the machine has {total:,}"
        evidence = f"{installation.settings.parallel_runs} runs of {RUN_MB} MB and the server"
        yield Diagnosis("memory", "warning", what, evidence, REMEDY)
    else:
        yield Diagnosis("memory", "ok", "the settings fit the machine", f"{wanted:,} of {total:,} MB")


def _server_mb(installation: Installation) -> int:
    """What the warehouse's server takes on this machine: its buffers and the sorts of the connections at work."""
    if installation.warehouse is None or not installation.database.is_embedded("etl"):
        return 0
    server = read_server(installation.warehouse)
    return int((server.shared_buffers + 4 * server.work_mem * max(server.connections, 1)) >> 20)
