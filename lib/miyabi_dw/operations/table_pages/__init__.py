"""A page for every fact, dimension and mart: what it means, how fresh it is, where it comes from, who reads it."""

from miyabi_dw.operations.table_pages.write import write_table_pages

__all__ = ["write_table_pages"]
