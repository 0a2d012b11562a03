"""What is kept in Redis of who is where, and what a beat costs there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from realtime.leases import LeasesGone, OwnLeases, RedisLeases, Renewal
from tests.redis_probe import calls

Make = Callable[..., RedisLeases]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Processes that share what nobody else does."""
    made: list[RedisLeases] = []
    prefix = uuid4().hex

    def make(url: str = settings.REDIS_URL, *, seconds: float = 60.0) -> RedisLeases:
        made.append(RedisLeases(url, prefix=prefix, seconds=seconds))
        return made[-1]

    yield make
    for leases in made:
        await leases.close()


async def says(leases: RedisLeases, *, anew: bool = False, asked: tuple[str, ...] = (), **rooms: str) -> Renewal:
    """`rooms`: who is in each, a letter for a person."""
    return await leases.renew({name: list(people) for name, people in rooms.items()}, asked=asked, anew=anew)


async def test_who_is_where_on_all_processes(make: Make, redis_server: "redis.Redis") -> None:
    one, other = make(), make()
    assert (await says(one, anew=True, lobby="ab", patio="a")).rooms == {"lobby": {"a", "b"}, "patio": {"a"}}
    assert (await says(other, anew=True, lobby="bc")).rooms == {"lobby": {"a", "b", "c"}}
    # What changed since, of the rooms where one has somebody: once.
    assert (await says(one)).rooms == {"lobby": {"a", "b", "c"}}
    assert (await says(one)).rooms == {}
    assert (await says(one, patio="ad")).rooms == {"patio": {"a", "d"}}
    assert (await says(other)).rooms == {}
    assert (await says(other, asked=("patio", "attic"))).rooms == {"patio": {"a", "d"}, "attic": set()}
    assert (await says(one, lobby="")).rooms == {}
    assert (await says(other)).rooms == {"lobby": {"b", "c"}}


async def test_what_a_process_said_goes_with_its_lease(make: Make, redis_server: "redis.Redis") -> None:
    dying, living = make(seconds=0.05), make()
    await says(dying, anew=True, lobby="a", patio="a")
    await says(living, anew=True, lobby="b")
    heard = Renewal()
    while not heard.rooms:
        heard = await says(living)
        await asyncio.sleep(0.01)
    assert heard.rooms == {"lobby": {"b"}}
    assert (await says(living, asked=("patio",))).rooms == {"patio": set()}
    # It was not dead, only late: nothing of what it says counts before it has said everything.
    assert await says(dying, lobby="ad") == Renewal(known=False)
    assert (await says(living)).rooms == {}
    await says(dying, anew=True, lobby="ad")
    assert (await says(living)).rooms == {"lobby": {"a", "b", "d"}}


async def test_after_a_restart_of_redis_nobody_is_known(make: Make, redis_server: "redis.Redis") -> None:
    one, other = make(), make()
    await says(one, anew=True, lobby="a")
    await says(other, anew=True, lobby="b")
    for key in redis_server.scan_iter(f"{one._prefix}*"):
        redis_server.delete(key)
    assert [await says(one), await says(other)] == [Renewal(known=False)] * 2
    assert (await says(one, anew=True, lobby="a")).rooms == {"lobby": {"a"}}
    assert (await says(other, anew=True, lobby="b")).rooms == {"lobby": {"a", "b"}}
    assert (await says(one)).rooms == {"lobby": {"a", "b"}}


async def test_what_everybody_has_heard_is_forgotten(make: Make, redis_server: "redis.Redis") -> None:
    one, other = make(), make()
    await says(one, anew=True, lobby="a", patio="a")
    await says(other, anew=True, lobby="b")
    await says(one, patio="")
    await says(other)
    await says(one, lobby="")
    await says(other, lobby="")
    for _ in range(2):  # what was heard is said with the next call
        await says(one)
        await says(other)
    left = {key.decode().removeprefix(one._prefix) for key in redis_server.scan_iter(f"{one._prefix}*")}
    assert left == {"workers", "seen", "serial"}


@pytest.mark.parametrize("rooms", [1, 100])
async def test_a_beat_is_one_call_of_a_script_whatever_the_number_of_rooms(
    make: Make, redis_server: "redis.Redis", rooms: int
) -> None:
    leases = make()
    await leases.renew({f"room-{number}": ["a", "b"] for number in range(rooms)}, asked=(), anew=True)
    await leases.renew({}, asked=(), anew=False)  # which says how far it has heard
    before = calls(redis_server)
    await leases.renew({}, asked=(), anew=False)
    after = calls(redis_server)
    done = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    done.pop("info")
    # Within the script: the time, who is late, whether this one is known, its lease, and what it missed.
    assert done == {"evalsha": 1, "time": 1, "zrangebyscore": 1, "zscore": 1, "zadd": 1, "hget": 1, "get": 1}


async def test_where_redis_cannot_be_reached_it_says_so(make: Make) -> None:
    with pytest.raises(LeasesGone):
        await says(make("redis://127.0.0.1:1/0"), anew=True, lobby="a")


async def test_one_process_alone_needs_no_redis() -> None:
    leases = OwnLeases()
    assert (await leases.renew({"lobby": ["a"]}, asked=(), anew=True)).rooms == {"lobby": {"a"}}
    assert (await leases.renew({"lobby": ["a", "b"]}, asked=("patio",), anew=False)).rooms == {
        "lobby": {"a", "b"},
        "patio": set(),
    }
    assert (await leases.renew({"lobby": []}, asked=(), anew=False)).rooms == {"lobby": set()}
    await leases.close()
