"""The process kernels are forked from: it imports what notebooks import, then forks one kernel a request.

It holds no connection, no zmq context and, checked before it serves, no second thread. It imports what is quick and
serves; where the slow imports are wanted, a twin forked off does them and takes over when it is ready. Nothing here
outlives the runner: the end of the control socket, the end of a kernel's lifeline and another parent each end it.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

from miyabi_dw.engine import kernel
from miyabi_dw.engine.imports import Imports
from miyabi_dw.engine.preload import preload_quick, preload_slow, settle, slow
from miyabi_dw.engine.protocol import READY, SIGNALS, KernelSpec, imports_from, receive_request, send_request


@dataclass
class Child:
    pid: int
    lifeline: socket.socket
    directory: str

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def tell(self, **news: Any) -> None:
        with contextlib.suppress(OSError):
            self.lifeline.sendall(json.dumps(news).encode() + b"\n")


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.parent = os.getppid()
        self.children: dict[int, Child] = {}
        self.twin: socket.socket | None = None
        self.twin_ready = self.twin_tried = False
        self.selector = selectors.DefaultSelector()
        self.woken, self.waker = socket.socketpair()

    def serve(self) -> NoReturn:
        self._watch()
        while os.getppid() == self.parent:
            for key, _ in self.selector.select(timeout=0.5):
                key.data()
        self.end()

    def _watch(self) -> None:
        self.waker.setblocking(False)
        self.woken.setblocking(False)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self.woken, selectors.EVENT_READ, self._reap)
        self.selector.register(self.control, selectors.EVENT_READ, self._on_request)

    def start_twin(self, imports: Imports) -> None:
        """Once only: a twin that dies of its imports would die of them again."""
        if not self.twin_tried:
            self.twin_tried = True
            self.twin = _twin(self, imports)
            self.selector.register(self.twin, selectors.EVENT_READ, self._on_twin)

    def _on_twin(self) -> None:
        assert self.twin is not None
        self.twin_ready = self.twin.recv(1) == READY
        if not self.twin_ready:
            self.selector.unregister(self.twin)
            self.twin.close()
            self.twin = None

    def _on_request(self) -> None:
        request = receive_request(self.control)
        if request is None:
            self.end()
        body, lifeline = request
        spec = KernelSpec.from_json(body)
        is_slow = bool(slow(spec.imports))
        if is_slow:
            self.start_twin(spec.imports)
        if self.twin is not None and (self.twin_ready or is_slow):
            send_request(self.twin, body, lifeline.fileno())
            lifeline.close()
        else:
            self._fork_kernel(spec, lifeline)

    def _fork_kernel(self, spec: KernelSpec, lifeline: socket.socket) -> None:
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_kernel(me, spec, lifeline)
        child = Child(pid, lifeline, spec.directory)
        self.children[pid] = child
        child.tell(pid=pid)
        self.selector.register(lifeline, selectors.EVENT_READ, lambda: self._on_lifeline(child))

    def _become_kernel(self, parent: int, spec: KernelSpec, lifeline: socket.socket) -> NoReturn:
        try:
            os.setsid()
            kernel.die_with_parent(parent)
            self.let_go()
            kernel.serve(spec, lifeline)
        except BaseException:  # noqa: BLE001 - a kernel must never return into the zygote's loop
            traceback.print_exc(file=sys.__stderr__)
        os._exit(1)

    def let_go(self) -> None:
        """What a child must not hold: an open end here would hide from another process that this one is gone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for held in (self.control, self.twin, self.woken, self.waker, *(c.lifeline for c in self.children.values())):
            if held is not None:
                held.close()

    def _on_lifeline(self, child: Child) -> None:
        try:
            order = child.lifeline.recv(1)
        except OSError:
            order = b""
        if order in SIGNALS:
            child.signal(SIGNALS[order])
        else:
            self.selector.unregister(child.lifeline)
            child.signal(signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.woken.recv(4096)
        for pid, child in list(self.children.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self._bury(child, status)

    def _bury(self, child: Child, status: int) -> None:
        child.signal(signal.SIGKILL)  # what the kernel left behind in its process group
        child.tell(exit=os.waitstatus_to_exitcode(status))
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(child.lifeline)
        child.lifeline.close()
        del self.children[child.pid]

    def end(self) -> NoReturn:
        for child in self.children.values():
            child.signal(signal.SIGKILL)
            shutil.rmtree(child.directory, ignore_errors=True)
        os._exit(0)


def _twin(first: Zygote, imports: Imports) -> socket.socket:
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    if os.fork() == 0:
        ours.close()
        first.let_go()
        kernel.die_with_parent(parent)  # while it imports it does not listen
        preload_slow(imports)
        settle()
        twin = Zygote(theirs)
        twin.twin_tried = True  # it has imported everything itself
        kernel.outlive_parent(parent)  # from here on it ends by itself, its kernels first
        theirs.sendall(READY)
        twin.serve()
    theirs.close()
    return ours


def main() -> None:
    """`CONTROL_FD IMPORTS`: the socket on which the runner asks, and what its notebooks import, as JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    imports = imports_from(json.loads(sys.argv[2]))
    preload_quick(imports)
    settle()
    zygote = Zygote(control)
    if slow(imports):
        zygote.start_twin(imports)
    control.sendall(READY)
    zygote.serve()
