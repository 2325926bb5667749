"""What starting a notebook costs: our engine against papermill's own, on a notebook with the usual imports.

Run it alone: `python tests/bench/engine.py`. Every figure is a ratio of two times taken in turn on the same machine.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from miyabi_dw import engine

NOTEBOOK = Path(__file__).parents[1] / "engine" / "notebooks" / "imports_what_notebooks_import.ipynb"
ROUNDS = 3
WARM_BAR = 0.25
COLD_BAR = 0.4
STAGES = 5
COLD = f"""
import sys
from pathlib import Path
from miyabi_dw import engine

engine.warm_up(Path(sys.argv[1]))
for number in range({STAGES}):
    assert engine.execute(Path(sys.argv[1]), Path(sys.argv[2], f"{{number}}.ipynb"), {{}}).state == "succeeded"
"""


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def stock(folder: Path) -> None:
    import papermill

    papermill.execute_notebook(NOTEBOOK, folder / "stock.ipynb", progress_bar=False)


def warm(folder: Path) -> None:
    execution = engine.execute(NOTEBOOK, folder / "warm.ipynb", {})
    if (execution.state, execution.engine) != ("succeeded", "warm"):
        raise SystemExit(f"not a warm run: {execution.engine_note} {execution.reason}")


def cold(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", COLD, str(NOTEBOOK), str(folder)], check=True)


def result(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": value <= bar, "detail": detail}


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm(folder)  # waits until everything is imported
        rounds = [[seconds(lambda call=call: call(folder)) for call in (stock, warm, cold)] for _ in range(ROUNDS)]
    one, again, five = (statistics.median(times) for times in zip(*rounds, strict=True))
    return [
        result("one warm notebook / stock papermill", again / one, WARM_BAR, f"{again:.2f} s against {one:.2f} s"),
        result(
            "five notebooks in a new process / five by stock papermill",
            five / one / STAGES,
            COLD_BAR,
            f"{five:.2f} s against {STAGES} x {one:.2f} s",
        ),
    ]


if __name__ == "__main__":
    for line in main():
        verdict = "ok" if line["ok"] else "MISSED"
        print(f"{line['value']:.3f} (bar {line['bar']}, {verdict})  {line['name']}: {line['detail']}")
