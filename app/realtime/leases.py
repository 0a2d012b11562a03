"""Who is where, by all processes: each holds a lease on what it said, and what it said goes with its lease."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

# By Redis's own clock. As long as somebody who lost their connection may take to come back, and two renewals more: what
# a process that was killed had said outlives it by ten seconds at least.
LEASE_SECONDS = 12.0
# How long an answer may take; after that it counts as none.
ANSWER_SECONDS = 1.5

Rooms = Mapping[str, Collection[str]]


class LeasesGone(Exception):
    """They cannot be reached at the moment."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """`known` is false where the lease had run out, or its keeper lost its memory: then nothing was done.

    `rooms`: who is in each room that was asked for, or that changed since the last renewal and has somebody of ours.
    """

    known: bool = True
    rooms: dict[str, set[str]] = field(default_factory=dict)


class Leases(Protocol):
    """Where processes tell one another. Names of rooms and of people are opaque; a person's has no comma in it."""

    async def renew(self, changes: Rooms, *, asked: Collection[str], anew: bool) -> Renewal:
        """Go on for LEASE_SECONDS, and say who is in these rooms now (here: on this process).

        `anew`: this is all there is to say, whether or not the lease was known. Raises LeasesGone.
        """
        ...

    async def close(self) -> None: ...


class OwnLeases:
    """For one process alone."""

    def __init__(self) -> None:
        self._rooms: dict[str, set[str]] = {}

    async def renew(self, changes: Rooms, *, asked: Collection[str], anew: bool) -> Renewal:
        if anew:
            self._rooms.clear()
        for name, people in changes.items():
            self._rooms[name] = set(people)
            if not people:
                del self._rooms[name]
        return Renewal(rooms={name: set(self._rooms.get(name, ())) for name in {*changes, *asked}})

    async def close(self) -> None:
        """There is nothing to close."""


# One call for all rooms. What it keeps, all names with the prefix of the channel layer:
#   workers   by process: until when its lease holds, in milliseconds of Redis's clock
#   seen      by process: the serial up to which it says that it has heard of changes
#   serial    counts the calls that changed something
#   changed   by room: the serial at which it changed; forgotten when every process has heard of it
#   rooms:P   the rooms of which process P has said something
#   here:R    of room R, by process: who is in it there, with commas between
SCRIPT = """
local prefix, me, lease, anew, since = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4])
local workers, seen, changed = prefix .. 'workers', prefix .. 'seen', prefix .. 'changed'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local serial = nil
local function change(room)
  serial = serial or redis.call('INCR', prefix .. 'serial')
  redis.call('ZADD', changed, serial, room)
end
local function forget(worker)
  for _, room in ipairs(redis.call('SMEMBERS', prefix .. 'rooms:' .. worker)) do
    redis.call('HDEL', prefix .. 'here:' .. room, worker)
    change(room)
  end
  redis.call('DEL', prefix .. 'rooms:' .. worker)
  redis.call('ZREM', workers, worker)
  redis.call('HDEL', seen, worker)
end

for _, worker in ipairs(redis.call('ZRANGEBYSCORE', workers, '-inf', '(' .. now)) do forget(worker) end
if anew then
  forget(me)
elseif not redis.call('ZSCORE', workers, me) then
  return {0}
end
redis.call('ZADD', workers, now + lease, me)

local place = 6
for _ = 1, tonumber(ARGV[5]) do
  local room, people = ARGV[place], ARGV[place + 1]
  if (redis.call('HGET', prefix .. 'here:' .. room, me) or '') ~= people then
    if people == '' then
      redis.call('HDEL', prefix .. 'here:' .. room, me)
      redis.call('SREM', prefix .. 'rooms:' .. me, room)
    else
      redis.call('HSET', prefix .. 'here:' .. room, me, people)
      redis.call('SADD', prefix .. 'rooms:' .. me, room)
    end
    change(room)
  end
  place = place + 2
end

serial = serial or tonumber(redis.call('GET', prefix .. 'serial') or '0')
local rooms, answer = {}, {1, serial}
for index = place, #ARGV do rooms[ARGV[index]] = true end
if serial > since then
  for _, room in ipairs(redis.call('ZRANGEBYSCORE', changed, '(' .. since, '+inf')) do
    if redis.call('SISMEMBER', prefix .. 'rooms:' .. me, room) == 1 then rooms[room] = true end
  end
end
for room in pairs(rooms) do
  answer[#answer + 1] = room
  answer[#answer + 1] = table.concat(redis.call('HVALS', prefix .. 'here:' .. room), ',')
end
if redis.call('HGET', seen, me) ~= tostring(since) then
  redis.call('HSET', seen, me, tostring(since))
  local all_heard = since
  for _, heard in ipairs(redis.call('HVALS', seen)) do all_heard = math.min(all_heard, tonumber(heard)) end
  redis.call('ZREMRANGEBYSCORE', changed, '-inf', all_heard)
end
return answer
"""


class RedisLeases:
    """Between all processes of a Redis."""

    def __init__(self, url: str, *, prefix: str, seconds: float = LEASE_SECONDS) -> None:
        self._client = redis.asyncio.Redis.from_url(
            url,
            max_connections=1,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that Redis closed meanwhile is made anew once
        )
        self._script = self._client.register_script(SCRIPT)
        self._prefix = f"{prefix}:presence:"
        self._milliseconds = int(seconds * 1000)
        self._name = uuid4().hex
        # Up to where we have heard of changes: what was said in an answer that was lost is said again.
        self._since = 0

    async def renew(self, changes: Rooms, *, asked: Collection[str], anew: bool) -> Renewal:
        said = [word for name, people in changes.items() for word in (name, ",".join(people))]
        since = 0 if anew else self._since
        words: list[str | int] = [self._name, self._milliseconds, int(anew), since, len(changes), *said, *asked]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._script(keys=[self._prefix], args=words)
        except (RedisError, OSError, TimeoutError) as error:
            raise LeasesGone(str(error)) from error
        if not answer[0]:
            return Renewal(known=False)
        self._since = answer[1]
        texts = [text.decode() for text in answer[2:]]
        rooms = {name: set(people.split(",")) - {""} for name, people in zip(texts[::2], texts[1::2], strict=True)}
        return Renewal(rooms=rooms)

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._client.aclose()


def leases() -> Leases:
    """By the settings: between all processes where there is a Redis."""
    if not settings.REDIS_URL:
        return OwnLeases()
    layer: dict[str, Any] = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    return RedisLeases(settings.REDIS_URL, prefix=layer["prefix"])
