"""ipykernel's kernel as a scheduled notebook needs it: no TCP port, no debugger, nobody waited for at the end."""

import atexit
import sys
from typing import Any

import zmq
from zmq.eventloop.zmqstream import ZMQStream
from zmq.utils.garbage import gc as zero_copy

# With debugpy at hand ipykernel opens a TCP port for it; it also takes longer to import than the rest of the kernel.
if "ipykernel.debugger" not in sys.modules:
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    __import__("ipykernel.debugger")
    del sys.modules["debugpy"]

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel


class PrivatePipe(IOPubThread):
    """The pipe on which forked children print goes beside the kernel's other sockets; ipykernel takes a TCP port."""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = self.session.key
        self._pipe_path = f"{self.socket.last_endpoint.decode()}-forks"
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe_path)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        context: zmq.Context[Any] = zmq.Context()  # that of the parent does not survive a fork
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self._pipe_path)
        return context, pipe


class NotebookKernel(IPythonKernel):
    """Waits for no child process that nobody reaps (ipykernel: up to twenty seconds); the process group is killed."""

    async def _progressively_terminate_all_children(self) -> None: ...

    async def poll_stopped_queue(self) -> None: ...


class NotebookApp(kernelapp.IPKernelApp):
    def init_iopub(self, context: "zmq.Context[Any]") -> None:
        context.setsockopt(zmq.SNDHWM, 0)  # the default drops what a slow reader has not taken, the end of a cell too
        super().init_iopub(context)  # type: ignore[no-untyped-call]

    def forget_exit_handlers(self) -> None:
        """Leaves out those that ipykernel and pyzmq registered for themselves; those of the notebook remain.

        They close sockets while other threads may be in the middle of a send, and libzmq answers that with an abort.
        Whoever calls this has to end the process without them, by os._exit.
        """
        for handler in (self.close, self.iopub_thread.stop, zero_copy._atexit):
            atexit.unregister(handler)


def application() -> Any:
    kernelapp.IOPubThread = PrivatePipe  # type: ignore[attr-defined]
    app = NotebookApp.instance()
    app.kernel_class = NotebookKernel
    return app
