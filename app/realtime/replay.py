"""What a subscriber who was away gets before it hears what is new."""

from dataclasses import dataclass

from realtime.log import Entry
from realtime.stream import Stream

# docs/protocol.md: a client further behind than this reads a page from the API instead.
REPLAY_LIMIT = 500
# The same for one that is behind by more bytes than these, so that nobody can make a worker hold much for them.
REPLAY_BYTES = 524_288


class StreamGone(LookupError):
    """The stream does not exist (any more), or was taken from this socket a moment ago."""


@dataclass(frozen=True, slots=True)
class Replay:
    """`entries` lead from what the client had to `seq`; with `recovered` false the client starts afresh from `seq`."""

    seq: int
    recovered: bool
    entries: list[Entry]


async def read_replay(stream: Stream, *, since: int | None, as_of: int, keys: frozenset[str]) -> Replay:
    """Everything of `stream` after `since`, up to where its live entries go on.

    `as_of` is the stream's head at the moment when the socket's right to it was checked: an entry after it that cuts
    one of `keys` off is honoured here, since the live path has passed it already. Nothing is awaited after the last
    look at the stream's position, so that whoever subscribes at once misses nothing and gets nothing twice.

    Raises StreamGone.
    """
    # Ahead of the log: the client remembers another one (a restored database).
    recovered = since is None or 0 <= as_of - since <= REPLAY_LIMIT
    reached = since if since is not None and recovered else as_of
    entries: list[Entry] = []
    while reached < max(stream.position, as_of):
        page = await stream.page(reached)
        if not page or any(entry.cut in keys for entry in page if entry.seq > as_of):
            raise StreamGone(stream.name)
        reached = page[-1].seq
        if since is not None and recovered:
            entries += page
            if _too_much(entries):
                recovered, entries, reached = False, [], max(reached, as_of)
    return Replay(seq=reached, recovered=recovered, entries=entries)


def _too_much(entries: list[Entry]) -> bool:
    return len(entries) > REPLAY_LIMIT or sum(len(entry.payload.encode()) for entry in entries) > REPLAY_BYTES
