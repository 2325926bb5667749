"""How a runner asks its zygote for a kernel, and what they tell each other afterwards.

On the control socket: a header, a lifeline (a descriptor) and the kernel's specification. On that kernel's lifeline:
orders of one byte from the runner, lines of JSON (`pid`, `ready`, `leaving`, `exit`) to it. Its end means that the
other side is gone.
"""

import signal
import socket
import struct

HEADER = struct.Struct("!I")
READY = b"!"
SIGNALS = {b"i": signal.SIGINT, b"t": signal.SIGTERM, b"k": signal.SIGKILL}


def send_request(control: socket.socket, body: bytes, lifeline: int) -> None:
    socket.send_fds(control, [HEADER.pack(len(body))], [lifeline])
    control.sendall(body)


def receive_request(control: socket.socket) -> tuple[bytes, socket.socket] | None:
    """None when the other side is gone."""
    header, descriptors, _, _ = socket.recv_fds(control, HEADER.size, 1)
    if len(header) < HEADER.size or not descriptors:
        return None
    (size,) = HEADER.unpack(header)
    lifeline = socket.socket(fileno=descriptors[0])
    body = b""
    while len(body) < size:
        piece = control.recv(size - len(body))
        if not piece:
            return None
        body += piece
    return body, lifeline
