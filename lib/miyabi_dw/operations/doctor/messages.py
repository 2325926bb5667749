"""Whether those who have to be told of trouble are told."""

from collections.abc import Iterator

from miyabi_dw import alerts
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation

TEST = "correct it, then miyabi-dw alerts test"


def messages(installation: Installation) -> Iterator[Diagnosis]:
    """Messages that did not reach everybody, and those of which the warehouse knows nothing yet."""
    for message in alerts.waiting(installation.settings.home):
        told = [f"{channel}: {each.error or 'told'}" for channel, each in message.told.items()]
        cause, evidence = f"not in the warehouse yet: {message.title}", ", ".join(told) or "nobody was told"
        yield Diagnosis("alerts", "warning", cause, evidence, "miyabi-dw alerts deliver")
    if installation.warehouse is None:
        return
    for fault in alerts.faults(installation.warehouse):
        cause = f"the last message by {fault.channel} did not reach everybody"
        yield Diagnosis("alerts", "warning", cause, fault.problem, TEST)
