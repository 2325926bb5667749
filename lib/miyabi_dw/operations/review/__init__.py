"""The month looked back upon: slow queries, advice, numbers. Nothing is changed but on request."""

from miyabi_dw.operations.review.advice import Advice, advise, find_advice
from miyabi_dw.operations.review.apply_advice import Applied, apply
from miyabi_dw.operations.review.monthly import Review, open_review
from miyabi_dw.operations.review.slow import Slow, slowest

__all__ = ["Advice", "Applied", "Review", "Slow", "advise", "apply", "find_advice", "open_review", "slowest"]
