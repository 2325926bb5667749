"""How a run ended, in one sentence and in fields."""

from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.errors import COULD_NOT_RUN, FOUND_SOMETHING_WRONG
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.registry import RunState


@dataclass(frozen=True)
class RunResult:
    """`problems` are what went wrong beside the run, such as a page that could not be written."""

    run_id: str
    pipeline: str
    interval: Interval | None
    state: RunState
    reason: str = ""
    remedy: str = ""
    failed_stage: str = ""
    error_class: str = ""
    error_code: str = ""
    seconds: float = 0.0
    page: Path | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.state == "succeeded"

    @property
    def exit_status(self) -> int:
        if self.state == "skipped":
            return COULD_NOT_RUN
        return 0 if self.is_good else FOUND_SOMETHING_WRONG

    @property
    def sentence(self) -> str:
        """What happened, why, what to do, where to read on."""
        parts = [f"{self.pipeline} {self.state} ({self.run_id}, {self.seconds:.1f} s)"]
        parts += [self.reason] if self.reason else []
        parts += [self.remedy] if self.remedy and self.remedy not in self.reason else []
        parts += [f"see {self.page}"] if self.page else []
        return ": ".join(parts[:2]) + "".join(f"; {part}" for part in parts[2:])

    def as_json(self) -> dict[str, object]:
        span = self.interval
        return {
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "interval_start": span and span.start,
            "interval_end": span and span.end,
            "state": self.state,
            "reason": self.reason,
            "remedy": self.remedy,
            "failed_stage": self.failed_stage,
            "error_class": self.error_class,
            "error_code": self.error_code,
            "seconds": round(self.seconds, 3),
            "page": self.page and str(self.page),
            "problems": list(self.problems),
        }
