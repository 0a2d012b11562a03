"""Who opens a socket or an event stream: a person with a session's cookie, or a program with a bearer token."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import parse_cookie

from accounts.bearer import bearer_token
from accounts.lookups import signed_in, token_given
from accounts.sessions import SessionStore
from realtime.relay import get_relay

Application = Callable[..., Awaitable[Any]]


class AuthMiddlewareStack:
    """Puts `cookies`, `session` and `user` into the scope, as the stack of Channels does; with a bearer token `token`.

    A request with a token is that token's, whatever cookies come with it: with one that is wrong or revoked it is
    nobody's, and `token_refused` is set. What is written to the session is not saved.

    Channels asks for each user on one thread for all sockets (channels#2132), one after the other. Here those that come
    at the same time are looked up together. `known_since` is the moment before that (of `monotonic`): what was revoked
    later, the relay hears of.
    """

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        application = self.inner(await introduced(scope), receive, send)
        del scope, receive, send  # this frame lives as long as the socket
        return await application


async def introduced(scope: dict[str, Any]) -> dict[str, Any]:
    """The scope with who it is. Raises what the database raises."""
    cookies = cookies_of(scope)
    token, key = bearer_token(scope["headers"]), cookies.get(settings.SESSION_COOKIE_NAME)
    if token is None and key is None:
        return scope | {"cookies": cookies, "session": SessionStore(), "user": AnonymousUser()}
    await get_relay().keep_up()
    known_since = monotonic()
    who = await _program(token) if token is not None else await _person(key or "")
    return scope | {"cookies": cookies, "known_since": known_since} | who


def cookies_of(scope: dict[str, Any]) -> dict[str, str]:
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies: dict[str, str] = parse_cookie(value.decode("latin1"))
            return cookies
    return {}


async def _person(key: str) -> dict[str, Any]:
    found = await signed_in(key)
    if found is None:
        return {"session": SessionStore(), "user": AnonymousUser()}
    return {"session": found.session, "user": found.user or AnonymousUser()}


async def _program(given: str) -> dict[str, Any]:
    token = await token_given(given)
    return {
        "session": SessionStore(),
        "user": token.user if token else AnonymousUser(),
        "token": token,
        "token_refused": token is None,
    }
