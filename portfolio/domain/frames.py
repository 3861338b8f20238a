"""Messages between a process and its child: four bytes of length, big endian, then JSON in UTF-8.

Question and answer take turns on one socket, so nothing ever follows a frame.
"""

import json
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    """Raises `OSError` where the other side is gone or the socket's timeout passes."""
    data = json.dumps(message, ensure_ascii=False).encode()
    channel.sendall(_LENGTH.pack(len(data)) + data)


def receive(channel: socket.socket, deadline: float | None = None) -> dict[str, Any]:
    """The next message. `deadline` is an instant of `time.monotonic`.

    Raises `TimeoutError` when it passes, `EOFError` where the other side is gone.
    """
    data = bytearray()
    while len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack_from(data)[0]:
        if deadline is not None:
            channel.settimeout(max(deadline - time.monotonic(), 0.001))
        part = channel.recv(_CHUNK)
        if not part:
            raise EOFError
        data += part
    message: dict[str, Any] = json.loads(data[_LENGTH.size :])
    return message
