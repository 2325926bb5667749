"""What notebooks import is read from their code, and their kernels find it imported."""

import subprocess
import sys

from miyabi_dw import engine
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.engine.imports import imports_of, is_missing, late_imports

from .conftest import NOTEBOOKS, Run, printed


def test_imports_are_read_from_cells_whatever_else_they_say() -> None:
    cells = [
        "%matplotlib inline\nimport json.decoder, csv as rows",
        "if True:\n    from miyabi_dw.etl import views\n!ls",
        "this does not parse",
        "import csv",
    ]
    assert imports_of(cells) == (("json.decoder", ""), ("csv", ""), ("miyabi_dw.etl", "views"))


def imports_late() -> None:
    from wave import Error, there_is_no_such_name  # type: ignore[attr-defined]  # noqa: F401


def test_what_a_function_imports_when_it_is_called_is_known_before() -> None:
    late = late_imports([(__name__, "imports_late"), (__name__, "NOTEBOOKS"), ("not_loaded", "anything")])
    assert late == (("wave", ""), ("wave", "Error"), ("wave", "there_is_no_such_name"))


def test_an_import_is_missing_when_it_would_load_something() -> None:
    found = [("pathlib", ""), ("pathlib", "Path"), ("pathlib", "*"), ("pathlib", "nothing"), ("not_loaded", "")]
    assert [is_missing(wanted) for wanted in found] == [False, False, False, True, True]


def test_a_notebook_of_pythons_own_modules_waits_for_no_library() -> None:
    code = "import sys; from miyabi_dw.engine.preload import preload_quick; preload_quick((('json', 'loads'), ('time', '')))"
    code += "; print({'pandas', 'plotly', 'sqlalchemy'} & set(sys.modules) or sorted({'ipykernel'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT / "lib", capture_output=True, text=True, check=True)
    assert done.stdout == "['ipykernel']\n"


def test_kernel_of_a_gate_has_what_the_gate_imports_late(run: Run) -> None:
    engine.cool_down()
    engine.warm_up(NOTEBOOKS / "no_parameters_cell.ipynb", NOTEBOOKS / "calls_a_gate.ipynb")
    execution = run("calls_a_gate")
    assert (execution.engine, printed(execution)) == ("warm", "[]\n")
    engine.cool_down()
