"""An executed notebook as a marimo file: the same names, the run's values, nothing of papermill's, nothing run."""

import json
from pathlib import Path
from typing import Any

import pytest

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import NOTEBOOKS
from miyabi_dw.workbench.open_run import as_marimo, at_its_state, write_with_outputs
from miyabi_dw.workbench.open_run.convert import codes
from miyabi_dw.workbench.open_run.marimo_file import NOTHING_RUNS_BY_ITSELF

COMMITTED = sorted(NOTEBOOKS.glob("*/*.ipynb"))
DECLARED = 'run_id: str = ""  # the run, 「空」 by hand\nlimit: int = 5\nratio = 0.5  # a share'
HOSTILE = "<img src=x onerror=alert(1)>"
CHART = {"data": [{"type": "bar", "x": [HOSTILE], "y": [1]}], "layout": {}}


def cell(source: str, *tags: str, kind: str = "code", outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source}
    return made | ({"outputs": outputs or []} if kind == "code" else {})


def executed(*cells: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A notebook as papermill leaves it."""
    injected = cell("# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in given.items()))
    injected["metadata"]["tags"] = ["injected-parameters"]
    parts = [cell("banner", "papermill-error-cell-tag", kind="markdown"), cell(DECLARED, "parameters"), injected]
    return {
        "cells": [*parts, *cells],
        "metadata": {"papermill": {"parameters": given}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def shown(*outputs: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"output_type": "display_data", "metadata": {}, "data": data} for data in outputs]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_every_committed_notebook_keeps_its_names(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    converted = codes(as_marimo(at_its_state(document)))
    # marimo's own import comes first.
    assert len(converted) == len(document["cells"]) + 1
    for ours, theirs in zip(document["cells"], converted[1:], strict=True):
        if ours["cell_type"] == "code":
            assert theirs.removeprefix("# Cell tags: parameters\n") == "".join(ours["source"]).strip()


def test_the_runs_values_take_the_place_of_the_defaults() -> None:
    document = at_its_state(executed(cell("print(run_id)"), run_id='20260101-"x"', limit=7))
    assert [part["source"] for part in document["cells"]] == [
        "run_id: str = '20260101-\"x\"'  # the run, 「空」 by hand\nlimit: int = 7\nratio = 0.5  # a share",
        "print(run_id)",
    ]


def test_a_run_without_parameters_keeps_the_defaults() -> None:
    assert at_its_state(executed())["cells"][0]["source"] == DECLARED


def test_a_value_can_be_given_instead() -> None:
    document = at_its_state(executed(run_id="20260101", limit=7), {"run_id": "", "not_declared": "x"})
    assert document["cells"][0]["source"].splitlines()[:2] == [
        "run_id: str = ''  # the run, 「空」 by hand",
        "limit: int = 7",
    ]


def test_a_name_that_two_cells_define_is_not_renamed_in_silence() -> None:
    with pytest.raises(BadRequest, match="each name in one cell"):
        as_marimo(at_its_state(executed(cell("found = 1"), cell("found = 2\nprint(found)"))))


def test_outputs_are_kept_and_nothing_in_them_is_trusted(tmp_path: Path) -> None:
    table = f"<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>{HOSTILE}</td></tr></tbody></table>"
    stream = {"output_type": "stream", "name": "stdout", "text": ["one\n", "two"]}
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    document = at_its_state(
        executed(
            cell("# Title", kind="markdown"),
            cell("a", outputs=[stream, *shown({"text/html": table}, {"application/vnd.plotly.v1+json": CHART})]),
            cell("b", outputs=[error]),
        )
    )
    path = tmp_path / "opened" / "gate.1.py"
    write_with_outputs(document, path)
    session = json.loads((path.parent / "__marimo__" / "session" / "gate.1.py.json").read_text())
    assert len(session["cells"]) == len(codes(path.read_text()))
    title, first, second = session["cells"][-3:]
    assert "Title" in json.dumps(title["outputs"])
    assert first["console"][0]["text"] == "one\ntwo"
    markup = first["outputs"][0]["data"]["text/html"]
    assert "<marimo-plotly" in markup
    assert "<img" not in markup
    assert second["outputs"] == [{"type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}]


def test_opening_runs_nothing(tmp_path: Path) -> None:
    write_with_outputs(at_its_state(executed()), tmp_path / "gate.py")
    assert (tmp_path / "pyproject.toml").read_text() == NOTHING_RUNS_BY_ITSELF


def test_marimo_takes_our_session_for_its_own(tmp_path: Path) -> None:
    """Otherwise the editor would open without the outputs, and nobody would say why."""
    from marimo._session.state.serialize import SessionCacheKey, SessionCacheManager, get_session_cache_file
    from marimo._version import __version__

    path = tmp_path / "gate.py"
    write_with_outputs(at_its_state(executed(cell("a", outputs=shown({"text/plain": "seen"})))), path)
    found = json.loads(get_session_cache_file(path).read_text())
    key = SessionCacheKey(tuple(codes(path.read_text())), __version__, tuple(part["id"] for part in found["cells"]))
    assert SessionCacheManager.is_cache_hit(None, found, key)  # type: ignore[arg-type]
