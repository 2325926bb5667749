"""A kernel process: the same one whether it was forked from the zygote or started afresh."""

import atexit
import ctypes
import faulthandler
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from miyabi_dw.engine.protocol import KernelSpec

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Asks Linux to kill this process when its parent ends; elsewhere ipykernel's poller does that within a second."""
    _on_parent_death(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent(parent: int) -> None:
    """Takes `die_with_parent` back, unless the parent is already gone."""
    _on_parent_death(0)
    if os.getppid() != parent:
        os._exit(1)


def _on_parent_death(number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def serve(spec: KernelSpec, lifeline: socket.socket) -> None:
    """Runs notebook cells until told to shut down; never returns.

    Says `ready` on the lifeline when it listens, and `leaving` when it has been told to end: by then every cell has
    been answered and nothing is lost, however the process ends.
    """
    raw_output = _redirect_files(spec.raw_output)
    _settle(spec)
    app = _application(spec)
    # A child of the kernel that outlives it must not keep the lifeline open.
    lifeline.set_inheritable(False)
    os.register_at_fork(after_in_child=lifeline.close)
    lifeline.sendall(b'{"ready": true}\n')
    app.start()
    lifeline.sendall(b'{"leaving": true}\n')
    _leave(app, raw_output)


def _redirect_files(raw_output: str) -> int:
    """Returns the descriptor of the file that takes what nobody captures."""
    for path, flags, targets in (
        (os.devnull, os.O_RDONLY, (0,)),
        (raw_output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, (1, 2)),
    ):
        opened = os.open(path, flags, 0o600)
        for target in targets:
            os.dup2(opened, target)
        os.close(opened)
    # ipykernel captures descriptor 2; a crash report has to reach the file itself.
    kept = os.dup(2)
    faulthandler.enable(kept, all_threads=False)
    return kept


def _settle(spec: KernelSpec) -> None:
    os.environ.clear()
    os.environ.update(spec.env)
    time.tzset()
    os.chdir(spec.cwd)
    sys.argv = ["notebook"]
    numpy = sys.modules.get("numpy")
    if numpy is not None:  # forks share the state of numpy's global generator, and two notebooks must not
        numpy.random.seed()


def _application(spec: KernelSpec) -> Any:
    from miyabi_dw.engine import guard
    from miyabi_dw.engine.notebook_kernel import application

    app = application()
    app.connection_file = spec.connection_file
    app.parent_handle = os.getppid()
    # An own directory: neither somebody's startup files nor a history database take part in a run.
    app.ipython_dir = spec.directory
    app.config.HistoryManager.enabled = False
    app.initialize([])
    guard.install(app.shell)
    return app


def _leave(app: Any, raw_output: int) -> None:
    """Ends as the interpreter does (threads joined, exit handlers run) without taking down module by module.

    The runner has every output by now and reads no more: what is said from here on goes to the file of raw output.
    """
    app.reset_io()
    for captured in (1, 2):
        os.dup2(raw_output, captured)
    app.forget_exit_handlers()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    os._exit(0)


def main() -> None:
    """Entry of a kernel started afresh: `SPEC_FILE LIFELINE_FD PARENT_PID`."""
    die_with_parent(int(sys.argv[3]))
    lifeline = socket.socket(fileno=int(sys.argv[2]))
    file = Path(sys.argv[1])
    spec = KernelSpec.from_json(file.read_text())
    file.unlink()  # it holds the environment
    serve(spec, lifeline)
