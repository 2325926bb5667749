"""The tools that do something: there only where the setting assistant_actions allows them, each with its reason."""

import logging
import os
import subprocess
import sys
from datetime import datetime, time

from miyabi_dw.common.paths import BASE
from miyabi_dw.orchestration import api
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.web.assistant import arguments
from miyabi_dw.web.assistant.told import Told
from miyabi_dw.web.service import Service

logger = logging.getLogger(__name__)


def run_pipeline(service: Service, asked: arguments.RunPipeline) -> Told:
    name = load_declarations().find(asked.pipeline).name
    _begin(service, "run", name, *(["--date", str(asked.day)] if asked.day else []))
    return Told({"started": name, "see": "list_runs with this pipeline; the run is there in a few seconds"})


def resume_run(service: Service, asked: arguments.ResumeRun) -> Told:
    run_id = service.run(asked.run).run.run_id
    _begin(service, "resume", run_id)
    return Told({"resumed": run_id, "see": "list_runs; the new run is there in a few seconds"})


def pause_pipeline(service: Service, asked: arguments.PausePipeline) -> Told:
    name = load_declarations().find(asked.pipeline).name
    zone = service.settings.business_zone
    until = datetime.combine(asked.until, time(), zone) if asked.until else None
    api.pause(service.database, name, until, asked.reason)
    return Told({"paused": name, "until": until and until.isoformat(), "undo": f"miyabi-dw unpause {name}"})


def _begin(service: Service, *words: str) -> None:
    """A process of its own: a run outlives the question, and the server that was asked."""
    log = service.settings.home / "logs" / "assistant.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    logger.info("an assistant begins: %s", " ".join(words))
    with log.open("ab") as output:
        subprocess.Popen(
            [sys.executable, "-m", "miyabi_dw", *words], cwd=BASE, env=os.environ, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
