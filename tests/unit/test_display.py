"""What a job's notebook shows is also a plain table, and comes back from its file as it was."""

import json
from typing import get_args

import pytest

from miyabi_dw.common.display import MIME, Grid, Shown, Tone, columns, read


@pytest.mark.parametrize("tone", get_args(Tone))
def test_a_state_stands_in_a_plain_table_without_its_tone(tone: Tone) -> None:
    grid = Grid(columns("month", "state|state"), (("October 2025", f"{tone}:reread"),))
    told = grid._repr_mimebundle_()
    assert told["text/plain"] == "month | state\nOctober 2025 | reread"
    assert read(json.loads(json.dumps(told[MIME]))) == grid


def test_what_is_no_state_keeps_its_colon() -> None:
    assert "17:05" in str(Grid(columns("at"), (("17:05",),))._repr_mimebundle_()["text/plain"])


def test_a_kind_of_things_without_a_table_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Shown()  # type: ignore[abstract]
