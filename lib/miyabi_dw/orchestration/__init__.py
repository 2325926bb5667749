"""Runs: started, scheduled, backfilled, resumed, stopped, and what became of them."""
