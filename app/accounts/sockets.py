"""Who opens a socket: Channels' AuthMiddlewareStack, with its look into the database on the threads of the sockets."""

from typing import Any

from channels.auth import AuthMiddleware, get_user
from channels.sessions import CookieMiddleware, SessionMiddleware

from realtime.database import in_database


class SocketAuthMiddleware(AuthMiddleware):  # type: ignore[misc]
    """Puts the session's user into scope["user"].

    Channels would ask for the users of all sockets on one thread (channels#2132): while the database is away, the n-th
    handshake would wait n times as long.
    """

    async def resolve_scope(self, scope: dict[str, Any]) -> None:
        scope["user"]._wrapped = await in_database(get_user.func, scope)


def AuthMiddlewareStack(inner: Any) -> Any:  # noqa: N802 - the name that a reader of Channels looks for
    """Cookies, the session, the user."""
    return CookieMiddleware(SessionMiddleware(SocketAuthMiddleware(inner)))
