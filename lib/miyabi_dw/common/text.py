"""How a number and what it counts are written."""


def counted(value: int, one: str, many: str | None = None) -> str:
    """1 row, 2,000 rows; `many` for a word whose plural is not its singular with an s."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"
