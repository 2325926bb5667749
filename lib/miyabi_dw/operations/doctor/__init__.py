"""Looks at everything that commonly goes wrong and says what is, why, and what to do. Reads only."""

from miyabi_dw.operations.doctor.checks import examine
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, State, worst

__all__ = ["Diagnosis", "State", "examine", "worst"]
