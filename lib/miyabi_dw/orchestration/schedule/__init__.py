"""Cron ticks every few minutes; what is due is decided here, in each pipeline's own time zone."""
