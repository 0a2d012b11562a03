"""Event streams are for our own pages and for programs, not for other sites' pages."""

from collections.abc import Sequence
from typing import Any

from accounts.bearer import bearer_token
from accounts.origin import parse_origin
from chat.errors import Forbidden
from chat.sse_refusals import Application, refuse


class OwnPagesOnly:
    """Refuses (403) a request that a browser says another site's page has made.

    A stream only reads, and we send no CORS header, so that such a page could not read it; it could still take its
    visitor's places. Unlike a handshake, a GET from one of our own pages need not name its Origin. A program that shows
    a bearer token is let through: no browser sends that header by itself.
    """

    def __init__(self, application: Application, origins: Sequence[str]) -> None:
        self._application = application
        self._ours = {parse_origin(origin) for origin in origins}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if bearer_token(scope["headers"]) is None and self._is_foreign(scope["headers"]):
            return await refuse(send, Forbidden("Only pages of this server may open a stream."))
        return await self._application(scope, receive, send)

    def _is_foreign(self, headers: list[tuple[bytes, bytes]]) -> bool:
        origins = [parse_origin(value.decode("latin1")) for name, value in headers if name == b"origin"]
        sites = [value for name, value in headers if name == b"sec-fetch-site"]
        # `none`: typed into the address bar. `same-site` is another host or port.
        return any(origin is None or origin not in self._ours for origin in origins) or any(
            site not in {b"same-origin", b"none"} for site in sites
        )
