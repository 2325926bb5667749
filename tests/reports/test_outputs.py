"""What a notebook printed or drew becomes something that can be shown without trusting it."""

import json
from datetime import timedelta

import pandas
import plotly.express as px
import pytest

from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.reports.charts import chart
from miyabi_dw.reports.failure import failure
from miyabi_dw.reports.formats import count, duration, prose, shown
from miyabi_dw.reports.outputs import blocks, markdown, plain
from miyabi_dw.reports.tables import Table, read_html
from support.archive_scenes import HOSTILE


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.body]


def only_table(frame: pandas.DataFrame) -> Table:
    parts = read_html(frame.to_html())
    assert len(parts) == 1
    assert isinstance(parts[0], Table)
    return parts[0]


def test_a_frame_keeps_its_values_and_loses_its_counter() -> None:
    frame = pandas.DataFrame({"issue_number": [4411, 4412], "rows": [1234567, 5], "title": [HOSTILE, "a & b"]})
    table = only_table(frame)
    assert [cell.text for cell in table.head[0]] == ["issue_number", "rows", "title"]
    assert cells(table) == [["4411", "1,234,567", HOSTILE], ["4412", "5", "a & b"]]
    assert table.numeric == [True, True, False]


def test_a_missing_number_does_not_turn_the_others_into_fractions() -> None:
    frame = pandas.DataFrame({"rows": [1234.0, None], "share": [0.5, None]}, index=["a", "b"])
    assert cells(only_table(frame)) == [["a", "1,234", "0.5"], ["b", "", ""]]


def test_a_frame_with_two_header_rows_keeps_both() -> None:
    columns = pandas.MultiIndex.from_tuples([("issues", "new"), ("issues", "old")])
    table = only_table(pandas.DataFrame([[1, 2]], index=["x"], columns=columns))
    assert [[cell.text for cell in row] for row in table.head] == [["", "issues"], ["", "new", "old"]]
    assert cells(table) == [["x", "1", "2"]]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>before{HOSTILE}</p>after",
        "<style>p{background:url(x)}</style>before<br>after",
        "<div onclick=x>before<p>after",
    ],
)
def test_other_html_is_reduced_to_its_words(html: str) -> None:
    assert [part for part in read_html(html) if isinstance(part, str)] == ["before\nafter"]


def test_a_chart_carries_no_theme_and_no_markup_of_datas() -> None:
    titles = [HOSTILE, "<b>bold</b> & <br> broken"]
    drawn = chart(json.loads(px.bar(x=titles, y=[1, 2], title=f"By {HOSTILE}").to_json()))
    assert drawn.figure is not None
    assert "<" not in drawn.figure
    figure = json.loads(drawn.figure)
    assert figure["data"][0]["x"] == ["&lt;script>alert(1)&lt;/script>", "&lt;b>bold&lt;/b> & <br> broken"]
    assert "template" not in figure["layout"]
    assert drawn.table.body[0][0].text == HOSTILE


def test_a_chart_keeps_the_formatting_of_whoever_drew_it() -> None:
    figure = {"data": [{"type": "bar", "x": ["a"], "y": [1], "hovertemplate": "<b>%{x}</b><br>%{y}<extra></extra>"}]}
    drawn = chart({**figure, "layout": {}})
    assert json.loads(str(drawn.figure))["data"][0]["hovertemplate"] == "<b>%{x}</b><br>%{y}<extra></extra>"


def test_packed_numbers_are_unpacked_for_the_table() -> None:
    frame = pandas.DataFrame(
        {"day": pandas.date_range("2025-11-01", periods=3), "rows": [1000, 2, 3], "kind": list("aab")}
    )
    drawn = chart(json.loads(px.line(frame, x="day", y="rows", color="kind").to_json()))
    assert [cell.text for cell in drawn.table.head[0]] == ["series", "day", "rows"]
    assert [row[2].text for row in drawn.table.body] == ["1,000", "2", "3"]


def test_a_chart_that_would_need_a_server_or_a_graphics_card_is_shown_without() -> None:
    many = pandas.DataFrame({"x": range(2000), "y": range(2000)})
    drawn = chart(json.loads(px.scatter(many, x="x", y="y", render_mode="webgl").to_json()))
    assert json.loads(str(drawn.figure))["data"][0]["type"] == "scatter"
    assert drawn.rows_left_out == 1800
    world = {"data": [{"type": "choropleth", "locations": ["JPN"], "z": [3]}], "layout": {"title": {"text": "World"}}}
    assert chart(world).figure is None


