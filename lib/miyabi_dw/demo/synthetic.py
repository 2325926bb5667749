"""Source databases of any size and age that nobody has lived through: seeded, realistic, and hostile if asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.db.statements import source_text

TABLES = ("issues", "executions", "code_generation", "reviews", "deployments", "commits", "labels", "worktrees")
# What `add_pull_requests` gives commits beyond what a source must have.
ADDED_COLUMNS = frozenset({"lines_added", "lines_deleted", "code_lines_added", "code_lines_churned", "reverted_at"})


def generate(
    connection: Connection,
    *,
    n_issues: int = 200,
    n_executions: int = 2_000,
    first_day: date = date(2026, 1, 1),
    last_day: date = date(2026, 3, 31),
    seed: int = 1,
    hostile_share: float = 0.0,
) -> dict[str, int]:
    """Adds a history from `first_day` to `last_day` to a source; the rows of each table afterwards.

    What is not over by the end of `last_day` is open, running or incomplete. Called again it adds to what there is,
    so that days long past get late rows. `hostile_share` of the rows hold text that breaks careless programs and
    numbers that cannot be true. The same arguments give the same rows on every server.
    """
    last = query(connection, _text("last_ids"))[0]
    first, end = _midnight(first_day), _midnight(last_day + timedelta(days=1))
    parameters = {
        "seed": seed,
        "hostile": hostile_share,
        "first": first,
        "end": end,
        "n_issues": n_issues,
        "n_executions": n_executions,
        "issue_base": last["issues"] if n_issues else 0,
        "issue_count": n_issues or last["issues"],
        **_issue_line(first, end, None if n_issues else (last["first_issue"], last["last_issue"])),
        "execution_base": last["executions"],
    }
    _fill(connection, [name for name in TABLES if name == "executions" or n_issues], parameters)
    return query(connection, _text("rows"))[0]


def add_pull_requests(connection: Connection, last_day: date, seed: int = 1) -> None:
    """What git and GitHub tell beside it, as known by the end of `last_day`; only once, right after `generate`."""
    with changing(connection):
        execute(connection, _text("pull_requests"), {"seed": seed, "end": _midnight(last_day + timedelta(days=1))})


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """One transaction, also on a connection that commits each statement, with the generator's functions."""
    connection.commit()
    autocommit, connection.autocommit = connection.autocommit, False
    try:
        execute(connection, _text("functions"), {})
        yield
        connection.commit()
    finally:
        connection.rollback()
        connection.autocommit = autocommit


def _issue_line(first: datetime, end: datetime, issues: tuple[datetime, datetime] | None) -> dict[str, float]:
    """Which share of the issues has been created at which share of the days: a straight line."""
    if issues is None or issues[0] is None or issues[0] == issues[1]:
        return {"issue_scale": 1.0, "issue_shift": 0.0}
    span = issues[1] - issues[0]
    return {"issue_scale": (end - first) / span, "issue_shift": (first - issues[0]) / span}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _fill(connection: Connection, tables: list[str], parameters: Mapping[str, object]) -> None:
    with changing(connection):
        execute(connection, _text("take_keys_away"), {})
        for table in tables:
            execute(connection, _text(table), parameters)
        execute(connection, _text("put_keys_back"))
        execute(connection, _text("advance_sequences"))
    execute(connection, _text("analyze"))


def _text(name: str) -> str:
    """As it is written: the texts that it makes hold braces, which are no placeholders."""
    return source_text(f"demo/synthetic/{name}")
