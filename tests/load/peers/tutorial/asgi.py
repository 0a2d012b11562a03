"""What `daphne tests.load.peers.tutorial.asgi:application` serves."""

import os
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.peers.tutorial.settings"

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

django_application: Any = get_asgi_application()

from tests.load.peers.tutorial.consumers import ChatConsumer  # noqa: E402

websocket_urlpatterns = [re_path(r"^ws/chat/(?P<room_name>[\w-]+)/$", ChatConsumer.as_asgi())]

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
