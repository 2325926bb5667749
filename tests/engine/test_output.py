"""The output notebook and the log: complete, atomic, without secrets."""

import json
from pathlib import Path

import pytest

from miyabi_dw import engine
from miyabi_dw.engine import notebook as file

from .conftest import Run, output_of


def hide(text: str) -> str:
    return text.replace("hunter2-secret", "***")


def test_secret_reaches_no_file_and_no_result(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "run.log"
    execution = run("tells_a_secret", {"account": "hunter2-secret"}, redact=hide, log=log)
    assert "hunter2-secret" not in execution.output.read_text() + log.read_text() + repr(execution)
    assert "cannot log in with ***" in execution.reason
    content = output_of(execution)
    assert content["metadata"]["papermill"]["parameters"] == {"account": "***"}
    assert '"***\\n"' in execution.output.read_text()


def test_autosave_is_redacted_too(run: Run, tmp_path: Path) -> None:
    seen: list[str] = []

    def look(progress: engine.CellProgress) -> None:
        output = tmp_path / "out" / "tells_a_secret.ipynb"
        seen.append(output.read_text() if output.exists() else "")

    run("tells_a_secret", {"account": "hunter2-secret"}, redact=hide, on_cell=look)
    assert any(seen)
    assert not any("hunter2-secret" in text for text in seen)


def test_log_and_callback_follow_the_cells(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    news: list[engine.CellProgress] = []
    execution = run("succeeds", {"name": "Ren"}, log=log, on_cell=news.append)
    assert [(one.number, one.state) for one in news] == [
        (n, state) for n in (1, 2, 3, 4) for state in ("running", "done")
    ]
    assert all(one.of == 4 for one in news)
    assert news[-1].name == "name * times"
    assert news[-1].seconds == execution.durations[-1].seconds
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert "  hello Ren" in lines
    assert lines[-1].startswith("cell 4 of 4 (name * times): done in ")


def test_no_output_is_lost_and_a_long_line_does_not_hang(run: Run) -> None:
    execution = run("floods_with_output")
    assert execution.state == "succeeded", execution.reason
    many, long = output_of(execution)["cells"]
    assert [output["data"]["text/plain"] for output in many["outputs"]] == [[str(number)] for number in range(1500)]
    assert ["".join(output["text"]) for output in long["outputs"]] == ["x" * 5_000_000 + "\n"]


def test_output_replaces_an_earlier_one_and_leaves_no_scraps(run: Run) -> None:
    first = run("succeeds", {"name": "Ren"})
    second = run("succeeds", {"name": "Aoi"})
    assert first.output == second.output
    assert [path.name for path in second.output.parent.iterdir()] == ["succeeds.ipynb"]
    assert "hello Aoi" in second.output.read_text()


def test_output_says_where_it_came_from(run: Run) -> None:
    execution = run("succeeds", {"name": "Ren"})
    kept = output_of(execution)["metadata"]["papermill"]
    assert kept["input_path"].endswith("succeeds.ipynb")
    assert kept["output_path"] == str(execution.output)
    assert kept["parameters"] == {"name": "Ren"}
    assert kept["exception"] is None


def test_failure_is_marked_at_the_top(run: Run) -> None:
    cells = output_of(run("raises"))["cells"]
    assert "An Exception was encountered" in "".join(cells[0]["source"])
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "markdown", "code", "code"]


def test_path_with_braces_is_taken_literally(tmp_path: Path) -> None:
    source = tmp_path / "{day}.ipynb"
    source.write_text((Path(__file__).parent / "notebooks" / "no_parameters_cell.ipynb").read_text())
    execution = engine.execute(source, tmp_path / "{out}.ipynb", {})
    assert execution.state == "succeeded", execution.reason
    assert (tmp_path / "{out}.ipynb").exists()


def test_pieces_of_a_stream_are_joined_before_redaction() -> None:
    pieces = [{"output_type": "stream", "name": "stdout", "text": text} for text in ("hunter", "2-secret\n")]
    other = {"output_type": "stream", "name": "stderr", "text": "hunter2-secret"}
    result = file.redacted({"outputs": [*pieces, other]}, hide)
    assert [output["text"] for output in result["outputs"]] == ["***\n", "***"]
    assert json.loads(json.dumps(pieces)) == pieces


def test_room_tells_its_loggers_what_it_does(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "miyabi_dw.engine"):
        engine.cool_down()
        assert run("no_parameters_cell").state == "succeeded"
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("miyabi_dw.engine"))
    for line in ("zygote ", " started", "cell 1 of ", "ended with exit status 0", "succeeded in "):
        assert line in told
