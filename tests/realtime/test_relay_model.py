"""The relay against a model, whatever the channel layer, the log, the handlers and the clients do.

Hypothesis puts together runs of everything that may happen and looks after each step whether a client was told
something that docs/protocol.md does not promise; and, when there was time, whether everyone knows everything. No
second of it is waited for: the loop's clock is the test's. FUZZ=20 looks twenty times as long (tests/fuzzing.py).
"""

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from realtime.control import CONTROL_GROUP
from realtime.log import Entry
from realtime.relay import Relay
from realtime.socket import Socket
from realtime.stream import Stream
from tests.fuzzing import effort
from tests.realtime.stepped_loop import SteppedLoop
from tests.realtime.strict_client import FORMS, UNBEARABLE, StrictClient
from tests.realtime.trouble import BROKEN, REFUSING, STALLED, WELL, ListedOrders, TroubledLayer, TroubledLog

# More than the relay takes to find out by itself what it was not told: a sweep, a read that is tried again.
A_WHILE = 6.0

KEYS = st.sampled_from(["user:1", "user:2", "user:3", "user:4"])
Message = tuple[str, dict[str, Any]]


def message_of(entry: Entry) -> dict[str, Any]:
    """As the publisher sends it."""
    message: dict[str, Any] = {
        "type": "relay.entry",
        "stream": entry.stream,
        "seq": entry.seq,
        "payload": entry.payload,
    }
    return message if entry.cut is None else message | {"cut": entry.cut}


def nonsense(stream: str, seq: int) -> list[Any]:
    """What nobody of ours would send: `seq` is the next to come."""
    entry = {"type": "relay.entry", "stream": stream, "seq": seq, "payload": ""}
    return [
        {},
        {"type": "relay.nonsense"},
        {"type": ["relay.entry"]},
        {"type": "relay.entry", "stream": stream},
        {**entry, "seq": 10**12},
        {**entry, "seq": 0},
        {**entry, "seq": -1},
        {**entry, "seq": str(seq)},
        {**entry, "seq": float(seq)},
        {**entry, "seq": None},
        {**entry, "payload": None},
        {**entry, "payload": 1},
        {**entry, "stream": "room.none"},
        {**entry, "stream": [stream]},
        {"type": "relay.end", "stream": stream},
        {"type": "relay.end", "stream": "room.none", "reason": "room_deleted"},
        {"type": "relay.ephemeral", "stream": stream, "by": "user:1"},
        {"type": "relay.ephemeral", "stream": stream, "by": ["user:1"], "payload": ""},
        {"type": "relay.cut", "key": "user:1"},
        {"type": "relay.cut", "number": "1", "key": "user:1", "code": 4401},
        {"type": "relay.cut", "number": 10**6, "key": ["user:1"], "code": 4401},
    ]


