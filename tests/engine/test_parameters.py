"""What the parameters cell declares is what may be given."""

import subprocess
import sys
from pathlib import Path

import pytest

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.engine import Parameter, lint, parameters_of, validate_parameters

from .conftest import NOTEBOOKS


def notebook(name: str) -> Path:
    return NOTEBOOKS / f"{name}.ipynb"


def test_parameters_are_read_with_type_default_and_help() -> None:
    assert parameters_of(notebook("succeeds")) == [
        Parameter("name", "str", "nobody", "whom to greet"),
        Parameter("times", "int", 2, "how often"),
        Parameter("ratio", "float", 0.5, ""),
        Parameter("loud", "bool", False, ""),
        Parameter("limit", "int", None, "no limit by default", optional=True),
        Parameter("plain", "str", "untyped", ""),
    ]


def test_notebook_without_parameters_cell_has_none() -> None:
    assert parameters_of(notebook("no_parameters_cell")) == []
    validate_parameters(notebook("no_parameters_cell"), {})


@pytest.mark.parametrize("given", [{"name": "Ren"}, {"ratio": 1}, {"limit": None}, {"limit": 3}, {"loud": True}, {}])
def test_fitting_parameters_pass(given: dict[str, str | int | None]) -> None:
    validate_parameters(notebook("succeeds"), given)


@pytest.mark.parametrize(
    "given",
    [{"times": True}, {"times": 2.0}, {"name": None}, {"loud": 1}, {"ratio": "0.5"}, {"limit": "3"}, {"plain": 3}],
)
def test_value_of_another_type_is_refused(given: dict[str, object]) -> None:
    (name,) = given
    with pytest.raises(BadRequest, match=f"parameter '{name}' is "):
        validate_parameters(notebook("succeeds"), given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("parameter_with_two_equals", "a second '='"),
        ("parameter_computed", "the default '2 \\* 3' is computed"),
        ("parameter_default_of_another_type", "the default of 'limit' is 'ten' and not int"),
    ],
)
def test_declaration_that_cannot_be_relied_on_is_refused(name: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        parameters_of(notebook(name))
    (finding,) = lint(notebook(name))
    assert finding.cell == 0


def test_linter_names_what_has_no_effect() -> None:
    assert [str(finding) for finding in lint(notebook("raises_but_tagged"))] == [
        "cell 1, line 1: the tag 'raises-exception' has no effect here: an exception fails the run all the same"
    ]
    assert [f.message for f in lint(notebook("two_parameters_cells"))] == ["a second cell is tagged 'parameters'"]
    assert lint(notebook("succeeds")) == []


def test_missing_notebook_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="no such notebook"):
        parameters_of(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("[]")
    with pytest.raises(BadRequest, match="not a notebook of format 4"):
        parameters_of(tmp_path / "text.ipynb")


def test_reading_parameters_imports_no_papermill() -> None:
    """Command line help must not wait for it."""
    program = (
        "import sys; from pathlib import Path; from miyabi_dw import engine;"
        f"engine.parameters_of(Path({str(notebook('succeeds'))!r}));"
        "loaded = {'papermill', 'nbformat', 'zmq'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
