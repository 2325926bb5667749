"""Old months of facts: moved to Parquet, read there, brought back."""

from miyabi_dw.operations.cold_storage.moving import Moved, archive_due, archive_month, due_months
from miyabi_dw.operations.cold_storage.reading import archived, read_archived
from miyabi_dw.operations.cold_storage.returning import restore_month

__all__ = ["Moved", "archive_due", "archive_month", "archived", "due_months", "read_archived", "restore_month"]
