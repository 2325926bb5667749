"""Every code that an error can carry: what it means, what to do, and whether another attempt may help by itself.

Codes are stable: programs, alerts and the registry compare them, while sentences may be reworded. An error's own
sentence and remedy say more where it knows more.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Explanation(NamedTuple):
    """`is_transient`: the same attempt may succeed after a while with nothing changed."""

    meaning: str
    remedy: str
    is_transient: bool = False


TRANSIENT = True
CODES: Mapping[str, Explanation] = MappingProxyType({
    # Settings and requests
    "settings-unusable": Explanation(
        "a setting is missing, does not parse, or contradicts another one", "see miyabi.toml.example for every setting"
    ),
    "request-unusable": Explanation(
        "no such date, pipeline, table or run, or one that cannot be meant", "correct the command or the parameter"
    ),
    "token-unusable": Explanation(
        "the token is missing, unknown, expired or revoked", "make one with: miyabi-dw serve token new"
    ),
    "scope-too-narrow": Explanation(
        "the token may not ask this", "make one with the scope: miyabi-dw serve token new --scope"
    ),
    "busy": Explanation(
        "somebody else holds what is needed", "wait for its end, or see miyabi-dw doctor for who it is"
    ),
    # Connections
    "url-unusable": Explanation(
        "the database URL does not parse",
        "write it as postgresql://user:password@host:5432/database and percent-encode special characters",
    ),
    "host-unknown": Explanation(
        "the host is unknown", "check the host in the URL and this machine's name resolution"
    ),
    "login-refused": Explanation(
        "the user or the password is wrong", "check the URL's user and password, or its _FILE"
    ),
    "host-not-admitted": Explanation(
        "the server does not let this user in from this machine",
        "have the server's pg_hba.conf allow it, or connect with sslmode=require",
    ),
    "database-missing": Explanation(
        "the server has no such database",
        "correct the name at the end of the URL, or create it; a warehouse that is lost comes back by miyabi-dw recover"
        " database --backup latest",
    ),
    "role-missing": Explanation(
        "the server has no such role",
        "run 'miyabi-dw schema migrate' as a user who may create roles, or set MIYABI_WAREHOUSE_ROLES=false",
    ),
    "permission-denied": Explanation(
        "the user lacks a right on the server", "run 'miyabi-dw schema migrate' as the owner, or grant it"
    ),
    "encryption-failed": Explanation(
        "no encrypted connection could be agreed on",
        "check sslmode and sslrootcert in the URL against the server's certificate",
    ),
    "connections-used-up": Explanation(
        "the server has no connection free", "close some, or raise its max_connections", TRANSIENT
    ),
    "server-not-ready": Explanation("the server is starting or stopping", "try again in a minute", TRANSIENT),
    "connection-timed-out": Explanation(
        "the server does not answer in time",
        "check host, port and firewall, or raise MIYABI_CONNECT_TIMEOUT",
        TRANSIENT,
    ),
    "connection-refused": Explanation(
        "nothing answers there", "start the server, or correct host and port", TRANSIENT
    ),
    "connection-lost": Explanation(
        "the server closed the connection", "see why in the server's log, then try again", TRANSIENT
    ),
    "connection-failed": Explanation(
        "no connection could be made", "check the URL and the server's log", TRANSIENT
    ),
    # What the server says of a statement
    "deadlock": Explanation(
        "two transactions waited for each other and the server ended one", "try again", TRANSIENT
    ),
    "serialization-failure": Explanation(
        "a concurrent transaction changed the same rows", "try again", TRANSIENT
    ),
    "lock-not-available": Explanation(
        "somebody held a lock for longer than this could wait", "see miyabi-dw doctor for who it is", TRANSIENT
    ),
    "statement-cancelled": Explanation(
        "a statement was cancelled, or took longer than it may",
        "see miyabi-dw tune list, or raise MIYABI_STATEMENT_TIMEOUT_MINUTES",
    ),
    "statement-failed": Explanation(
        "the server refused a statement", "read what the server says, and its log for the rest"
    ),
    "disk-full": Explanation(
        "a disk is full", "free some space: miyabi-dw runs prune, miyabi-dw cold run"
    ),
    "memory-exhausted": Explanation(
        "there was not enough memory", "lower MIYABI_PARALLEL_RUNS or MIYABI_SERVER_MEMORY_MB, or add memory"
    ),
    # The embedded server
    "server-failed": Explanation(
        "the embedded server could not be set up, started or stopped", "see the logs in its folder under MIYABI_HOME"
    ),
    "server-program-missing": Explanation(
        "a program of PostgreSQL is missing", "set MIYABI_PG_BIN to the folder of PostgreSQL 15 or later"
    ),
    "server-passwords-lost": Explanation(
        "the passwords of the embedded server are gone", "restore the file from a backup of MIYABI_HOME"
    ),
    # The way in
    "connection-unusable": Explanation(
        "a connection is declared in a way that cannot be used", "correct its file under connections, or remove it"
    ),
    "origin-missing": Explanation(
        "what a connection reads is not there, or is no repository or log",
        "correct the path or the address, or remove it"
    ),
    "origin-forbidden": Explanation(
        "what a connection reads does not let us in", "give a right or a token that reads it"
    ),
    "origin-unreachable": Explanation(
        "what a connection reads did not answer, or broke off", "see whether it can be reached from here", TRANSIENT
    ),
    "origin-limited": Explanation(
        "what a connection reads wants fewer requests for a while",
        "wait until the time that the error names",
        TRANSIENT,
    ),
    "git-missing": Explanation("the program git is missing", "install git"),
    "git-failed": Explanation("git could not read a repository to its end", "run 'git fsck' there", TRANSIENT),
    "source-not-ours": Explanation(
        "the source database holds what no connection wrote", "use another MIYABI_HOME, or a source of your own"
    ),
    # The project's own files
    "statement-missing": Explanation(
        "a file under sql/ or one of its placeholders is missing", "restore it from the repository"
    ),
    "catalogue-unusable": Explanation(
        "a catalogue file under sql/catalogue does not say what it should", "correct the file"
    ),
    "suite-unusable": Explanation(
        "a file under expectations/ does not parse or expects something of a table that is not there",
        "correct the file",
    ),
    "metric-unusable": Explanation(
        "a file under sql/metrics/ does not parse or asks for what the warehouse does not have", "correct the file"
    ),
    "schema-mismatch": Explanation(
        "the warehouse's schema is not what the migrations of this version say", "run 'miyabi-dw schema migrate'"
    ),
    "migration-changed": Explanation(
        "an applied migration was changed afterwards", "restore the file and write the change as a new migration"
    ),
    "migration-failed": Explanation(
        "a migration failed and was undone", "correct the cause and run 'miyabi-dw schema migrate' again"
    ),
    "schema-newer": Explanation(
        "the warehouse was migrated by a newer version", "update the program, or use another warehouse"
    ),
    # Data
    "source-contract-broken": Explanation(
        "the source lacks a table or a column, or has one of another type",
        "ask the source's owner, or change the contract under expectations/",
    ),
    "gate-failed": Explanation(
        "a critical expectation was not met; nothing was loaded", "see the run's report for the rows, then resume"
    ),
    "forecast-too-short": Explanation(
        "the past is too short for a forecast", "choose a longer period or a shorter horizon"
    ),
    # Runs
    "stage-failed": Explanation("a stage of a run ended without success", "see the run's report"),
    "cell-raised": Explanation("a cell raised an error of its own", "see the cell in the run's report"),
    "refused": Explanation("the notebook does not take these parameters", "see its parameters cell"),
    "no-kernel": Explanation("no kernel could be started", "see the run's log for what it said last"),
    "kernel-died": Explanation("the kernel ended in the middle of a cell", "look for a crash in native code"),
    "kernel-killed": Explanation(
        "the kernel was killed, most often for want of memory", "look at the machine's memory (dmesg)"
    ),
    "cell-timeout": Explanation("a cell took longer than it may", "see what it waited for in the run's report"),
    "deadline": Explanation(
        "the run reached its deadline", "see what it waited for, or raise deadline_minutes in the declaration"
    ),
    "cancelled": Explanation("somebody cancelled the run", "resume it with miyabi-dw resume"),
    "hung": Explanation("the kernel did not end after its last cell", "look for threads that are never joined"),
    "stopped-early": Explanation("not every cell ran", "see the run's log"),
    "not-written": Explanation("the output notebook could not be saved", "free some space"),
    "batch-lost": Explanation(
        "the server crashed and came back without the run's batch",
        "nothing: the run begins again with its first stage",
        TRANSIENT,
    ),
    "runner-failed": Explanation("the runner itself could not go on", "see the run's log"),
    "missed-run": Explanation("a pipeline did not run when it was due", "see miyabi-dw schedule status"),
    # Reports, backups, recovery
    "report-damaged": Explanation(
        "a file of a report or of cold storage is missing or differs from its manifest", "restore it from a backup"
    ),
    "report-unwritable": Explanation(
        "the reports cannot be written: the disk is full, or the folder is not ours",
        "free some space, or set MIYABI_REPORTS_DIR",
    ),
    "backup-failed": Explanation("a backup could not be made or restored", "see the server's log, then try again"),
    "backup-damaged": Explanation(
        "a backup's files or rows are not those that were backed up", "use another backup, and make a new one"
    ),
    "recovery-failed": Explanation(
        "what was recovered is not what the source or the backup has", "see the named tables, then try another backup"
    ),
    # The program itself
    "error": Explanation("something went wrong that has no code of its own", "try again with --debug"),
})  # fmt: skip


def is_transient(code: str) -> bool:
    """Whether another attempt may succeed; False for a code that is not known."""
    return code in CODES and CODES[code].is_transient
