"""Runs pipelines: validates, records, locks, executes the notebooks, retries, recovers, says how it ended."""
