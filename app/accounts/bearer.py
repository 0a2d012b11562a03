"""Programs: `Authorization: Bearer <token>`, for the sockets and for the API alike."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.middleware import BaseMiddleware
from django.contrib.auth.models import AnonymousUser

from accounts.models import Token
from accounts.tokens import find_token
from realtime.database import in_database

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of a request's Authorization header; None where it has none (or one of another kind)."""
    for name, value in headers:
        if name == b"authorization":
            kind, _, token = value.decode("latin1").partition(" ")
            if kind.lower() == "bearer":
                return token.strip()
    return None


class BearerTokenMiddleware(BaseMiddleware):  # type: ignore[misc]
    """Puts the token's user into scope["user"] and the token into scope["token"].

    A request with a token is that token's, whatever cookies come with it: with one that is wrong or revoked, nobody's,
    and scope["token_refused"] is set.
    """

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> Any:
        given = bearer_token(scope["headers"])
        if given is not None:
            token: Token | None = await in_database(find_token, given)
            scope = scope | {
                "user": token.user if token else AnonymousUser(),
                "token": token,
                "token_refused": token is None,
            }
        return await super().__call__(scope, receive, send)
