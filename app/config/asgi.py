"""What Daphne serves: the sockets, the event streams, and in `./run dev` the pages too."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Loads Django's apps; what is imported below needs them.
django_application: Any = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

import chat.routing  # noqa: E402
import lab.routing  # noqa: E402
from accounts.origin import OriginCheck  # noqa: E402
from accounts.sockets import AuthMiddlewareStack  # noqa: E402
from chat.sse_origin import OwnPagesOnly  # noqa: E402
from chat.sse_refusals import OutageRefusal  # noqa: E402
from config.routers import SocketRouter  # noqa: E402
from ops.request_id import SocketRequestId  # noqa: E402
from realtime.lifespan import LeavingRefusal, Lifespan  # noqa: E402
from realtime.outage import OutageAnswer  # noqa: E402

websocket_urlpatterns = [
    *chat.routing.websocket_urlpatterns,
    *(lab.routing.websocket_urlpatterns if settings.LAB else []),
    # Without a route of its own an unknown path would be a 500; it is refused like any other (403).
    re_path(r"", WebsocketDenier.as_asgi()),
]

event_streams = AuthMiddlewareStack(URLRouter(chat.routing.event_stream_urlpatterns))

http_urlpatterns = [
    re_path(r"^sse/", SocketRequestId(OwnPagesOnly(OutageRefusal(event_streams), settings.ORIGINS))),
    re_path(r"", django_application),
]

application = ProtocolTypeRouter(
    {
        "http": URLRouter(http_urlpatterns),
        "websocket": LeavingRefusal(
            SocketRequestId(
                OriginCheck(OutageAnswer(AuthMiddlewareStack(SocketRouter(websocket_urlpatterns))), settings.ORIGINS)
            )
        ),
        "lifespan": Lifespan(),  # never asked for by Daphne
    }
)
