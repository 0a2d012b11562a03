"""The addresses of the chat's sockets."""

from django.urls import re_path

from chat.consumers import ChatConsumer
from chat.models import SLUG

websocket_urlpatterns = [
    re_path(r"^ws/chat/$", ChatConsumer.as_asgi()),
    re_path(rf"^ws/chat/(?P<room>{SLUG})/$", ChatConsumer.as_asgi()),
]
