"""A gate stays on the machine: no socket but the database's, no file written, nothing imported before it is needed."""

import subprocess
import sys
from pathlib import Path

from gates.kit import DAILY, DAY, Bench

WATCHED = """
import os, sys
opened, written = [], []

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        opened.append((event, str(arguments[-1])))
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        written.append(str(arguments[0]))

sys.addaudithook(watch)
import miyabi_dw.etl.gates
assert not any(name.startswith("great_expectations") for name in sys.modules), "imported too early"
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.etl.batch import make_stage
from miyabi_dw.common.timeframe import parse_interval
stage = make_stage(miyabi_dw.common.settings.load_settings(), load_declarations().find(sys.argv[1]), parse_interval(*sys.argv[2:4]))
report = miyabi_dw.etl.gates.run_suites(stage, "conformed")
assert "great_expectations" in sys.modules
assert report.counts["could not run"] == 0
assert not {"scipy.stats.distributions", "altair.vegalite", "great_expectations.checkpoint"} & set(sys.modules), "not needed"
ours = [path for path in written if "__pycache__" not in path and not path.startswith("/dev/")]
print("opened", opened)
print("written", ours)
"""


def test_a_gate_opens_no_socket_of_its_own_and_writes_no_file(
    bench: Bench, environment: dict[str, str], tmp_path: Path
) -> None:
    arguments = [DAILY, DAY.start.isoformat(), DAY.end.isoformat()]
    done = subprocess.run(
        [sys.executable, "-c", "import miyabi_dw.common.settings\n" + WATCHED, *arguments],
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2] / "lib")},
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "opened []" in done.stdout
    assert "written []" in done.stdout
    assert list(tmp_path.glob("**/great_expectations*")) == []
    assert "unexpected_rows_query" not in done.stdout


AFTERWARDS = """
import miyabi_dw.etl.gates.running
import altair, great_expectations as gx, pandas, scipy.stats.distributions
from scipy.stats import norm

context = gx.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pandas.DataFrame({"x": [1, None]})})
context.variables.progress_bars = {"globally": False}
found = [batch.validate(gx.expectations.ExpectColumnValuesToNotBeNull(column="x", mostly=part)) for part in (0.5, 1)]
print([each.success for each in found], norm.cdf(0), altair.Chart.__name__, gx.__version__ > "1")
"""


def test_what_a_gate_leaves_out_is_there_for_a_notebook_that_uses_it_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[True, False] 0.5 Chart True\n", done.stderr
