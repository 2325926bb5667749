"""What decides whether a failed stage is tried again, and after how long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.error_codes import is_transient
from miyabi_dw.engine import Failure
from miyabi_dw.orchestration.runner.stop import Stop
from miyabi_dw.registry import RunFailure
from miyabi_dw.registry.declarations import Pipeline

if TYPE_CHECKING:
    import tenacity

BATCH_LOST = "batch-lost"
LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True)
class StageFailure:
    """A failed attempt at a stage."""

    stage: str
    attempt: int
    failure: Failure

    @property
    def reason(self) -> str:
        return f"{self.stage}: {self.failure.reason}"

    def recorded(self) -> RunFailure:
        can_heal = is_worth_retrying(self.failure)
        return RunFailure(stage=self.stage, attempt=self.attempt, can_heal=can_heal, **vars(self.failure))


@dataclass
class Retries:
    """Of one run: another attempt is made while waiting may help, attempts are left and the deadline is not reached.

    `failures` counts those of the present stage; whoever goes on to the next one sets it back.
    """

    pipeline: Pipeline
    deadline: datetime
    stop: Stop
    failures: int = 0

    def until_good(
        self, attempt: Callable[[], StageFailure | None], tell: Callable[[StageFailure, float], None]
    ) -> StageFailure | None:
        """Calls `attempt` until it returns None, or its last failure; `tell` hears of each pause in seconds."""
        import tenacity  # slow to import: by now the kernel is getting ready, and the run waits for that

        return tenacity.Retrying(
            retry=tenacity.retry_if_result(self._may_help),
            wait=lambda _: pause_before(self.failures, self.pipeline.backoff_seconds),
            stop=self._is_enough,
            before_sleep=lambda state: tell(_failure_of(state), state.upcoming_sleep),
            sleep=tenacity.nap.sleep_using_event(self.stop.event),
            retry_error_callback=_failure_of,
        )(attempt)

    def _may_help(self, failed: StageFailure | None) -> bool:
        return failed is not None and is_worth_retrying(failed.failure) and not self.stop.is_called()

    def _is_enough(self, state: "tenacity.RetryCallState") -> bool:
        """No attempt is left, or none would begin before the deadline."""
        begins = datetime.now(UTC) + timedelta(seconds=state.upcoming_sleep)
        return self.failures > self.pipeline.retries or begins > self.deadline


def is_worth_retrying(failure: Failure) -> bool:
    """True for a lost connection, a starting server, a deadlock; for nothing about the data or the code."""
    return failure.cause == "cell raised" and is_transient(failure.code)


def pause_before(attempt: int, backoff_seconds: float) -> float:
    """Seconds to wait after that many failed attempts: doubled each time, an hour at most."""
    return float(min(backoff_seconds * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS))


def _failure_of(state: "tenacity.RetryCallState") -> StageFailure:
    assert state.outcome is not None
    failed: StageFailure = state.outcome.result()
    return failed
