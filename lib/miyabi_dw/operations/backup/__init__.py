"""Backups of the warehouse: dumped from one snapshot, checksummed, restored and compared before they count."""

from miyabi_dw.operations.backup.catalogue import find
from miyabi_dw.operations.backup.dump import make
from miyabi_dw.operations.backup.folder import Manifest, read_manifest, refuse_damaged
from miyabi_dw.operations.backup.job import adopt, back_up, prove
from miyabi_dw.operations.backup.listing import list_backups
from miyabi_dw.operations.backup.restore import restore_into
from miyabi_dw.operations.backup.retention import known, prune
from miyabi_dw.operations.backup.verify import Difference, verify

__all__ = [
    "Difference",
    "Manifest",
    "adopt",
    "back_up",
    "find",
    "known",
    "list_backups",
    "make",
    "prove",
    "prune",
    "read_manifest",
    "refuse_damaged",
    "restore_into",
    "verify",
]