def test_markdown_has_no_markup_and_no_address_of_its_own() -> None:
    rendered = markdown(f"{HOSTILE} [out](https://example.com) [js](javascript:x) ![i](http://a/b) [in](index.html#a)")
    assert "<script" not in rendered
    assert rendered.count("href=") == 1
    assert 'href="index.html#a"' in rendered
    assert "<img" not in rendered


def test_a_terminals_text_is_as_a_terminal_leaves_it() -> None:
    assert plain("\x1b[31mred\x1b[0m\n10%\r50%\r100%\r\ndone\n") == "red\n100%\ndone"
    assert plain("x" * 30_000).endswith("10,000 more characters in the notebook")


@pytest.mark.parametrize("mime", ["application/javascript", "application/x-unknown"])
def test_what_cannot_be_shown_safely_is_left_to_the_notebook(mime: str) -> None:
    assert blocks({"output_type": "display_data", "data": {mime: "alert(1)"}}) == []


def test_an_svg_picture_cannot_run_scripts() -> None:
    [block] = blocks({"output_type": "display_data", "data": {"image/svg+xml": f"<svg>{HOSTILE}</svg>"}})
    assert block.kind == "image"
    assert block.value.startswith("data:image/svg+xml;base64,")


TRACE = [
    "\x1b[31mOSError\x1b[0m                 Traceback (most recent call last)",
    "File ~/work/lib/miyabi_dw/database.py:61, in Database.connect(self)\n     60 try:\n---> 61     return open()\n",
    "OSError: connection refused\nIs the server running?",
    "\nThe above exception was the direct cause of the following exception:\n",
    "ConnectionFailed                 Traceback (most recent call last)",
    "Cell In[4], line 1\n----> 1 extract(stage)\n",
    "File ~/work/lib/miyabi_dw/extraction.py:42, in extract(stage)\n---> 42     raise explained(error)\n",
    "File ~/site-packages/psycopg2/__init__.py:122, in connect(dsn)\n--> 122     conn = _connect(dsn)\n",
    "ConnectionFailed: nothing answers there (source)",
]


def test_a_traceback_is_read_for_its_cause_and_our_own_frames() -> None:
    told = failure({"ename": "ConnectionFailed", "evalue": "nothing answers there (source)", "traceback": TRACE})
    assert told.cause == "OSError: connection refused Is the server running?"
    assert [frame.place for frame in told.frames] == ["lib/miyabi_dw/extraction.py, line 42, in extract"]
    assert "/site-packages" in told.trace


def test_numbers_are_written_for_people() -> None:
    assert [duration(value) for value in (0.04, 9.96, 59.6, 94, 120, 7800, None)] == [
        "0.0 s", "10.0 s", "1 min", "1 min 34 s", "2 min", "2 h 10 min", "—",
    ]  # fmt: skip
    assert duration(timedelta(minutes=3)) == "3 min"
    assert [count(value) for value in (0, 1234567, None)] == ["0", "1,234,567", "—"]
    assert shown({"a_b": [1, None, True], "c": {}}) == "a b 1, —, true; c nothing"
    assert prose("run `a<b` & go") == "Run <code>a&lt;b</code> &amp; go"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("postgresql://etl:s3cr3t@db/dw", "postgresql://etl:***@db/dw"),
        ("host=db password=s3cr3t dbname=dw", "host=db password=*** dbname=dw"),
        ("host=db password='it''s' dbname=dw", "host=db password=***'s' dbname=dw"),
        ("sent to https://hooks.example/T000/abcdef123", "sent to ***"),
        ("no secret at all: time 12:30 user@example.com", "no secret at all: time 12:30 user@example.com"),
    ],
)
def test_secrets_are_hidden_wherever_they_stand(settings: Settings, text: str, hidden: str) -> None:
    given = settings.model_copy(
        update={"slack_webhook_url": type(settings.warehouse_url)("https://hooks.example/T000/abcdef123")}
    )
    assert redactor(given)(text) == hidden
