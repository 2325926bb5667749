"""Fills a stretch of the past, in as few and as wide runs as serve it best."""

from miyabi_dw.orchestration.backfill.cluster import count_workers
from miyabi_dw.orchestration.backfill.plan import CHUNKS, Plan, check_begins, make_plan
from miyabi_dw.orchestration.backfill.run import Outcome, Progress, run_plan
from miyabi_dw.orchestration.backfill.under_way import UnderWay, under_way

__all__ = [
    "CHUNKS", "Outcome", "Plan", "Progress", "UnderWay", "check_begins", "count_workers", "make_plan", "run_plan",
    "under_way",
]  # fmt: skip
