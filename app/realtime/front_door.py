"""Who meets a connection first: a request for a WebSocket in plain order is let in at once, all else is Daphne's.

Daphne has Twisted read each request as HTTP, writes the head of a WebSocket's anew and has autobahn read it again. That
was a third of what a handshake cost, and leaves a dozen objects that live as long as the socket.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper

from realtime.upgrade import read_upgrade


class FrontDoor:
    """Those who have connected and said nothing yet."""

    def __init__(self, *, daphne: Callable[[Any], Any], websockets: Callable[[Any], Any], seconds: float) -> None:
        """`daphne` and `websockets` make a protocol for an address; who says nothing is let go after `seconds`."""
        self.daphne = daphne
        self.websockets = websockets
        self._seconds = seconds
        self.silent: dict[Visitor, float] = {}

    def meet(self, address: Any) -> "Visitor":
        """As a factory's buildProtocol."""
        return Visitor(self, address)

    def let_the_silent_go(self) -> None:
        """To be called every now and then: one look for all costs less than a timer for each."""
        long_ago = monotonic() - self._seconds
        for visitor, since in list(self.silent.items()):
            if since > long_ago:
                break  # in the order in which they came
            visitor.transport.abortConnection()


class Visitor(Protocol):
    """A connection, up to its first bytes."""

    transport: Any

    def __init__(self, door: FrontDoor, address: Any) -> None:
        self._door = door
        self._address = address

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._door.silent[self] = monotonic()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        request = read_upgrade(data)
        if request is None:
            self._handed_to(self._door.daphne).dataReceived(data)
        else:
            self._handed_to(self._door.websockets).take_up(*request)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 - Twisted's name
        self._door.silent.pop(self, None)

    def _handed_to(self, make: Callable[[Any], Any]) -> Any:
        """The protocol whose connection this is from now on."""
        del self._door.silent[self]
        protocol = make(self._address)
        if isinstance(self.transport, ProtocolWrapper):  # TLS
            self.transport.wrappedProtocol = protocol
        else:
            self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        return protocol
