"""Brings back what was lost: one fact table from the source, the whole database from a backup."""

from miyabi_dw.operations.recovery.database import Restored, recover_database
from miyabi_dw.operations.recovery.drill import drill
from miyabi_dw.operations.recovery.fact import Recovered, recover_fact

__all__ = ["Recovered", "Restored", "drill", "recover_database", "recover_fact"]
