"""A backfill on the workers of a Dask cluster, which share nothing but the databases and the reports folder.

Before anything begins each worker is asked for its version and whether it sees the reports folder of this process.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from typing import Any

from miyabi_dw import __version__
from miyabi_dw.common.errors import BadRequest, ConnectionFailed
from miyabi_dw.common.files import DRAFT
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted, listed
from miyabi_dw.db.connection import Database
from miyabi_dw.db.scripts import migrations

Told = Mapping[str, str]
CONNECT_SECONDS = 10
NAMED = 3
SEEN = "seen"


@contextmanager
def cluster(settings: Settings, address: str) -> Iterator[Executor]:
    """Makes runs on the cluster's workers; each needs this package, the notebooks and its own settings.

    What a worker was at when it died goes to another one: its run is lost and its lock free. A run that failed is not
    repeated; whether it may be is for the runner to say. BadRequest names workers that cannot take part.
    """
    with _client(address) as client:
        check_workers(_asked(client, settings), about(settings))
        yield client.get_executor(pure=False, retries=0)


def count_workers(address: str) -> int:
    """How many runs the cluster at that address makes at once: one for each thread of its workers."""
    with _client(address) as client:
        count = sum(client.nthreads().values())
    if not count:
        raise BadRequest("the Dask cluster has no worker", address, f"start some: dask worker {address} --nworkers 2")
    return int(count)


def about(settings: Settings, mark: str = "") -> Told:
    """What must be the same on each side; `mark` is a file that the other side has made in its reports folder."""
    scripts = migrations()
    digest = hashlib.sha256("".join(script.checksum for script in scripts).encode()).hexdigest()
    schema = next(script.name for script in reversed(scripts) if not script.repeats)
    is_embedded = Database(settings).is_embedded("etl")
    return {
        "version": f"miyabi-dw {__version__} with schema {schema} ({digest[:7]})",
        "warehouse": f"the embedded server in {settings.home}" if is_embedded else "a server with a URL",
        "reports": SEEN if not mark or (settings.reports_dir / mark).is_file() else str(settings.reports_dir),
    }


def _here(mark: str) -> Told:
    """On a worker: what it says of itself, with its own settings."""
    return about(load_settings(), mark)


def _asked(client: Any, settings: Settings) -> dict[str, Told | Exception]:
    """What each worker says of itself, by its address; an exception where it could not."""
    mark = settings.reports_dir / f".shared-{uuid.uuid4().hex}{DRAFT}"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        told: dict[str, Told | Exception] = client.run(partial(_here, mark.name), on_error="return")
    finally:
        mark.unlink(missing_ok=True)
    return told


def check_workers(told: Mapping[str, Told | Exception], ours: Told) -> None:
    """BadRequest for workers that are of another version or schema, or that would write elsewhere; it names them."""
    silent = {name: _failed(said) for name, said in told.items() if isinstance(said, Exception)}
    _refuse(silent, "without a version to tell", "install the version of this machine there and start it again")
    answers = {name: said for name, said in told.items() if not isinstance(said, Exception)}
    for key, what, remedy in (
        ("version", f"of another version than this {ours['version']}", "install this one there and start it again"),
        ("warehouse", f"with another warehouse than {ours['warehouse']}", "give all the same MIYABI_WAREHOUSE_URL"),
        ("reports", "without this reports folder", "set MIYABI_REPORTS_DIR there to the folder that all share"),
    ):
        _refuse({name: said[key] for name, said in answers.items() if said[key] != ours[key]}, what, remedy)


def _failed(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _refuse(workers: Mapping[str, str], what: str, remedy: str) -> None:
    if workers:
        named = listed([f"{name} ({said})" for name, said in workers.items()], NAMED)
        raise BadRequest(f"the Dask cluster has {counted(len(workers), 'worker')} {what}", named, remedy)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise BadRequest(
            "a Dask cluster needs the package distributed", "--scheduler", "pip install 'miyabi-dw[dask]'"
        ) from None
    # What it has to say of a scheduler that ends is told in one sentence when the backfill stops.
    for name in ("distributed.client", "distributed.core", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionFailed(
            "no Dask scheduler answers there", address, "start it with `dask scheduler`, or correct the address"
        ) from error
