"""The newest entries of the streams that are listened to, so that who comes back asks the database for nothing."""

from collections import OrderedDict
from collections.abc import Sequence

from realtime.log import Entry

# What one stream may take: as much as one replay may hold (replay.py).
STREAM_ENTRIES = 500
STREAM_BYTES = 524_288
# What all of them may take together, in a container of 512 MB (WS_MEMORY); what was quiet longest goes first.
TOTAL_BYTES = 33_554_432


class Memory:
    """Consecutive entries for each stream, the newest last."""

    def __init__(
        self, *, entries: int = STREAM_ENTRIES, stream_bytes: int = STREAM_BYTES, total_bytes: int = TOTAL_BYTES
    ) -> None:
        self._entries = entries
        self._stream_bytes = stream_bytes
        self._total_bytes = total_bytes
        self._streams: OrderedDict[str, _Recent] = OrderedDict()
        self._bytes = 0

    def append(self, entry: Entry) -> None:
        """The entry that follows the newest one that is known; after a jump what was known before is let go."""
        recent = self._streams.get(entry.stream)
        if recent is not None and recent.last + 1 != entry.seq:
            self.forget(entry.stream)
        self._recent(entry.stream).entries.append(entry)
        self._grew(entry.stream, [entry])

    def prepend(self, stream: str, entries: Sequence[Entry]) -> None:
        """What was read from the log, and leads up to the oldest entry that is known."""
        if entries:
            self._recent(stream).entries[:0] = entries
            self._grew(stream, entries)

    def first(self, stream: str) -> int | None:
        """The seq of the oldest entry that is known."""
        recent = self._streams.get(stream)
        return recent.entries[0].seq if recent else None

    def after(self, stream: str, seq: int) -> list[Entry] | None:
        """All entries that follow `seq`; None where memory does not reach back so far."""
        recent = self._streams.get(stream)
        if recent is None or recent.entries[0].seq > seq + 1:
            return None
        return recent.entries[seq + 1 - recent.entries[0].seq :]

    def forget(self, stream: str) -> None:
        recent = self._streams.pop(stream, None)
        if recent is not None:
            self._bytes -= recent.bytes

    def _recent(self, stream: str) -> "_Recent":
        recent = self._streams.setdefault(stream, _Recent())
        self._streams.move_to_end(stream)
        return recent

    def _grew(self, stream: str, entries: Sequence[Entry]) -> None:
        recent = self._streams[stream]
        added = sum(map(_size, entries))
        recent.bytes += added
        self._bytes += added
        while recent.entries and (len(recent.entries) > self._entries or recent.bytes > self._stream_bytes):
            self._drop_oldest(stream)
        while self._bytes > self._total_bytes:
            self._drop_oldest(next(iter(self._streams)))

    def _drop_oldest(self, stream: str) -> None:
        recent = self._streams[stream]
        dropped = _size(recent.entries.pop(0))
        recent.bytes -= dropped
        self._bytes -= dropped
        if not recent.entries:
            del self._streams[stream]


class _Recent:
    __slots__ = ("bytes", "entries")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.bytes = 0

    @property
    def last(self) -> int:
        return self.entries[-1].seq


def _size(entry: Entry) -> int:
    """Characters; what Python keeps for them is at least as much."""
    return len(entry.payload)
