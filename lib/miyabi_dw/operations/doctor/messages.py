"""Whether those who have to be told of trouble are told."""

import os
from collections.abc import Iterator

from miyabi_dw import alerts
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation

TEST = "correct it, then miyabi-dw alerts test"


def messages(installation: Installation) -> Iterator[Diagnosis]:
    """What keeps mails from going out, messages that the warehouse does not know, and who did not get the last one."""
    settings = installation.settings
    if settings.smtp_ca_file and not os.access(settings.smtp_ca_file, os.R_OK):
        yield Diagnosis("alerts", "warning", "smtp_ca_file cannot be read", str(settings.smtp_ca_file), TEST)
    for message in alerts.waiting(settings.home):
        told = [f"{channel}: {each.error or 'told'}" for channel, each in message.told.items()]
        cause, evidence = f"not in the warehouse yet: {message.title}", ", ".join(told) or "nobody was told"
        yield Diagnosis("alerts", "warning", cause, evidence, "miyabi-dw alerts deliver")
    if installation.warehouse is None:
        return
    for fault in alerts.faults(installation.warehouse):
        cause = f"the last message by {fault.channel} did not reach everybody"
        yield Diagnosis("alerts", "warning", cause, fault.problem, TEST)
