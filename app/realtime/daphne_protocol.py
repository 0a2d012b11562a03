"""Daphne's WebSocket, as Tertulia runs it: close codes that a client can read, no work that nobody sees.

Autobahn reads the frames, answers pings and closes. What it does beside that is left out here: a line for its debug log
at each read and write, a table of its options at each connection, and sixty attributes that say nothing yet.
"""

import logging
from contextlib import suppress
from time import time
from typing import Any
from urllib.parse import unquote

from autobahn.websocket.types import ConnectionDeny
from autobahn.websocket.utf8validator import Utf8Validator
from daphne.utils import parse_x_forwarded_for
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from realtime.direct_write import bytes_waiting, goes_to_the_socket, write_at_once
from realtime.event_stream import LAST_READ_SECONDS
from realtime.frames import Frame, text_message
from realtime.upgrade import Upgrade

logger = logging.getLogger(__name__)

# Messages that Daphne holds for an application before it stops reading. Ours takes them at once, but while it is being
# let in; a read that has begun may bring 64 KiB more.
FRAMES_UNREAD = 64
# The same in bytes, and for what comes before the application has let anyone in.
BYTES_UNREAD = 65_536

# Copies of one head, 3 KiB, which autobahn keeps for as long as the socket lives.
OF_THE_HANDSHAKE = ("_wskey", "http_headers", "http_request_data", "http_response_data", "http_status_line")


class NobodyWaits:
    """Stands for the futures in which autobahn tells that a connection is open, and that it is closed."""

    def callback(self, _result: object) -> None:
        """There is nobody to tell."""


