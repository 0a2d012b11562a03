"""A client that believes nothing: it reads what its socket was sent, and fails at what was not promised."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from realtime.close_codes import GOING_AWAY, SLOW_READER
from realtime.log import Entry, Order
from realtime.relay import Relay
from realtime.replay import REPLAY_BYTES, REPLAY_LIMIT, Replay, StreamGone
from realtime.socket import Socket
from tests.realtime.doubles import Notebook
from tests.realtime.trouble import TroubledLog


class MadeToFail(Exception):
    """A handler raised it because the test wanted it to."""


# --- forms of frames: each is shared by all clients that speak it, as in life ---


def whole(entry: Entry) -> str:
    """Every entry."""
    return entry.payload


def sparse(entry: Entry) -> str | None:
    """Some entries have no frame in this form."""
    return entry.payload if entry.seq % 3 else None


def tripping(entry: Entry) -> str:
    """Some entries are more than this form can bear."""
    if entry.seq % 5 == 0:
        raise MadeToFail
    return entry.payload


Form = Callable[[Entry], str | None]
FORMS: dict[str, Form] = {"whole": whole, "sparse": sparse, "tripping": tripping}


# Of what passes by unwritten, something that no handler can bear.
UNBEARABLE = "unbearable"


def failing(_: Replay) -> str:
    raise MadeToFail


class FragileNotebook(Notebook):
    """A transport that can also fail at a close."""

    close_fails = False

    def close(self, code: int) -> None:
        super().close(code)
        if self.close_fails:
            raise MadeToFail


@dataclass
class Heard:
    """Of a stream that a client listens to: it knows all up to `seq`; its right to it was checked at `as_of`."""

    seq: int
    as_of: int
    form: Form


class StrictClient:
    """One socket, which asks one thing at a time, as a consumer does. `heard`: the streams that it listens to."""

    def __init__(self, relay: Relay, log: TroubledLog, key: str) -> None:
        self._relay = relay
        self._log = log
        self.notebook = FragileNotebook()
        self.socket = Socket(self.notebook, keys=frozenset({key}), slow_reader_bytes=1000)
        self.attached = False
        self.heard: dict[str, Heard] = {}
        # How far each stream was known when it was heard last.
        self.known: dict[str, int] = {}
        self.ended_fails = False
        # An order was given while it was there: it must go.
        self.ordered_away = False
        self._may_be_sent_away = False
        self._asking: asyncio.Task[None] | None = None
        self._frames_read = 0

    @property
    def open(self) -> bool:
        return self.attached and not self.socket.closed

    @property
    def asking(self) -> bool:
        return self._asking is not None and not self._asking.done()

    # --- what it does ---

    async def attach(self) -> None:
        with suppress(OSError):  # nobody is let in while it cannot be known what was revoked
            await self._relay.attach(self.socket)
            self.attached = True

    def subscribe(self, loop: asyncio.AbstractEventLoop, stream: str, **how: Any) -> None:
        self._asking = loop.create_task(self._subscribe(stream, **how))

    async def _subscribe(
        self, stream: str, *, since: int | None, as_of: int, form: str, answer_fails: bool = False
    ) -> None:
        self._may_be_sent_away |= FORMS[form] is tripping
        asked = {"subscribed": stream, "since": since, "as_of": as_of, "form": form}
        refusals = self._log.refusals
        try:
            await self._relay.subscribe(
                self.socket,
                stream,
                since=since,
                as_of=as_of,
                encode=FORMS[form],
                ended=partial(self._ended, stream),
                answer=failing if answer_fails else partial(self._answer, asked),
                ephemeral=partial(self._ephemeral, stream),
            )
        except StreamGone:
            assert self._taken(stream, as_of), f"{stream} is there, and whoever asked may listen to it"
        except OSError:
            assert self._log.refusals > refusals, "only the log may be missed by a subscriber, not the layer"
        except MadeToFail:
            assert answer_fails
        self.read()
        if stream not in self._relay.subscriptions(self.socket):
            self.heard.pop(stream, None)

    # The handlers that a consumer has.

    def _answer(self, asked: dict[str, Any], replay: Replay) -> str:
        entries = [entry.payload for entry in replay.entries]
        return json.dumps({**asked, "seq": replay.seq, "recovered": replay.recovered, "entries": entries})

    def _ended(self, stream: str, reason: str) -> None:
        self.socket.write(json.dumps({"ended": stream, "reason": reason}))
        if self.ended_fails:
            self._may_be_sent_away = True
            raise MadeToFail

    def _ephemeral(self, stream: str, payload: str) -> str:
        if payload == UNBEARABLE:
            raise MadeToFail
        return json.dumps({"ephemeral": stream, "by": payload})

    def unsubscribe(self, stream: str) -> None:
        self.read()
        self._relay.unsubscribe(self.socket, stream)
        self.heard.pop(stream, None)

    def detach(self, *, cancelled: bool) -> None:
        """Its connection ends; a server that gives up on it cancels what it was asking."""
        self.read()
        if cancelled and self._asking is not None:
            self._asking.cancel()
        self._relay.detach(self.socket)
        self.heard.clear()
        self.attached = False

    # --- what it hears ---

    def read(self) -> None:
        """Look at every frame that was written since the last time."""
        if self._asking is not None and self._asking.done() and not self._asking.cancelled():
            self._asking.result()
        frames = self.notebook.written[self._frames_read :]
        self._frames_read += len(frames)
        for text in frames:
            assert self.attached, f"it had gone: {text[:60]}"
            if not text.startswith("{"):
                self._hear_entry(text)
            elif "subscribed" in (frame := json.loads(text)):
                self._hear_answer(frame)
            elif "ephemeral" in frame:
                assert frame["ephemeral"] in self.heard, "it does not listen"
                assert frame["by"] not in self.socket.keys, "that was itself"
            else:
                self._hear_end(frame["ended"], frame["reason"])

    def _hear_answer(self, frame: dict[str, Any]) -> None:
        stream, since, as_of, seq = frame["subscribed"], frame["since"], frame["as_of"], frame["seq"]
        log = self._log.all_of(stream)
        assert as_of <= seq <= len(log)
        assert not any(entry.seq <= seq for entry in self._cuts(stream, as_of)), "it had lost its right"
        missed = [entry.payload for entry in log[since:seq]] if since is not None else []
        too_much = len(missed) > REPLAY_LIMIT or sum(map(len, missed)) > REPLAY_BYTES
        if frame["recovered"]:
            assert since is None or since <= as_of
            assert frame["entries"] == missed
            assert not too_much
        else:
            assert since is not None
            assert frame["entries"] == []
            assert too_much or since > as_of
        self.heard[stream] = Heard(seq, as_of, FORMS[frame["form"]])
        self.known[stream] = seq

    def _hear_entry(self, text: str) -> None:
        stream = text.split("/", 1)[0]
        assert stream in self.heard, f"it does not listen: {text[:60]}"
        expected = next(self._to_come(stream), None)
        assert expected is not None, f"nothing was to come: {text[:60]}"
        assert text == expected.payload, f"{text[:60]} instead of {expected.payload[:60]}"
        self.heard[stream].seq = self.known[stream] = expected.seq

    def _hear_end(self, stream: str, reason: str) -> None:
        assert stream in self.heard, "it did not listen"
        if reason == "removed":
            heard = self.heard[stream]
            [cut, *_] = self._cuts(stream, heard.as_of)
            assert cut.seq > heard.seq
            assert next(self._to_come(stream), None) is None, "it did not hear what came before"
        else:
            assert reason == self._log.gone
            assert stream in self._log.deleted
        del self.heard[stream]

    def _to_come(self, stream: str) -> Iterator[Entry]:
        """What it should hear next: entries that have a frame in its form, up to one that cuts it off."""
        heard = self.heard[stream]
        cuts = self._cuts(stream, heard.as_of)
        for entry in self._log.all_of(stream)[heard.seq : cuts[0].seq - 1 if cuts else None]:
            if heard.form is tripping and entry.seq % 5 == 0:
                return
            if heard.form(entry) is not None:
                yield entry

    def _cuts(self, stream: str, as_of: int) -> list[Entry]:
        return [entry for entry in self._log.all_of(stream)[as_of:] if entry.cut in self.socket.keys]

    def _taken(self, stream: str, as_of: int) -> bool:
        return stream in self._log.deleted or bool(self._cuts(stream, as_of))

    # --- what must be so ---

    def is_content(self) -> None:
        """All is well and there was time: it has everything, or knows what it lost."""
        self.read()
        assert not self.asking, "it was not answered"
        assert not (self.attached and self.ordered_away and not self.socket.closed), "an order was not carried out"
        if self.open:
            listens = self._relay.subscriptions(self.socket)
            assert set(self.heard) == listens, f"it believes that it listens to {set(self.heard)}, not to {listens}"
            for stream, heard in self.heard.items():
                missed = next(self._to_come(stream), None)
                assert missed is None, f"it waits for {missed} and knows {heard}"
                assert not self._taken(stream, heard.as_of), f"it was not told that it lost {stream}"

    def was_closed_for_a_reason(self, orders: list[Order]) -> None:
        reasons = {None, SLOW_READER, *(order.code for order in orders if order.key in self.socket.keys)}
        if self._may_be_sent_away or self.notebook.broken:
            reasons.add(GOING_AWAY)
        assert self.notebook.code in reasons
