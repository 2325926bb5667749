"""What the alerts are told of runs: that one ended, was lost, or could not even begin."""

from miyabi_dw import alerts, registry
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.statements import rows_as
from miyabi_dw.orchestration.runner.recover_lost import LostRun
from miyabi_dw.registry.declarations import Pipeline


def report_end(
    settings: Settings, database: Database, pipeline: Pipeline, run_id: str, state: registry.RunState,
    failure: registry.RunFailure,
) -> None:  # fmt: skip
    """Opens or ends incidents. Where the warehouse does not answer, a failure is told without it and that raised."""
    cause = alert_cause(pipeline.name, failure, pipeline.alert_channel)
    title = f"{pipeline.name} failed: {cause.what}"
    try:
        with database.connect("etl") as connection:
            if state == "succeeded":
                alerts.report_success(connection, settings, run_id=run_id, pipeline=pipeline.name)
            elif state == "failed":
                alerts.report_failure(
                    connection, settings, run_id=run_id, pipeline=pipeline.name, title=title, cause=cause
                )  # fmt: skip
    except (MiyabiError, DatabaseError) as error:
        outage = alerts.cause_of_outage(database, error)
        if state == "failed" and not _is_of(outage, cause, failure):
            alerts.tell(settings, cause, title, is_outage=False, pipeline=pipeline.name, run_id=run_id)
        could_not_begin(settings, database, error)
        raise
    # Only a run that went well shows that the warehouse can be used.
    if state == "succeeded" and alerts.adopt(database, settings):
        alerts.deliver(database, settings)


def _is_of(outage: alerts.Cause, cause: alerts.Cause, failure: registry.RunFailure) -> bool:
    """Whether the run failed because the warehouse went away under it."""
    return cause.type in alerts.AWAY and failure.place in ("", outage.where)


def could_not_begin(settings: Settings, database: Database, error: Exception) -> None:
    """Tells without the warehouse that it cannot be used; over with the next tick or run that goes well."""
    cause = alerts.cause_of_outage(database, error)
    alerts.tell(settings, cause, f"the warehouse cannot be used: {cause.what}")


def report_lost(connection: Connection, settings: Settings) -> None:
    """Opens an incident for each run whose process vanished, whoever noticed, unless it could say how it ended."""
    told = {message.run_id for message in alerts.waiting(settings.home)}
    for each in rows_as(LostRun, connection, "orchestration/runner/lost_untold"):
        if each.run_id in told:
            continue
        cause = alerts.Cause(
            "lost", f"a run of {each.pipeline} was lost", each.pipeline, "lost", each.reason,
            f"miyabi-dw runs show {each.run_id}", each.pipeline,
        )  # fmt: skip
        title = f"{each.pipeline} was lost: {each.reason}"
        alerts.report_failure(
            connection, settings, run_id=each.run_id, pipeline=each.pipeline, title=title, cause=cause
        )  # fmt: skip


def alert_cause(pipeline: str, failure: registry.RunFailure, alert_channel: str = "") -> alerts.Cause:
    """What makes two failures the same incident, and what the message shows of this one."""
    what = (failure.error_message or failure.reason).strip().partition("\n")[0]
    return alerts.Cause(
        failure.code or "error", what, failure.place or failure.stage,
        pipeline=pipeline, alert_channel=alert_channel, failure=failure.as_json(),
    )  # fmt: skip
