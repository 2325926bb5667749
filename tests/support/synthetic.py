"""Source databases of any size and age that nobody has lived through: seeded, realistic, and hostile if asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from miyabi_dw.db.connection import Connection, execute, query

SQL = Path(__file__).parent / "sql" / "synthetic"
TABLES = ("issues", "executions", "code_generation", "reviews", "deployments", "commits", "labels", "worktrees")
MUTATIONS = ("issues", "deployments", "completions", "costs", "code_generation", "reviews", "labels", "worktrees")


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
    last = query(connection, _read("last_ids"))[0]
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
    return query(connection, _read("rows"))[0]


def mutate(connection: Connection, *, seed: int, as_of: datetime, share: float = 0.05) -> dict[str, int]:
    """Changes rows in place as a platform does until `as_of`; how many of each kind.

    Successes become rolled back a week later, executions complete, costs arrive, issues are edited, labels removed.
    """
    parameters = {"seed": seed, "as_of": as_of, "share": share}
    with _transaction(connection):
        execute(connection, _read("functions"), {})
        return {name: execute(connection, _read(f"mutate_{name}"), parameters) for name in MUTATIONS}


def _issue_line(first: datetime, end: datetime, issues: tuple[datetime, datetime] | None) -> dict[str, float]:
    """Which share of the issues has been created at which share of the days: a straight line."""
    if issues is None or issues[0] is None or issues[0] == issues[1]:
        return {"issue_scale": 1.0, "issue_shift": 0.0}
    span = issues[1] - issues[0]
    return {"issue_scale": (end - first) / span, "issue_shift": (first - issues[0]) / span}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _fill(connection: Connection, tables: list[str], parameters: dict[str, Any]) -> None:
    with _transaction(connection):
        execute(connection, _read("functions"), {})
        execute(connection, _read("take_keys_away"), {})
        for table in tables:
            execute(connection, _read(table), parameters)
        execute(connection, _read("put_keys_back"))
        execute(connection, _read("advance_sequences"))
    execute(connection, _read("analyze"))


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """One transaction also on a connection that commits each statement."""
    connection.commit()
    autocommit, connection.autocommit = connection.autocommit, False
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        connection.autocommit = autocommit


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
