"""How a runner asks its zygote for a kernel, and what they tell each other afterwards.

On the control socket: a header, a lifeline (a descriptor) and the kernel's specification. On that kernel's lifeline:
orders of one byte from the runner, lines of JSON (`pid`, `ready`, `leaving`, `exit`) to it. Its end means that the
other side is gone.
"""

import json
import signal
import socket
import struct
from dataclasses import asdict, dataclass, field
from typing import Self

from miyabi_dw.engine.imports import Imports

HEADER = struct.Struct("!I")
READY = b"!"
SIGNALS = {b"i": signal.SIGINT, b"t": signal.SIGTERM, b"k": signal.SIGKILL}


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """How a kernel is to be: where its files are, its directory, its whole environment, what its notebook imports."""

    connection_file: str
    directory: str
    raw_output: str
    cwd: str
    env: dict[str, str] = field(repr=False)
    imports: Imports = ()

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        told = json.loads(text)
        return cls(**{**told, "imports": imports_from(told["imports"])})


def imports_from(pairs: list[list[str]]) -> Imports:
    """The imports that JSON has as lists of two."""
    return tuple((module, name) for module, name in pairs)


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
