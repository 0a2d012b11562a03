"""Everything that a reader of a Channels tutorial looks for, where the tutorial has it."""

from importlib import import_module

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from daphne.management.commands import runserver
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.utils.module_loading import import_string

from accounts.origin import OriginCheck
from accounts.sockets import AuthMiddlewareStack
from chat.consumers import ChatConsumer
from realtime.server import Server


def test_daphne_comes_first() -> None:
    assert settings.INSTALLED_APPS[0] == "daphne"
    assert "channels" in settings.INSTALLED_APPS
    assert "chat" in settings.INSTALLED_APPS


def test_the_application_is_where_the_settings_say() -> None:
    assert settings.ASGI_APPLICATION == "config.asgi.application"
    application = import_string(settings.ASGI_APPLICATION)
    assert isinstance(application, ProtocolTypeRouter)
    assert set(application.application_mapping) == {"http", "websocket", "lifespan"}
    assert isinstance(application.application_mapping["http"].routes[-1].callback, ASGIHandler)


def test_a_socket_passes_the_origin_check_and_then_the_auth_middleware() -> None:
    sockets = import_string(settings.ASGI_APPLICATION).application_mapping["websocket"]
    layers = []
    while sockets is not None:
        layers.append(type(sockets))
        sockets = next((getattr(sockets, name) for name in ("_application", "inner") if hasattr(sockets, name)), None)
    assert layers.index(OriginCheck) < layers.index(AuthMiddlewareStack)


def test_the_routes_are_the_chats() -> None:
    routing = import_module("chat.routing")
    patterns = [str(pattern.pattern) for pattern in routing.websocket_urlpatterns]
    assert patterns == ["^ws/chat/$", "^ws/chat/(?P<room>[a-z0-9-]{1,64})/$"]
    assert {pattern.callback.consumer_class for pattern in routing.websocket_urlpatterns} == {ChatConsumer}


def test_the_consumer_is_one_of_channels() -> None:
    assert issubclass(ChatConsumer, AsyncWebsocketConsumer)
    assert hasattr(ChatConsumer, "chat_message")  # the handler of the event chat.message


def test_runserver_starts_the_server_of_the_stack() -> None:
    assert runserver.Command.server_cls is Server
