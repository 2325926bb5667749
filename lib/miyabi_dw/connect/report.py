"""What the notebook of a sync shows and keeps: accounts, failures, links."""

from collections.abc import Iterator

from miyabi_dw.common.display import Chart, Grid, Series, Tile, Tiles, columns
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.connect.progress import told
from miyabi_dw.connect.sync import Synced, sync
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import run_count

COUNTS = ("read", "inserted", "updated", "unchanged", "deleted", "quarantined")
SOURCE = "(source)"


def sync_connections(connection: str = "", run_id: str = "", *, settings: Settings | None = None) -> Synced:
    """Syncs all connections, or the named one, and keeps what was found with the run."""
    settings = settings or load_settings()
    with told(settings.home) as tell:
        done = sync(settings, connection, tell)
    if run_id:
        keep(Database(settings), run_id, done)
    return done


def keep(database: Database, run_id: str, done: Synced) -> None:
    """Writes the sync's results into `ops`; an earlier attempt of the same run is replaced."""
    with database.connect("etl", application_name=f"miyabi-dw:{run_id}") as connection:
        run_count(connection, "connect/report/forget", {"run_id": run_id})
        for row in result_rows(done):
            run_count(connection, "connect/report/keep_result", {"run_id": run_id, **row})
        for row in failure_rows(done):
            run_count(connection, "connect/report/keep_failure", {"run_id": run_id, **row})
        for row in link_rows(done):
            run_count(connection, "connect/report/keep_links", {"run_id": run_id, **row})


def result_rows(done: Synced) -> Iterator[dict[str, object]]:
    """What was read and written, a row a connection and kind of record; then the tables of the source."""
    for origin, landing in done.landings.values():
        for record, counts in landing.counts.items():
            numbers = {name: getattr(counts, name) for name in COUNTS}
            yield {"connection": origin.name, "kind": origin.kind, "record": record, **numbers}
    for account in done.accounts:
        numbers = {name: getattr(account, name) for name in ("inserted", "updated", "unchanged", "deleted")}
        read = account.inserted + account.updated + account.unchanged
        yield {
            "connection": SOURCE,
            "kind": "table",
            "record": account.table,
            "read": read,
            **numbers,
            "quarantined": 0,
        }


def failure_rows(done: Synced) -> Iterator[dict[str, object]]:
    for failed in done.failures:
        yield {
            "connection": failed.connection, "code": failed.error.code, "reason": failed.error.finding,
            "remedy": failed.error.remedy,
        }  # fmt: skip


def link_rows(done: Synced) -> Iterator[dict[str, object]]:
    """How rows were linked and why some were not, with a few examples."""
    for each in done.links:
        for reason in each.reasons:
            yield {
                "what": each.what, "reason": reason.reason, "is_linked": reason.is_linked, "rows": reason.rows,
                "examples": list(reason.examples),
            }  # fmt: skip


def figures(done: Synced) -> Tiles:
    """What was read and written by all connections together."""
    rows = [row for row in result_rows(done) if row["connection"] != SOURCE]
    read, new, gone = (sum(int(str(row[name])) for row in rows) for name in ("read", "inserted", "deleted"))
    return Tiles(
        (
            Tile("Connections", f"{len(done.landings):,}", note=f"{len(done.failures):,} failed"),
            Tile("Records read", f"{read:,}"),
            Tile("New", f"{new:,}"),
            Tile("Deleted", f"{gone:,}"),
        )
    )


def results(done: Synced) -> Grid:
    """What became of each kind of record, and of each table of the source."""
    head = columns("connection", "kind", "record", *(f"{name}|number" for name in COUNTS))
    rows = tuple(tuple(_written(value) for value in row.values()) for row in result_rows(done))
    return Grid(head, rows, "No connection was read.")


def problems(done: Synced) -> Grid:
    """Connections that failed and what was passed over, with where."""
    head = columns("connection", "what was found", "times|number", "where, or what to do")
    rows = [(row["connection"], row["reason"], 1, row["remedy"]) for row in failure_rows(done)]
    rows += [
        (origin.name, reason, passed.rows, "; ".join(passed.examples))
        for origin, landing in done.landings.values()
        for reason, passed in landing.skipped.items()
    ]
    return Grid(head, tuple(tuple(map(_written, row)) for row in rows), "Every connection was read to its end.")


def links(done: Synced) -> Grid:
    """How rows were linked to issues and why some were not, with a few examples."""
    head = columns("what", "linked|state", "how, or why not", "rows|number", "examples")
    rows = tuple(
        (
            each.what,
            "good:linked" if reason.is_linked else "idle:not linked",
            reason.reason,
            f"{reason.rows:,}",
            "; ".join(reason.examples),
        )
        for each in done.links
        for reason in each.reasons
    )
    return Grid(head, rows, "There is nothing to link.")


def figure(done: Synced) -> Chart:
    """How much of each kind is linked, in rows."""
    counts = {
        "linked": [each.linked for each in done.links],
        "not linked": [each.total - each.linked for each in done.links],
    }
    series = tuple(
        Series(name, tuple(map(float, values)), tuple(f"{value:,}" for value in values))
        for name, values in counts.items()
    )
    return Chart("Linked to an issue", "rows", tuple(each.what for each in done.links), series)


def _written(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
