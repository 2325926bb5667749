"""Executes notebooks: each in a kernel of its own that starts in a moment, with a result that is the truth."""

from miyabi_dw.engine.execution import CellProgress, CellTiming, Execution, Failure, Notice
from miyabi_dw.engine.parameters import Finding, Parameter, lint, parameters_of, validate_parameters
from miyabi_dw.engine.runner import execute
from miyabi_dw.engine.warm import Unavailable, cool_down, warm_up

__all__ = [
    "CellProgress",
    "CellTiming",
    "Execution",
    "Failure",
    "Finding",
    "Notice",
    "Parameter",
    "Unavailable",
    "cool_down",
    "execute",
    "lint",
    "parameters_of",
    "validate_parameters",
    "warm_up",
]
