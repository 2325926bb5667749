"""Pipelines that do not run: refused, paused, not scheduled, missed."""

from collections.abc import Iterator

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db import statements
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation, State
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.schedule import crontab
from miyabi_dw.orchestration.schedule.missed import missed_runs
from miyabi_dw.registry.declarations import Pipeline, load_declarations

# Three ticks of cron.
RECENT_MINUTES = 3 * crontab.MINUTES
INSTALL = "miyabi-dw schedule install"


def paused(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None:
        return
    for name, pause in api.paused(installation.database, installation.as_of).items():
        yield Diagnosis("paused", "warning", f"{name} is paused", str(pause), f"miyabi-dw unpause {name}")


def unscheduled(installation: Installation) -> Iterator[Diagnosis]:
    """Cron, a systemd timer or a container may be what ticks: only when nothing does, cron is asked for its block."""
    if installation.warehouse is None:
        return
    tick = statements.run(installation.warehouse, "operations/doctor/ticks", {"as_of": installation.as_of})[0]
    if tick["minutes"] is not None and tick["minutes"] <= RECENT_MINUTES:
        yield Diagnosis("schedule", "ok", "the schedule ticks", f"last {tick['minutes']:.0f} minutes ago")
        return
    told = f"last tick {tick['last_tick']:%Y-%m-%d %H:%M} UTC" if tick["last_tick"] else "it never ticked"
    yield _cron(installation, told, has_ticked=tick["last_tick"] is not None)


def _cron(installation: Installation, told: str, *, has_ticked: bool) -> Diagnosis:
    state: State = "critical" if has_ticked else "warning"
    try:
        block = crontab.installed_block()
    except MiyabiError as error:
        return Diagnosis("schedule", "warning", error.what, told, error.remedy)
    if not block:
        return Diagnosis("schedule", state, "nothing is scheduled: cron has no block of ours", told, INSTALL)
    if block != crontab.cron_block(installation.settings):
        return Diagnosis("schedule", "warning", "cron's block is for another place or version", told, INSTALL)
    log = installation.settings.home / "logs" / "schedule" / "cron.log"
    if has_ticked:
        # Only what was started leaves a tick, and nothing may have been due.
        return Diagnosis("schedule", "ok", "cron has our block", told)
    return Diagnosis("schedule", "warning", "cron has our block and nothing has run yet", told, f"see {log}")


def refused(_: Installation) -> Iterator[Diagnosis]:
    for each in load_declarations().refused:
        yield Diagnosis.of("declaration", each.error)


def missed(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None:
        return
    stopped = set(api.paused(installation.database, installation.as_of))
    declared = load_declarations().needed(installation.settings.home)
    active = [pipeline for pipeline in declared.values() if _is_active(pipeline, stopped)]
    for found in missed_runs(installation.warehouse, installation.settings, active, installation.as_of):
        yield Diagnosis("missed run", "critical", str(found), found.pipeline.schedule, found.remedy)


def _is_active(pipeline: Pipeline, stopped: set[str]) -> bool:
    return bool(pipeline.schedule) and pipeline.name not in stopped
