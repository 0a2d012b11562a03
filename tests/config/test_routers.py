"""The router of the sockets finds what Channels' own finds."""

from typing import Any

import pytest
from channels.routing import URLRouter
from django.urls import re_path

from config.routers import SocketRouter

Found = tuple[str, dict[str, Any]]


def route(pattern: str, name: str, **defaults: str) -> Any:
    async def application(scope: dict[str, Any], receive: Any, send: Any) -> Found:
        return name, scope

    consumer: Any = application
    return re_path(pattern, consumer, defaults)


ROUTES = [
    route(r"^ws/chat/$", "chat"),
    route(r"^ws/chat/(?P<room>[a-z]+)/$", "room", form="plain"),
    route(r"^ws/([0-9]+)", "number"),
]


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/chat/lobby/", "//ws/chat/", "/ws/12/more"])
@pytest.mark.parametrize("root_path", ["", "/under"])
async def test_it_finds_the_same(path: str, root_path: str) -> None:
    scope = {"path": root_path + path, "root_path": root_path}
    ours: Found = await SocketRouter(ROUTES)(scope, None, None)
    theirs: Found = await URLRouter(ROUTES)(scope, None, None)
    assert ours == theirs
    assert scope == {"path": root_path + path, "root_path": root_path}


def test_it_finds_nothing_where_nothing_is() -> None:
    with pytest.raises(ValueError, match="No route"):
        SocketRouter(ROUTES)({"path": "/elsewhere/"}, None, None)
