"""Fills a stretch of the past, in as few and as wide runs as serve it best."""

from miyabi_dw.backfill.planning import CHUNKS, Plan, make_plan
from miyabi_dw.backfill.working import Outcome, Progress, run_plan

__all__ = ["CHUNKS", "Outcome", "Plan", "Progress", "make_plan", "run_plan"]
