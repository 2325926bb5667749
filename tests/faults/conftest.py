"""The warehouses of the pipeline's tests serve here too."""

from etl.conftest import miyabi, rebuilt, starting_warehouse

__all__ = ["miyabi", "rebuilt", "starting_warehouse"]
