"""How numbers and words are put into sentences."""

import pytest

from miyabi_dw.common.text import counted, cut, listed, one_line


@pytest.mark.parametrize(
    ("value", "words", "written"),
    [(1, ("row",), "1 row"), (2000, ("row",), "2,000 rows"), (0, ("query", "queries"), "0 queries")],
)
def test_a_number_agrees_with_its_word(value: int, words: tuple[str, ...], written: str) -> None:
    assert counted(value, *words) == written


def test_a_text_is_put_on_one_line_and_cut() -> None:
    assert one_line("  SELECT 1\n\tFROM  t ") == "SELECT 1 FROM t"
    assert [cut("12345", 5), cut("123456", 5)] == ["12345", "1234…"]


def test_words_are_listed_as_in_a_sentence() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
