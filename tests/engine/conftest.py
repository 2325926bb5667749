"""Runs the fixture notebooks, each named for its trait, in real kernels."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from miyabi_dw import engine
from miyabi_dw.engine import client

NOTEBOOKS = Path(__file__).parent / "notebooks"


class Run(Protocol):
    def __call__(self, name: str, parameters: Mapping[str, Any] = ..., **conditions: Any) -> engine.Execution: ...


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Executes tests/engine/notebooks/NAME.ipynb with the test's folder as working directory."""

    def execute(name: str, parameters: Mapping[str, Any] | None = None, **conditions: Any) -> engine.Execution:
        output = tmp_path / "out" / f"{name}.ipynb"
        return engine.execute(NOTEBOOKS / f"{name}.ipynb", output, parameters or {}, **{"cwd": tmp_path, **conditions})

    return execute


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds on interrupting and on shutting down, reached sooner."""
    monkeypatch.setattr(client, "SHUTDOWN_SECONDS", 1.0)
    monkeypatch.setattr(client, "FAILED_SHUTDOWN_SECONDS", 1.0)
    monkeypatch.setattr(client, "INTERRUPT_SECONDS", 0.5)


@pytest.fixture(scope="session", autouse=True)
def no_zygote_afterwards() -> Iterator[None]:
    yield
    engine.cool_down()


def output_of(execution: engine.Execution) -> dict[str, Any]:
    return dict(json.loads(execution.output.read_text()))


def printed(execution: engine.Execution) -> str:
    """All text the notebook wrote to its streams."""
    cells = output_of(execution)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")


def errors_shown(execution: engine.Execution) -> list[str]:
    cells = output_of(execution)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output["evalue"] for output in outputs if output["output_type"] == "error"]
