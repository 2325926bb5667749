"""What can go wrong, said in one sentence each: what is wrong, where, and what to do about it."""

import errno
from dataclasses import dataclass
from typing import ClassVar

from miyabi_dw.common.error_codes import is_transient

FOUND_SOMETHING_WRONG = 1
COULD_NOT_RUN = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of our own code on the way to an error; `file` counts from the source root."""

    file: str
    line: int
    function: str
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}: {self.code}"


class MiyabiError(Exception):
    """Base of every error that a person is meant to read; the command line prints it as one line.

    `code`, one of error_codes.CODES, is what programs ask; a class has one, an instance may have a narrower one.
    """

    exit_status: ClassVar[int] = COULD_NOT_RUN
    code: str = "error"

    def __init__(self, what: str, where: str = "", remedy: str = "", *, code: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy
        if code:
            self.code = code

    def __str__(self) -> str:
        advice = f": {self.remedy}" if self.remedy else ""
        return " ".join(f"{self.finding}{advice}".split())

    @property
    def finding(self) -> str:
        """What is wrong and where, for those who show the remedy apart."""
        place = f" ({self.where})" if self.where else ""
        return " ".join(f"{self.what}{place}".split())

    @property
    def is_transient(self) -> bool:
        """Whether another attempt may succeed with nothing changed."""
        return is_transient(self.code)

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "what": self.what, "where": self.where, "remedy": self.remedy}


class SettingsError(MiyabiError):
    """A setting is missing, does not parse, or contradicts another one."""

    code = "settings-unusable"


class BadRequest(MiyabiError):
    """What the caller asked for makes no sense: no such date, pipeline, table or run."""

    code = "request-unusable"


class Busy(MiyabiError):
    """Somebody else has what is needed; trying again later can help."""

    code = "busy"


class ConnectionFailed(MiyabiError):
    """No connection to a database could be made, or it was lost."""

    code = "connection-failed"


class ServerFailed(MiyabiError):
    """The embedded server could not be started or stopped."""

    code = "server-failed"


class StatementMissing(MiyabiError):
    """A file under sql/ or one of its placeholders is missing."""

    code = "statement-missing"


class SchemaError(MiyabiError):
    """The warehouse's schema is not what the migrations of this version say."""

    code = "schema-mismatch"


class CatalogueError(MiyabiError):
    """A catalogue file under sql/catalogue does not say what it should."""

    code = "catalogue-unusable"


class SourceContractError(MiyabiError):
    """The source lacks a table or a column, or has one of another type."""

    code = "source-contract-broken"


class OriginFailed(MiyabiError):
    """What a connection reads from gave no answer that can be used."""

    code = "origin-unreachable"


class SuiteError(MiyabiError):
    """A file under expectations/ does not parse, or expects something of a table or column that is not there."""

    code = "suite-unusable"


class MetricError(MiyabiError):
    """A file under sql/metrics/ does not parse, or asks for what the warehouse does not have."""

    code = "metric-unusable"


class GateFailed(MiyabiError):
    """A critical expectation was not met; nothing was loaded."""

    exit_status = FOUND_SOMETHING_WRONG
    code = "gate-failed"


class StageFailed(MiyabiError):
    """A stage of a run ended without success."""

    exit_status = FOUND_SOMETHING_WRONG
    code = "stage-failed"


class ArchiveDamaged(MiyabiError):
    """A file of the archive is missing or differs from its manifest."""

    exit_status = FOUND_SOMETHING_WRONG
    code = "report-damaged"


class ArchiveFailed(MiyabiError):
    """The archive cannot be written: the disk is full, or the folder is not ours."""

    code = "report-unwritable"


class BackupFailed(MiyabiError):
    """A backup could not be made or restored."""

    code = "backup-failed"


class BackupDamaged(MiyabiError):
    """A backup's files or rows are not those that were backed up."""

    exit_status = FOUND_SOMETHING_WRONG
    code = "backup-damaged"


class RecoveryFailed(MiyabiError):
    """What was recovered is not what the source or the backup holds."""

    exit_status = FOUND_SOMETHING_WRONG
    code = "recovery-failed"


def code_of(error: BaseException) -> str:
    """The code of an error of ours, and of Python's own about disk and memory; '' for any other."""
    if isinstance(error, MiyabiError):
        return error.code
    if isinstance(error, MemoryError):
        return "memory-exhausted"
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk-full" if is_full else ""
