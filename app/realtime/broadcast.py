"""Sends to a group of the channel layer from synchronous code."""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from realtime.breaker import Breaker
from realtime.redis_groups import channel_of

logger = logging.getLogger(__name__)

# Without it every post would wait for a Redis that hangs. The relays find what is not sent in the log, within the time
# that this lasts anyway.
_breaker = Breaker(seconds=1)


def broadcast(group: str, message: dict[str, Any]) -> None:
    """Send `message` to everyone in `group`, best effort: a layer that cannot be reached is logged, not raised.

    What was written is in the database by now; who publishes has done its work.
    """
    broadcast_all([(group, message)])


def broadcast_all(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """The same for several messages, each with its group, in one round trip. Those of a group arrive in this order."""
    layer = get_channel_layer()
    if not isinstance(layer, RedisPubSubChannelLayer):
        async_to_sync(_send_all)(layer, messages)
        return
    if _breaker.open:
        return
    try:
        publish_to_redis(layer, messages)
    except redis.RedisError as error:
        _breaker.failed()
        groups = sorted({group for group, _ in messages})
        logger.warning("the channel layer could not be reached", extra={"groups": groups, "error": str(error)})


def publish_to_redis(layer: RedisPubSubChannelLayer, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """What the layer's own group_send puts on the wire, from a connection that is kept.

    async_to_sync(layer.group_send) makes an event loop and a connection for each message: 5.7 ms against 0.1.
    """
    pipeline = redis_client().pipeline(transaction=False)
    for group, message in messages:
        pipeline.publish(channel_of(group), layer.serialize(message))
    pipeline.execute()


async def _send_all(layer: Any, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    for group, message in messages:
        await layer.group_send(group, message)


@cache
def redis_client() -> redis.Redis:
    """This process's connections to Redis for synchronous code; a call takes a second at the most."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),  # a connection that Redis closed meanwhile is made anew once
    )
