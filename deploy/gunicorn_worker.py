"""gunicorn's threaded worker, with an end in which nothing that nginx sent is lost.

gunicorn answers what it has accepted, and a request that comes by a kept connection while it leaves. But it leaves its
listening socket open until then, and the kernel goes on connecting: who waits there is reset when the worker exits. For
a GET nginx asks another worker; a POST it may not send twice.
"""

import ctypes
import socket
import struct
from types import FrameType

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

# A classic BPF program that drops a segment whose SYN flag is set and lets any other pass: the connections that the
# kernel has begun are completed, and none is added. (code, jump if true, jump if false, operand)
DROP_SYN = (
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x45, 0, 1, 0x02),  # SYN?
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
)
SO_ATTACH_FILTER = 26  # Linux; Python has no name for it


def refuse_new_connections(listener: socket.socket) -> None:
    """nginx hears nothing, and tries again or elsewhere; once the socket is closed, a moment later, it is refused."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in DROP_SYN))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(DROP_SYN), ctypes.addressof(code)))


class Worker(ThreadWorker):  # type: ignore[misc]
    """On SIGTERM: no new connections, everything that waits is accepted, then the listening sockets are closed."""

    _stopping = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not set by a worker that leaves alone after max_requests: its neighbours go on with the same sockets.
        self._stopping = True
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self._stopping and not self.alive and not enabled:
            for listener in self.sockets:
                self._close(listener)

    def _close(self, listener: socket.socket) -> None:
        try:
            refuse_new_connections(listener)
        except OSError as error:
            self.log.warning("The socket takes connections to its end: %s", error)
        waiting = -1
        while waiting != self.nr_conns:  # accept() counts, and is silent when nobody waits
            waiting = self.nr_conns
            self.accept(listener)
        listener.close()
