"""What both forms of a chat connection share: whose it is, its socket, and the rooms that it listens to."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings

from accounts.keys import user_key
from accounts.models import User
from accounts.selectors import credential_still_good
from chat.access import Access, access_of
from chat.errors import NotFound, NotSignedIn, TooMany, TooManySockets
from realtime.database import in_database
from realtime.frames import Encoder
from realtime.relay import Relay, get_relay
from realtime.replay import Replay, StreamGone
from realtime.socket import Socket

logger = logging.getLogger(__name__)


async def admitted(scope: dict[str, Any], socket: Socket) -> "Connection":
    """The connection of an attached socket whose user is signed in. Raises TooManySockets and NotSignedIn."""
    user, relay = scope["user"], get_relay()
    if relay.count(user_key(user.pk)) > settings.MAX_SOCKETS_PER_USER:
        raise TooManySockets(f"{settings.MAX_SOCKETS_PER_USER} sockets and streams at most. Close one.")
    # What was revoked before it was looked up was seen there, and what is revoked from now on closes the socket.
    if relay.heard(socket.keys, since=scope["known_since"]) and not await in_database(credential_still_good, scope):
        raise NotSignedIn
    socket.who = str(user.pk)
    return Connection(name=uuid4().hex, user=user, socket=socket, relay=relay)


@dataclass(eq=False, slots=True)
class Connection:
    """One signed-in socket and its relay."""

    name: str
    user: User
    socket: Socket
    relay: Relay

    def described(self, room: str | None) -> dict[str, str | None]:
        """For the line that says that it was opened."""
        return {"user": self.user.username, "room": room, "connection": self.name}

    async def access(self, slug: str) -> Access:
        """Asked for at each subscribe. Raises NotFound."""
        return await access_of(user=self.user, slug=slug)

    async def listen(
        self,
        access: Access,
        *,
        since: int | None,
        encode: Encoder,
        ended: Callable[[str], None],
        answer: Callable[[Replay], str | None],
        ephemeral: Callable[[str], str] | None = None,
    ) -> None:
        """Subscribe to the room. Raises NotFound and TooMany."""
        stream, heard = access.stream, self.relay.subscriptions(self.socket)
        if stream not in heard and len(heard) >= settings.MAX_SUBSCRIPTIONS:
            raise TooMany(f"A socket listens to {settings.MAX_SUBSCRIPTIONS} rooms at most.")
        try:
            await self.relay.subscribe(
                self.socket,
                stream,
                since=since,
                as_of=access.seq,
                encode=encode,
                ended=ended,
                answer=answer,
                ephemeral=ephemeral,
            )
        except StreamGone as error:
            raise NotFound from error