class RelayModel(RuleBasedStateMachine):
    """Clients, streams, and messages on their way, which arrive when a rule says so: late, twice, or never."""

    streams: "Bundle[str]" = Bundle("streams")
    clients: "Bundle[StrictClient]" = Bundle("clients")
    messages: "Bundle[Message]" = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.loop = SteppedLoop()
        self.log, self.layer = TroubledLog(), TroubledLayer()
        self.orders = ListedOrders(self.log)
        self.relay = Relay(layer=self.layer, log=self.log, orders=self.orders)
        self.everyone: list[StrictClient] = []
        # Whether a look found something wrong: then there is no use in another.
        self.wrong = False
        self.made = 0

    @initialize(target=streams, heads=st.lists(st.sampled_from([0, 1, 4, 120, 520]), min_size=1, max_size=3))
    def there_are_streams(self, heads: list[int]) -> Any:
        return multiple(*(self._new_stream(head) for head in heads))

    def _new_stream(self, head: int) -> str:
        self.made += 1
        stream = f"room.{self.made}"
        self.log.entries[stream] = []
        for _ in range(head):
            self.log.write(stream)
        return stream

    # --- what is written, and what the layer makes of it ---

    @rule(target=messages, stream=streams, cut=st.none() | KEYS, size=st.sampled_from([0, 0, 0, 200_000]))
    def something_is_written(self, stream: str, cut: str | None, size: int) -> Message:
        return stream, message_of(self.log.write(stream, cut=cut, size=size))

    @rule(stream=streams)
    def something_is_written_and_arrives(self, stream: str) -> None:
        self._write_and_deliver(stream)

    def _write_and_deliver(self, stream: str) -> None:
        self.layer.deliver(stream, message_of(self.log.write(stream)))

    @rule(
        stream=streams, much=st.sampled_from([(2, 0), (3, 200_000), (90, 0), (130, 0), (510, 0)]), cut=st.none() | KEYS
    )
    def much_is_written_and_lost(self, stream: str, much: tuple[int, int], cut: str | None) -> None:
        self.log.write(stream, cut=cut)
        number, size = much
        for _ in range(number):
            self.log.write(stream, size=size)

    @rule(message=messages)
    def a_message_arrives(self, message: Message) -> None:
        self.layer.deliver(*message)

    @rule(stream=streams, by=KEYS, payload_fails=st.booleans())
    def something_passes_by_unwritten(self, stream: str, by: str, payload_fails: bool) -> None:
        payload = UNBEARABLE if payload_fails else by
        self.layer.deliver(stream, {"type": "relay.ephemeral", "stream": stream, "by": by, "payload": payload})

    @rule(stream=streams, data=st.data())
    def nonsense_arrives(self, stream: str, data: st.DataObject) -> None:
        group = data.draw(st.sampled_from([stream, CONTROL_GROUP]))
        self.layer.deliver(group, data.draw(st.sampled_from(nonsense(stream, self.log.head_of(stream) + 1))))

    @rule(target=streams, stream=consumes(streams), told=st.booleans(), head=st.sampled_from([0, 3]))
    def a_stream_is_deleted_and_another_made(self, stream: str, told: bool, head: int) -> str:
        self.log.delete(stream)
        if told:
            self.layer.deliver(stream, {"type": "relay.end", "stream": stream, "reason": self.log.gone})
        return self._new_stream(head)

    @rule(key=KEYS, code=st.sampled_from([4401, 1012]), told=st.booleans())
    def an_order_is_given(self, key: str, code: int, told: bool) -> None:
        order = self.orders.give(key, code)
        for client in self.everyone:
            client.ordered_away |= client.attached and key in client.socket.keys
        if told:
            message = {"type": "relay.cut", "number": order.number, "key": key, "code": code}
            self.layer.deliver(CONTROL_GROUP, message)

    # --- who comes and goes ---

    @rule(target=clients, key=KEYS)
    def someone_comes(self, key: str) -> StrictClient:
        return self._come(key)

    def _come(self, key: str) -> StrictClient:
        client = StrictClient(self.relay, self.log, key)
        self.everyone.append(client)
        self.loop.create_task(client.attach())
        self.loop.let_pass()
        return client

    @rule(
        client=clients,
        stream=streams,
        since=st.sampled_from(["now", "now", "known", "known", "beginning", "ahead", 4, 498, 499, 500, 501])
        | st.integers(0, 600),
        form=st.sampled_from(["whole", "whole", *FORMS]),
        cuts_meanwhile=st.lists(st.none() | KEYS, max_size=2),
        answer_fails=st.sampled_from([False, False, False, True]),
    )
    def someone_subscribes(
        self,
        client: StrictClient,
        stream: str,
        since: str | int,
        form: str,
        cuts_meanwhile: list[str | None],
        answer_fails: bool,
    ) -> None:
        """`cuts_meanwhile`: what is written after their right was checked."""
        if client.asking or not client.open:
            return
        head = self.log.head_of(stream)
        asked = {"now": None, "known": client.known.get(stream), "beginning": 0, "ahead": head + 1}
        from_there = asked[since] if isinstance(since, str) else max(0, head - since)
        for cut in cuts_meanwhile:
            self.log.write(stream, cut=cut)
        client.subscribe(self.loop, stream, since=from_there, as_of=head, form=form, answer_fails=answer_fails)

    @rule(
        target=clients,
        stream=streams,
        behind=st.lists(st.sampled_from([0, 3, 60, 110, 250, 450]), min_size=2, max_size=4),
    )
    def many_come_back_at_once(self, stream: str, behind: list[int]) -> Any:
        """As after a deploy."""
        head = self.log.head_of(stream)
        come = [self._come(f"user:{number + 1}") for number in range(len(behind))]
        for client, missed in zip(come, behind, strict=True):
            client.subscribe(self.loop, stream, since=max(0, head - missed), as_of=head, form="whole")
        return multiple(*come)

    @rule(client=clients, stream=streams)
    def someone_unsubscribes(self, client: StrictClient, stream: str) -> None:
        if client.attached and not client.asking:
            self.loop.do(partial(client.unsubscribe, stream))

    @rule(client=consumes(clients), cancelled=st.booleans())
    def someone_goes(self, client: StrictClient, cancelled: bool) -> None:
        self.loop.do(partial(client.detach, cancelled=cancelled))

    # --- what breaks ---

    @rule(client=clients, how=st.sampled_from(["write", "close", "ended", "slow"]))
    def someone_breaks(self, client: StrictClient, how: str) -> None:
        match how:
            case "write":
                client.notebook.broken = True
            case "close":
                client.notebook.close_fails = True
            case "ended":
                client.ended_fails = True
            case "slow":
                client.notebook.backlog = 1001

    @rule(state=st.sampled_from([WELL, STALLED, REFUSING, BROKEN]))
    def the_layer_becomes(self, state: str) -> None:
        self.layer.becomes(state)

    @rule(seconds=st.sampled_from([0.0, 0.3, 2.5]), early=st.booleans())
    def the_log_becomes_slow(self, seconds: float, early: bool) -> None:
        self.log.seconds, self.log.early = seconds, early

    @rule(stream=streams)
    def the_log_holds_a_stream_back(self, stream: str) -> None:
        self.log.held.add(stream)

    @rule(times=st.sampled_from([1, 3, 10**9]))
    def the_log_refuses(self, times: int) -> None:
        self.log.failures = times

    @rule()
    def the_log_recovers(self) -> None:
        self.log.recovers()

    # --- time ---

    @rule(number=st.integers(1, 12))
    def a_part_of_it_happens(self, number: int) -> None:
        self.loop.take_turns(number)

    @rule(seconds=st.sampled_from([0.0, 0.0, 0.5, 1.5, 4.0]))
    def time_passes(self, seconds: float) -> None:
        self.loop.let_pass(seconds)

    @rule()
    def the_log_is_up_for_a_while(self) -> None:
        """Whatever the layer does, and whatever it lost: everyone has everything up to the head."""
        self._wait_a_while()

    def _wait_a_while(self) -> None:
        self.log.recovers()
        self.loop.let_pass(A_WHILE)
        with self._looking():
            for client in self.everyone:
                client.is_content()

    @rule()
    def one_stream_is_held_back_for_a_while(self) -> None:
        """Nobody else waits for it."""
        if len(self.log.held) == 1:
            [held] = self.log.held
            self.log.recovers()
            self.log.held.add(held)
            self.loop.let_pass(A_WHILE)
            with self._looking():
                for client in self.everyone:
                    client.read()
                    if not client.asking and held not in client.heard:
                        client.is_content()

    @rule()
    def all_is_well_for_a_while(self) -> None:
        """What the layer brings then arrives at once."""
        self._all_is_well()

    def _all_is_well(self) -> None:
        self.layer.becomes(WELL)
        self._wait_a_while()
        for stream in self.log.entries:
            self._write_and_deliver(stream)
        self.loop.let_pass()
        with self._looking():
            for client in self.everyone:
                client.is_content()

    # --- what must be so at any moment ---

    @invariant()
    def nobody_heard_what_was_not_promised(self) -> None:
        self._look_at_everyone()

    def _look_at_everyone(self) -> None:
        with self._looking():
            for client in self.everyone:
                client.read()
                client.was_closed_for_a_reason(self.orders.given)
            assert self.loop.failures == [], "nobody caught this"

    @contextmanager
    def _looking(self) -> Iterator[None]:
        before, self.wrong = self.wrong, True
        yield
        self.wrong = before

    def teardown(self) -> None:
        """When everyone has gone nothing is left: no stream, no membership, no queue, no task."""
        try:
            if not self.wrong:
                self._all_leave()
                self._nothing_is_left()
        finally:
            self.loop.finish()

    def _all_leave(self) -> None:
        self._all_is_well()
        for client in self.everyone:
            if client.attached:
                self.loop.do(partial(client.detach, cancelled=False))
        self.loop.let_pass(A_WHILE)
        self._look_at_everyone()

    def _nothing_is_left(self) -> None:
        # The group of orders stays, and one task that listens to it.
        assert set(self.layer.groups) <= {CONTROL_GROUP}
        assert all(queue.empty() for queue in self.layer.queues.values())
        assert len(self.layer.queues) <= 1
        assert len(self.loop.work()) <= 1, self.loop.work()
        assert [kept for kept in kept_by(self.relay) if isinstance(kept, Stream | Socket | Entry)] == []


def kept_by(relay: Relay) -> Iterator[object]:
    """What can be reached from a relay through objects of realtime/ and plain containers."""
    found: dict[int, object] = {}
    waiting: list[object] = [relay]
    while waiting:
        thing = waiting.pop()
        ours = type(thing).__module__.startswith("realtime.")
        if id(thing) in found or not (ours or isinstance(thing, dict | list | tuple | set | frozenset | deque)):
            continue
        found[id(thing)] = thing
        waiting += gc.get_referents(thing)
    yield from found.values()


TestRelay = RelayModel.TestCase
TestRelay.settings = effort(250, stateful_step_count=50)
