"""Fills a stretch of the past, in as few and as wide runs as serve it best."""

from miyabi_dw.orchestration.backfill.executors import count_workers
from miyabi_dw.orchestration.backfill.plan import CHUNKS, Plan, check_begins, make_plan
from miyabi_dw.orchestration.backfill.run import Outcome, Progress, run_plan

__all__ = ["CHUNKS", "Outcome", "Plan", "Progress", "check_begins", "count_workers", "make_plan", "run_plan"]
