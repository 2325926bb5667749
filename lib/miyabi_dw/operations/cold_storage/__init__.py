"""Old months of facts: moved to Parquet, read there, brought back."""

from miyabi_dw.operations.cold_storage.archive import Moved, archive_due, archive_month, due_months
from miyabi_dw.operations.cold_storage.query import archived, read_archived
from miyabi_dw.operations.cold_storage.restore import restore_month
from miyabi_dw.operations.cold_storage.verify import ColdFinding, verify

__all__ = [
    "ColdFinding",
    "Moved",
    "archive_due",
    "archive_month",
    "archived",
    "due_months",
    "read_archived",
    "restore_month",
    "verify",
]
