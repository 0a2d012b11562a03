"""The Origin check of the handshake: only pages that we serve may open a socket with a person's cookies."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier

from accounts.bearer import bearer_token

DEFAULT_PORTS = {"http": 80, "https": 443}

Application = Callable[..., Awaitable[Any]]


def parse_origin(origin: str) -> tuple[str, str, int] | None:
    """(scheme, host, port), so that two spellings of one origin are equal; None for `null` and other garbage."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


class OriginCheck:
    """Refuses (403) a handshake whose Origin is not one of ours.

    Stricter than Channels' AllowedHostsOriginValidator, which looks at the host alone, and calm about an Origin that
    cannot be parsed, which makes that one raise. A program that shows a bearer token needs no Origin: no browser sends
    that header by itself.
    """

    def __init__(self, application: Application, origins: Sequence[str]) -> None:
        self._application = application
        self._denier: Application = WebsocketDenier.as_asgi()
        self._ours = {parse_origin(origin) for origin in origins}

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[Any]:
        """Not awaited, so that no coroutine of ours lives as long as the socket."""
        allowed = bearer_token(scope["headers"]) is not None or self._is_ours(scope)
        application = self._application if allowed else self._denier
        return application(scope, receive, send)

    def _is_ours(self, scope: dict[str, Any]) -> bool:
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if len(origins) != 1:
            return False
        origin = parse_origin(origins[0].decode("latin1"))
        return origin is not None and origin in self._ours
