"""What the notebook of a sync shows and keeps: accounts, failures, links."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.connect.progress import told
from miyabi_dw.connect.sync import Synced, sync
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import run_count

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects

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


def results(done: Synced) -> "pandas.DataFrame":
    import pandas

    return pandas.DataFrame(result_rows(done), columns=["connection", "kind", "record", *COUNTS])


def problems(done: Synced) -> "pandas.DataFrame":
    """Connections that failed and what was passed over, with where."""
    import pandas

    rows = [(row["connection"], row["reason"], 1, row["remedy"]) for row in failure_rows(done)]
    rows += [
        (origin.name, reason, passed.rows, "; ".join(passed.examples))
        for origin, landing in done.landings.values()
        for reason, passed in landing.skipped.items()
    ]
    return pandas.DataFrame(rows, columns=["connection", "what was found", "times", "where, or what to do"])


def links(done: Synced) -> "pandas.DataFrame":
    """what, linked, reason (or how), rows, examples."""
    import pandas

    rows = [
        (row["what"], "yes" if row["is_linked"] else "no", row["reason"], row["rows"], "; ".join(row["examples"]))  # type: ignore[arg-type]
        for row in link_rows(done)
    ]
    return pandas.DataFrame(rows, columns=["what", "linked", "how, or why not", "rows", "examples"])


def figure(done: Synced) -> "plotly.graph_objects.Figure":
    """How much of each kind is linked, in rows."""
    import plotly.graph_objects as graph

    names = [each.what for each in reversed(done.links)]
    linked = [each.linked for each in reversed(done.links)]
    rest = [each.total - each.linked for each in reversed(done.links)]
    bars = [
        graph.Bar(name=name, orientation="h", marker_color=colour, y=names, x=values)
        for name, colour, values in (("linked", "#2f855a", linked), ("not linked", "#a0aec0", rest))
    ]
    return graph.Figure(bars).update_layout(barmode="stack", xaxis_title="rows", template="simple_white")
