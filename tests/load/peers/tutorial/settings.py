"""The settings of a chat as a Channels tutorial builds it, without a database.

REDIS_URL, and CHANNEL_LAYER: core or pubsub. What is not the tutorial's is what redis-py 8 needs to keep either layer
alive under load: no timeout on an idle read, more connections than 100.
"""

import os
from secrets import token_hex

SECRET_KEY = token_hex()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True

INSTALLED_APPS = ["daphne", "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
MIDDLEWARE: list[str] = []
DATABASES: dict[str, object] = {}
# Asks no database who is there: nobody signs in.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
ASGI_APPLICATION = "tests.load.peers.tutorial.asgi.application"

LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
REDIS = {
    "address": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
    "socket_timeout": None,
    "max_connections": 10_000,
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": LAYERS[os.environ.get("CHANNEL_LAYER", "pubsub")], "CONFIG": {"hosts": [REDIS]}},
}
