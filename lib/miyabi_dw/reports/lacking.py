"""What the source has never told, in one line each: to stand where a chart or a number of it would."""

from dataclasses import dataclass, fields

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_as

SENTENCES = {
    "reviews": "The source has no review of any issue: scores and coverage are not known.",
    "durations": "The source has no duration of any deployment: how long one takes is not known.",
    "costs": "The source has no infrastructure cost of any deployment: what one costs is not known.",
    "failures": "The source records no deployment as failed: failures are known from rollbacks and incidents alone.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Whether the loaded facts have any of it."""

    reviews: bool
    durations: bool
    costs: bool
    failures: bool


def lacking(connection: Connection) -> dict[str, str]:
    """A sentence for each of them that no fact has, by its name in `Told`."""
    told = one_as(Told, connection, "reports/lacking")
    return {field.name: SENTENCES[field.name] for field in fields(told) if not getattr(told, field.name)}
