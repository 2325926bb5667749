"""Backups of the warehouse: dumped from one snapshot, checksummed, restored and compared before they count."""

from miyabi_dw.backup.dump import make
from miyabi_dw.backup.folder import Manifest, read_manifest, refuse_damaged
from miyabi_dw.backup.job import adopt, back_up, prove
from miyabi_dw.backup.keeping import known, prune
from miyabi_dw.backup.listing import listed
from miyabi_dw.backup.restore import restore_into
from miyabi_dw.backup.shelf import find
from miyabi_dw.backup.verify import Difference, verify

__all__ = [
    "Difference",
    "Manifest",
    "adopt",
    "back_up",
    "find",
    "known",
    "listed",
    "make",
    "prove",
    "prune",
    "read_manifest",
    "refuse_damaged",
    "restore_into",
    "verify",
]
