"""A log that is a list, and a connection that writes things down: what the relay is handed by a test."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from channels.layers import InMemoryChannelLayer

from realtime.frames import Frame
from realtime.log import Entry
from realtime.relay import Relay
from realtime.replay import Replay
from realtime.socket import Socket
from tests.waiting import DEADLINE

STREAM = "room.1"


class ListedLog:
    """A log, as realtime.log wants one."""

    gone = "room_deleted"

    def __init__(self, number: int = 0) -> None:
        self.entries: dict[str, list[Entry]] = {STREAM: []}
        self.reads: list[tuple[str, int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failures = 0
        for _ in range(number):
            self.append()

    def append(self, *, cut: str | None = None, stream: str = STREAM) -> Entry:
        entries = self.entries.setdefault(stream, [])
        seq = len(entries) + 1
        entries.append(Entry(stream=stream, seq=seq, payload=f"{stream}/{seq}", cut=cut))
        return entries[-1]

    def rewrite(self) -> Entry:
        """The next entry, after which all before it say something else."""
        rewriting = replace(self.append(), rewrites=True)
        before = self.entries[STREAM][:-1]
        self.entries[STREAM] = [*(replace(entry, payload=f"rewritten {entry.seq}") for entry in before), rewriting]
        return rewriting

    def head(self) -> int:
        return len(self.entries[STREAM])

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Entry]:
        self.reads.append((stream, seq))
        await self._answer()
        return [entry for entry in self.entries.get(stream, []) if entry.seq > seq][:limit]

    async def heads(self, streams: Sequence[str]) -> dict[str, int]:
        await self._answer()
        return {stream: len(self.entries[stream]) for stream in streams if stream in self.entries}

    async def _answer(self) -> None:
        await self.open.wait()
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError("the log cannot be reached")


class Notebook:
    """A transport that writes down what it is to send."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.code: int | None = None
        self.backlog = 0
        self.broken = False

    def write(self, text: str) -> None:
        if self.broken:
            raise OSError("broken pipe")
        self.written.append(text)

    def write_at_once(self, frame: Frame) -> bool:
        return False

    def close(self, code: int) -> None:
        self.code = code

    def waiting(self) -> int:
        return self.backlog


class Listener:
    """A socket and what it was told."""

    def __init__(self, relay: Relay, *keys: str) -> None:
        self.relay = relay
        self.notebook = Notebook()
        self.socket = Socket(self.notebook, keys=frozenset(keys), slow_reader_bytes=1000)
        self.answers: list[Replay] = []
        self.endings: list[str] = []
        self.seqs: list[int] = []
        self.encode_fails = False

    async def attach(self) -> "Listener":
        await self.relay.attach(self.socket)
        return self

    async def subscribe(self, *, as_of: int, since: int | None = None, stream: str = STREAM) -> None:
        await self.relay.subscribe(
            self.socket,
            stream,
            since=since,
            as_of=as_of,
            encode=self._encode,
            ended=self.endings.append,
            answer=self._answer,
            ephemeral=str,
        )

    def _answer(self, replay: Replay) -> str | None:
        self.answers.append(replay)
        self.seqs += [entry.seq for entry in replay.entries]
        return None

    def _encode(self, entry: Entry) -> str:
        if self.encode_fails:
            raise ValueError("this form cannot say it")
        self.seqs.append(entry.seq)
        return entry.payload


async def deliver(layer: InMemoryChannelLayer, entry: Entry) -> None:
    """As the publisher sends an entry."""
    message: dict[str, Any] = {
        "type": "relay.entry",
        "stream": entry.stream,
        "seq": entry.seq,
        "payload": entry.payload,
    }
    if entry.cut is not None:
        message["cut"] = entry.cut
    if entry.rewrites:
        message["rewrites"] = True
    await layer.group_send(entry.stream, message)


async def happens(condition: Callable[[], object]) -> None:
    """Let everything else run until the condition is true."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0)
