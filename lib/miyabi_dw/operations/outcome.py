"""What a job found, kept with its run: the run's page, its colour and the top page's are read from there."""

import logging
from collections.abc import Sequence

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor.findings import Finding, worst_level
from miyabi_dw.monitor.health import record

logger = logging.getLogger(__name__)


def keep_outcome(database: Database, run_id: str, job: str, sentence: str, findings: Sequence[Finding] = ()) -> None:
    """Keeps the job's sentence, as bad as the worst of its findings, and these; nothing outside of a run.

    A warehouse that cannot be reached does not fail the job: its page then has what the notebook shows.
    """
    if not run_id:
        return
    outcome = Finding(job, worst_level(findings), sentence)
    try:
        with database.connect("etl", application_name="miyabi-dw:outcome") as connection:
            record(connection, run_id, [outcome, *findings])
    except MiyabiError as error:
        logger.warning("what %s found is on its page only: %s", job, error)
