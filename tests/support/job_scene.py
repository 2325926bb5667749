"""A job's run whose notebook shows one of each thing that a page can be made of."""

from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from miyabi_dw.common.display import (
    Chart,
    Charts,
    Commands,
    Grid,
    Limits,
    Sentences,
    Series,
    Shown,
    Texts,
    Tile,
    Tiles,
    columns,
)
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.outcome import keep_outcome
from support.archive_scenes import HOSTILE, Scene

DAYS = ("9 Feb", "10 Feb", "11 Feb")
GROWTH = Chart(
    "Issues worked on", "rows", DAYS, (Series("rows", (5.0, 0.0, 53.0), ("5 rows", "0 rows", "53 rows")),),
    limits=Limits(50, 200, 1, 1000, "normal 50 to 200, alert under 1 or over 1,000"), quiet=("9 Feb",),
)  # fmt: skip
LINE = Chart("Runs", "%", DAYS, (Series("%", (100.0, None, 50.0), ("100 %", "—", "50 %")),), "line")
SHOWN: tuple[Shown, ...] = (
    Tiles((Tile("Lead time", "44.1", "hours", "high in the week", "good"),)),
    Grid(columns("fact", "state|state", "rows|number"), (("fact_deployment", "bad:differs", "1,480"),)),
    Grid(columns("fact"), (), "Nothing differed."),
    Sentences((f"Text stays text: {HOSTILE}.",)),
    Commands((("To bring it back:", "miyabi-dw recover database --backup b1"),)),
    Texts((("SELECT 1", "Result"),)),
    GROWTH,
    Charts((LINE,)),
)


def job_page(settings: Settings, database: Database, *findings: Finding) -> Path:
    """The page of the job, which found these."""
    cells: list[Any] = [new_markdown_cell("# Morning checklist\n\nWhat it does.")]
    for shown in SHOWN:
        output = new_output("execute_result", data=shown._repr_mimebundle_(), execution_count=1)
        cells += [new_markdown_cell("## A heading"), new_code_cell("report.part()", outputs=[output])]
    cells.append(new_markdown_cell("## Under which nothing is shown"))
    run = {"pipeline": "morning_checklist", "interval_start": None, "interval_end": None}
    scene = Scene(settings, database, run_id="20251118T170004Z-morning-a1b2c3", **run)
    scene.stage("morning_checklist", new_notebook(cells=cells))
    keep_outcome(database, scene.run_id, "morning_checklist", "Something is broken.", findings)
    return scene.write()
