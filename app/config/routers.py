"""Channels' routers, for connections that live long."""

from collections.abc import Awaitable
from typing import Any

from channels.routing import URLRouter


class SocketRouter(URLRouter):  # type: ignore[misc]
    """Finds the consumer and is gone.

    Channels' own awaits it: a coroutine, and with it a copy of the scope, for each socket for as long as it is open.
    Takes no other routers among its routes.
    """

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[Any]:
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        for route in self.routes:
            if match := route.pattern.match(path):
                rest, args, kwargs = match
                url_route = {"args": args, "kwargs": kwargs | route.default_args}
                found: Awaitable[Any] = route.callback(
                    scope | {"path_remaining": rest, "url_route": url_route}, receive, send
                )
                return found
        raise ValueError(f"No route found for path {path!r}.")
