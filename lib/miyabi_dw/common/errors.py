"""What can go wrong, said in one sentence each: what is wrong, where, and what to do about it."""

from typing import ClassVar

FOUND_SOMETHING_WRONG = 1
COULD_NOT_RUN = 2


class MiyabiError(Exception):
    """Base of every error that a person is meant to read; the command line prints it as one line."""

    exit_status: ClassVar[int] = COULD_NOT_RUN

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        advice = f": {self.remedy}" if self.remedy else ""
        return " ".join(f"{self.finding}{advice}".split())

    @property
    def finding(self) -> str:
        """What is wrong and where, for those who show the remedy apart."""
        place = f" ({self.where})" if self.where else ""
        return " ".join(f"{self.what}{place}".split())


class SettingsError(MiyabiError):
    """A setting is missing, does not parse, or contradicts another one."""


class BadRequest(MiyabiError):
    """What the caller asked for makes no sense: no such date, pipeline, table or run."""


class Busy(MiyabiError):
    """Somebody else holds what is needed; trying again later can help."""


class ConnectionFailed(MiyabiError):
    """No connection to a database could be made, or it was lost."""


class ServerFailed(MiyabiError):
    """The embedded server could not be started or stopped."""


class StatementMissing(MiyabiError):
    """A file under sql/ or one of its placeholders is missing."""


class SchemaError(MiyabiError):
    """The warehouse's schema is not what the migrations of this version say."""


class CatalogueError(MiyabiError):
    """A catalogue file under sql/catalogue does not say what it should."""


class SourceContractError(MiyabiError):
    """The source lacks a table or a column, or has one of another type."""


class SuiteError(MiyabiError):
    """A file under expectations/ does not parse, or expects something of a table or column that is not there."""


class GateFailed(MiyabiError):
    """A critical expectation does not hold; nothing was loaded."""

    exit_status = FOUND_SOMETHING_WRONG


class StageFailed(MiyabiError):
    """A stage of a run ended without success."""

    exit_status = FOUND_SOMETHING_WRONG


class ArchiveDamaged(MiyabiError):
    """A file of the archive is missing or differs from its manifest."""

    exit_status = FOUND_SOMETHING_WRONG


class ArchiveFailed(MiyabiError):
    """The archive cannot be written: the disk is full, or the folder is not ours."""


class BackupFailed(MiyabiError):
    """A backup could not be made or restored."""


class BackupDamaged(MiyabiError):
    """A backup's files or rows are not those that were backed up."""

    exit_status = FOUND_SOMETHING_WRONG


class RecoveryFailed(MiyabiError):
    """What was recovered is not what the source or the backup holds."""

    exit_status = FOUND_SOMETHING_WRONG