class WebSocketProtocol(DaphneProtocol):  # type: ignore[misc]
    """One connection. Autobahn's bound on size is kept for what comes in; what we send is bounded by what waits.

    What comes in faster than the application takes it is left to the kernel, which slows the sender down.
    """

    is_open = is_closed = NobodyWaits()
    websocket_extensions = ()
    _direct = False
    _paused = False
    _unread = 0
    _utf8validator: Any = None

    def __init__(self) -> None:
        """What autobahn sets here and in _connectionMade is the class's: see `made_for`."""

    @classmethod
    def made_for(cls, factory: Any) -> "type[WebSocketProtocol]":
        """The protocol of `factory`, with what autobahn gives each connection at first given to all of them.

        9 KiB a connection otherwise. Whatever comes to differ is set on the connection; nothing of it is changed in
        place but trafficStats, which counts for nobody.
        """
        first = DaphneProtocol()
        first.factory = factory
        first._connectionMade()
        shared = {
            name: staticmethod(value) if callable(value) else value
            for name, value in vars(first).items()
            if name not in vars(cls) and name != "utf8validator"
        }
        # For writes in pieces, which we do not ask for: one that did would fail here instead of mixing connections up.
        shared["send_queue"] = ()
        return type(cls.__name__, (cls,), shared)

    @property
    def utf8validator(self) -> Any:
        """Made for the first text that comes in."""
        if self._utf8validator is None:
            self._utf8validator = Utf8Validator()  # type: ignore[no-untyped-call]
        return self._utf8validator

    # --- the way in ---

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._direct = goes_to_the_socket(self.transport)
        with suppress(AttributeError, OSError):  # a socket in the file system knows no such option
            self.transport.setTcpNoDelay(True)
        self.factory.countConnections += 1

    def take_up(self, request: Upgrade, rest: bytes) -> None:
        """Do what autobahn's processHandshake and Daphne's onConnect do with a request that is in order."""
        self.server = self.factory.server_class
        self.server.protocol_connected(self)
        self.request, self.path, self.data = request, request.raw_path, rest
        self.websocket_version, self._wskey = 13, request.key
        self.websocket_protocols = request.subprotocols
        self.socket_opened = self.last_ping = time()
        self._find_addresses()
        self.handshake_deferred: Deferred[str | None] = Deferred()
        self.handshake_deferred.addCallbacks(self.succeedHandshake, self._denied)
        scope = {
            "type": "websocket",
            "path": unquote(request.path),
            "raw_path": request.raw_path,
            "root_path": self.server.root_path,
            "headers": request.headers,
            "query_string": request.query_string,
            "client": self.client_addr,
            "server": self.server_addr,
            "subprotocols": request.subprotocols,
        }
        self.applicationCreateWorked(self.server.create_application(self, scope))

    def _find_addresses(self) -> None:
        peer, host = self.transport.getPeer(), self.transport.getHost()
        self.client_addr = self.server_addr = None
        if hasattr(peer, "port"):
            self.client_addr, self.server_addr = [peer.host, peer.port], [host.host, host.port]
        if self.server.proxy_forwarded_address_header:
            self.client_addr, _scheme = parse_x_forwarded_for(
                dict(self.request.headers),
                self.server.proxy_forwarded_address_header,
                self.server.proxy_forwarded_port_header,
                self.server.proxy_forwarded_proto_header,
                self.client_addr,
            )

    def _denied(self, failure: Any) -> None:
        self.failHandshake(failure.value.reason, failure.value.code)

    def processHandshake(self) -> None:  # noqa: N802 - autobahn's name
        """Called for whatever comes in before the connection is open."""
        if not hasattr(self, "handshake_deferred"):
            super().processHandshake()
        elif len(self.data) > BYTES_UNREAD:
            self._pause()

    def serverAccept(self, subprotocol: str | None = None) -> None:  # noqa: N802 - Daphne's name
        # The application sees the list unquoted: `chat%2Ev1` is not what autobahn may agree to. It would raise where
        # nobody looks, and leave a connection that is neither open nor refused.
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            self.serverReject()
        else:
            super().serverAccept(subprotocol)

    def refuse(self) -> None:
        """This process is leaving: whoever is in front of it asks another one."""
        if self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            self.handshake_deferred.errback(ConnectionDeny(code=503, reason="Leaving"))  # type: ignore[no-untyped-call]
            del self.handshake_deferred
            self.server.protocol_disconnected(self)

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:  # noqa: N802, N803
        # An Origin that cannot be parsed is refused before the application sees it: it is not one of ours.
        if "Origin header" in reason:
            reason, code = "Access denied", 403
        super().failHandshake(reason, code, responseHeaders)

    def _onOpen(self) -> None:  # noqa: N802 - autobahn's name
        for name in OF_THE_HANDSHAKE:
            self.__dict__.pop(name, None)
        self.taken()
        self.onOpen()

    # --- what comes in ---

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._dataReceived(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - autobahn's names
        super().onMessage(payload, isBinary)
        self._unread += len(payload)
        if self._unread > BYTES_UNREAD or self.application_queue.qsize() > FRAMES_UNREAD:
            self._pause()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def taken(self) -> None:
        """The application has taken a message."""
        if (self._unread or self._paused) and self.application_queue.empty():
            self._unread = 0
            if self._paused:
                self._paused = False
                self.transport.resumeProducing()

    # --- what goes out ---

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Everything that goes out, be it ours or autobahn's, goes this way: so its order holds."""
        if not (self._direct and write_at_once(self.transport, data)):
            self.transport.write(data)

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802 - Daphne's name
        if isinstance(content, str):
            self.write(content)
        elif self.state == self.STATE_OPEN:
            self.sendFrame(opcode=2 if binary else 1, payload=content)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 - Daphne's name
        # sendClose, which Daphne calls, refuses 1009 and 1012.
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code or 1000)

    # --- the end ---

    def check_timeouts(self) -> None:
        """Never raises: Daphne looks at all connections in one go."""
        try:
            super().check_timeouts()
        except Exception:
            logger.exception("the timeouts of a connection could not be checked")
            self.transport.abortConnection()

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802 - autobahn's name
        super().dropConnection(abort)
        # Twisted waits until all is read, without end; and nobody pings any more.
        if not abort and bytes_waiting(self.transport):
            self.transport.reactor.callLater(LAST_READ_SECONDS, self.transport.abortConnection)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        self._connectionLost(reason)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        if hasattr(self, "server"):  # otherwise Daphne has not heard of it: autobahn refused its request
            super().onClose(wasClean, code, reason)
        self._paused, self._unread = False, 0
        # It refers back to this connection: without a cycle both go at once, and not when the collector comes by.
        self.__dict__.pop("application_queue", None)

    # --- realtime.socket.Transport ---

    def write(self, text: str) -> None:
        if self.state == self.STATE_OPEN:
            self.sendData(text_message(text))

    def write_at_once(self, frame: Frame) -> bool:
        return self.state == self.STATE_OPEN and self._direct and write_at_once(self.transport, frame.message)

    def close(self, code: int) -> None:
        self.serverClose(code)

    def waiting(self) -> int:
        return bytes_waiting(self.transport)
