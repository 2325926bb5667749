"""Looks at everything that commonly goes wrong and says what is, why, and what to do. Reads only."""

from miyabi_dw.operations.doctor.diagnosis import Diagnosis, State, worst
from miyabi_dw.operations.doctor.examination import examine

__all__ = ["Diagnosis", "State", "examine", "worst"]
