"""What a subscriber who was away gets before it hears what is new."""

from dataclasses import dataclass

from realtime.log import Entry, Log
from realtime.stream import Stream

# docs/protocol.md: a client further behind than this reads a page from the API instead.
REPLAY_LIMIT = 500


class StreamGone(LookupError):
    """The stream does not exist (any more), or was taken from this socket a moment ago."""


@dataclass(frozen=True, slots=True)
class Replay:
    """`entries` lead from what the client had to `seq`; with `recovered` false the client starts afresh from `seq`."""

    seq: int
    recovered: bool
    entries: list[Entry]


async def read_replay(log: Log, stream: Stream, *, since: int | None, as_of: int, keys: frozenset[str]) -> Replay:
    """Everything of `stream` after `since`, up to where its live entries go on.

    `as_of` is the stream's head at the moment when the socket's right to it was checked: an entry after it that cuts
    one of `keys` off is honoured here, since the live path has passed it already. Nothing is awaited after the last
    look at the stream's position, so that whoever subscribes at once misses nothing and gets nothing twice.

    Raises StreamGone.
    """
    if since is not None and since > as_of:
        # Ahead of the log: the client remembers another one (a restored database).
        return Replay(seq=max(as_of, stream.position), recovered=False, entries=[])
    entries: list[Entry] = []
    reached = as_of if since is None else since
    while reached < max(stream.position, as_of):
        page = await log.after(stream.name, reached, limit=REPLAY_LIMIT + 1)
        if not page:
            raise StreamGone(stream.name)
        entries += page
        reached = page[-1].seq
        if len(entries) > REPLAY_LIMIT:
            break
    if any(entry.cut in keys for entry in entries if entry.seq > as_of):
        raise StreamGone(stream.name)
    if len(entries) > REPLAY_LIMIT:
        return Replay(seq=max(reached, stream.position), recovered=False, entries=[])
    return Replay(seq=reached, recovered=True, entries=[] if since is None else entries)
