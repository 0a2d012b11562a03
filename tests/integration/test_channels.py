"""What a socket of ours leaves to the channel layer, on a live worker: nothing, until somebody uses its channel."""

import redis

from accounts.models import User
from chat.models import Room
from tests.redis_probe import consumers, send_to
from tests.waiting import until
from tests.wire import Sockets


def test_no_socket_has_a_channel_in_redis(
    sockets: Sockets, redis_server: "redis.Redis", ana: User, lobby: Room
) -> None:
    before = consumers(redis_server)
    echo, typed, plain = sockets.echo(), sockets.typed(ana, room="lobby"), sockets.plain(ana, "lobby")
    echo.say("hola")
    assert echo.next() == {"message": "hola"}
    plain.say("hola")
    assert plain.next()["seq"] == typed.event()["seq"]
    assert consumers(redis_server) <= before


def test_a_channel_that_is_used_goes_with_its_consumer(sockets: Sockets, redis_server: "redis.Redis") -> None:
    """The lab's consumer is written as a tutorial would, and tells the name of its channel."""
    before = consumers(redis_server)
    lab = sockets.open("/ws/lab/")
    lab.next()
    lab.send({"type": "event", "message": 1})
    channel_name = lab.next()["channel_name"]
    assert consumers(redis_server) - before == {channel_name}
    send_to(channel_name, {"type": "lab.event", "message": "from elsewhere"})
    assert lab.next()["message"] == "from elsewhere"
    lab.close()
    until(lambda: consumers(redis_server) <= before)
