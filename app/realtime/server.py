"""Daphne, as Tertulia runs it: close codes that a client can read, a write without a task switch, a polite end.

    python -m realtime.server --bind 0.0.0.0 --port 8001

takes Daphne's own options.
"""

import asyncio
import logging
import os
import signal
import sys
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server as DaphneServer
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from twisted.internet import defer, reactor

from realtime.close_codes import GOING_AWAY
from realtime.collector import settle_in
from realtime.daphne_protocol import WebSocketProtocol
from realtime.drain import see_everyone_off
from realtime.front_door import FrontDoor
from realtime.mailbox import Mailbox
from realtime.relay import get_relay

logger = logging.getLogger(__name__)

# The name under which a scope's extensions hold Daphne's connection: realtime.socket.Transport, or a request.
TRANSPORT = "tertulia.transport"

# Connections that may wait to be accepted: after a deploy all of a worker's sockets come at once. Twisted's own is 50.
BACKLOG = 2048

# How long a handshake may take: longer than the database's pool and Redis' retries, so that an outage can be answered.
HANDSHAKE_SECONDS = 20

# How long a client may take to read what is before the close frame, and answer it. With autobahn's 1 s a slow reader is
# cut off before it can see why.
CLOSE_HANDSHAKE_SECONDS = 5

# How long handlers may take to end after their sockets were closed: as long as a query of the database may.
HANDLERS_SECONDS = 8
# The same in a hurry; also how long those that were cancelled may take.
HURRIED_SECONDS = 1


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne's server with the protocol above, frames bounded, and an end in which every handler runs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options |= {
            "endpoints": [with_backlog(endpoint) for endpoint in options.get("endpoints") or []],
            "websocket_max_message_size": settings.DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE,
            "websocket_max_frame_size": settings.DAPHNE_WEBSOCKET_MAX_FRAME_SIZE,
            "websocket_timeout": -1,  # the default closes every socket after a day
            "websocket_handshake_timeout": HANDSHAKE_SECONDS,
            "websocket_connect_timeout": HANDSHAKE_SECONDS,
            "ping_interval": settings.PING_INTERVAL,
            "ping_timeout": settings.PING_TIMEOUT,
            "ready_callable": self._prepare,
        }
        super().__init__(*args, **options)
        self._leaving = False
        self._hurry = asyncio.Event()

    def _prepare(self) -> None:
        """Called by run() when the factories are made and nothing is accepted yet."""
        reactor.callWhenRunning(self._take_signals)
        reactor.callWhenRunning(settle_in)
        # A frame over the bound is answered with a close frame (1009) instead of a bare drop. The second is Daphne's
        # own choice, which a call without it would undo: `null` is refused by our Origin check. The last is left to
        # Daphne's connect timeout, which looks at all sockets at once.
        self.ws_factory.setProtocolOptions(
            failByDrop=False,
            allowNullOrigin=True,
            closeHandshakeTimeout=CLOSE_HANDSHAKE_SECONDS,
            openHandshakeTimeout=0,
        )
        self.ws_factory.protocol = WebSocketProtocol.made_for(self.ws_factory)
        self._door = FrontDoor(
            daphne=self.http_factory.buildProtocol,
            websockets=self.ws_factory.buildProtocol,
            seconds=self.http_factory.timeOut,
        )
        self.http_factory.buildProtocol = self._door.meet

    def listen_success(self, port: Any) -> Any:
        """Daphne's own gives nothing back, and who leaves wants the port (`_leave`) to listen no more."""
        super().listen_success(port)
        return port

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Mailbox | None:
        """As Daphne does it; the connection is in the scope's extensions, and is told when a message was taken."""
        if self._leaving and isinstance(protocol, WebSocketProtocol):
            # Someone who came before we stopped listening. Its handshake is waited for only after this call.
            asyncio.get_running_loop().call_soon(protocol.refuse)
            return Mailbox()
        if protocol not in self.connections:
            return None
        scope["asgi"] = {"version": "3.0"}
        scope["extensions"] = {TRANSPORT: protocol}
        mailbox = Mailbox(getattr(protocol, "taken", None))
        work = self.application(scope, mailbox.get, partial(self.handle_reply, protocol))
        instance = asyncio.ensure_future(work)
        instance.add_done_callback(partial(self._ended, protocol))
        self.connections[protocol]["application_instance"] = instance
        return mailbox

    def _ended(self, protocol: Any, instance: "asyncio.Future[None]") -> None:
        """An application is done. Daphne would look once a second, and never again after an answer that failed."""
        details = self.connections.get(protocol, {})
        details.pop("application_instance", None)
        if instance.cancelled() or (error := instance.exception()) is None:
            return
        logger.error("Exception inside application: %s", error, exc_info=error)
        if "disconnected" not in details:
            try:
                protocol.handle_exception(error)
            except Exception:
                logger.exception("a connection could not be told that its application failed")
                protocol.transport.abortConnection()

    def protocol_disconnected(self, protocol: Any) -> None:
        if protocol in self.connections:  # else it has been told, and forgotten
            super().protocol_disconnected(protocol)

    def timeout_checker(self) -> None:
        """Called every two seconds."""
        self._door.let_the_silent_go()
        super().timeout_checker()

    # --- the end ---

    def _take_signals(self) -> None:
        """Twisted's own handlers know one stop, and complain about a second."""
        if self.signal_handlers:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda received, _: reactor.callFromThread(self._asked_to_stop, received))

    def _asked_to_stop(self, number: int) -> None:
        # Ctrl-C and a second SIGTERM mean at once.
        if self._leaving or number == signal.SIGINT:
            self._hurry.set()
        if not self._leaving:
            self.stop()

    def kill_all_applications(self) -> defer.Deferred[Any]:
        """Called before the reactor stops, which waits for what this returns."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        """Let nobody in, see everybody off, let every handler end; cancel what does not."""
        self._leaving = True
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        relay = get_relay()
        await see_everyone_off(relay, hurry=self._hurry)
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):  # those that the relay does not know
                protocol.serverClose(GOING_AWAY)
        await self._let_handlers_end()
        relay.stop()

    async def _let_handlers_end(self) -> None:
        handlers = [details.get("application_instance") for details in self.connections.values()]
        running = [handler for handler in handlers if handler is not None and not handler.done()]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=HURRIED_SECONDS)
        if late:
            hurried = asyncio.ensure_future(self._hurry.wait())
            ended = asyncio.ensure_future(asyncio.wait(late))
            await asyncio.wait({ended, hurried}, timeout=HANDLERS_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
            ended.cancel()
            late = {handler for handler in late if not handler.done()}
        for handler in late:
            handler.cancel()
        if late:
            await asyncio.wait(late, timeout=HURRIED_SECONDS)
        logger.info("handlers ended", extra={"ended": len(running) - len(late), "cancelled": len(late)})


def with_backlog(endpoint: str) -> str:
    """A Twisted endpoint description with room for the connections that wait."""
    return f"{endpoint}:backlog={BACKLOG}" if endpoint.startswith("tcp:") and "backlog=" not in endpoint else endpoint


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line, starting our server."""

    server_class = Server


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings, so that a mistake in them is said in plain words
    except ImproperlyConfigured as error:
        sys.exit(f"tertulia: {error}")
    application = settings.ASGI_APPLICATION.replace(".application", ":application")
    CommandLine().run(["--proxy-headers", "--verbosity", "0", "--no-server-name", *sys.argv[1:], application])


if __name__ == "__main__":
    main()
