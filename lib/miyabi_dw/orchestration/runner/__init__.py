"""Runs pipelines: validates, records, locks, executes the notebooks, retries, heals, tells how it ended."""
