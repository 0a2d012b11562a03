"""What a reader of a Channels tutorial expects of a consumer, on a live connection."""

import redis

from tests.redis_probe import consumers, send_to
from tests.waiting import until
from tests.wire import Sockets


def test_a_custom_event_reaches_the_consumer_that_its_channel_names(
    sockets: Sockets, redis_server: "redis.Redis"
) -> None:
    before = consumers(redis_server)
    one = sockets.echo()
    one.say("I am there")
    assert one.next() == {"message": "I am there"}
    [channel_name] = consumers(redis_server) - before
    other = sockets.echo()
    send_to(channel_name, {"type": "chat.message", "message": "hola from elsewhere"})
    assert one.next() == {"message": "hola from elsewhere"}
    other.say("I heard nothing")
    assert other.next() == {"message": "I heard nothing"}


def test_a_channel_goes_with_its_consumer(sockets: Sockets, redis_server: "redis.Redis") -> None:
    before = consumers(redis_server)
    echo = sockets.echo()
    echo.say("hola")
    echo.next()
    assert len(consumers(redis_server) - before) == 1
    echo.close()
    until(lambda: consumers(redis_server) <= before)
