"""The addresses of the chat's sockets and event streams."""

from django.urls import re_path

from chat.consumers import ChatConsumer
from chat.models import SLUG
from chat.sse import ChatEventStream

websocket_urlpatterns = [
    re_path(r"^ws/chat/$", ChatConsumer.as_asgi()),
    re_path(rf"^ws/chat/(?P<room>{SLUG})/$", ChatConsumer.as_asgi()),
]

# Under /sse/.
event_stream_urlpatterns = [
    re_path(rf"^chat/(?P<room>{SLUG})/$", ChatEventStream.as_asgi()),
    # Without a route of its own an unknown path would get a page; a program wants JSON (404).
    re_path(r"", ChatEventStream.as_asgi()),
]
