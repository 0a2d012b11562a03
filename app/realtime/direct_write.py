"""One system call for what is written to a connection of Twisted's, where Twisted takes three: docs/fan-out.md."""

from typing import Any

from twisted.internet.tcp import Connection


def goes_to_the_socket(transport: Any) -> bool:
    """Whether what is written to `transport` is what travels: not so where Twisted encrypts it."""
    return isinstance(transport, Connection) and not transport.TLS


def write_at_once(transport: Any, data: bytes) -> bool:
    """Hand `data` to the kernel, where nothing waits before it; what the kernel does not take waits in `transport`.

    False: nothing was written, and the caller has `transport` write it, behind what waits. Never raises. For a
    transport that goes_to_the_socket.
    """
    if not transport.connected or transport.disconnecting or transport._tempDataLen or transport.dataBuffer:
        return False
    try:
        sent: int = transport.socket.send(data)
    except OSError:
        # The kernel has no room, or the other end is gone: Twisted finds out which, when it writes.
        return False
    if sent < len(data):
        transport.write(data[sent:])
    return True


def bytes_waiting(transport: Any) -> int:
    """What was written to one of Twisted's TCP transports and has not left this process."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
