"""The relay: each entry to each of its sockets once and in order, whatever the channel layer does with them."""

import asyncio
import operator
import random
from collections.abc import AsyncIterator
from functools import partial
from time import monotonic

import pytest
from channels.layers import InMemoryChannelLayer
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.control import CONTROL_GROUP
from realtime.log import Entry, Order
from realtime.relay import Relay, get_relay
from realtime.replay import StreamGone
from tests.realtime.doubles import STREAM, ListedLog, Listener, Notebook, deliver, happens


class Layer(InMemoryChannelLayer):  # type: ignore[misc]
    """Channels' own, in memory. It also counts how often a group is joined, and can take its time when one is left."""

    def __init__(self) -> None:
        super().__init__(capacity=10_000)
        self.joined: list[str] = []
        self.leaving: list[str] = []
        self.lets_go = asyncio.Event()
        self.lets_go.set()

    async def group_add(self, group: str, channel: str) -> None:
        self.joined.append(group)
        await super().group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.leaving.append(group)
        await self.lets_go.wait()
        await super().group_discard(group, channel)


@pytest.fixture
def log() -> ListedLog:
    return ListedLog(3)


@pytest.fixture
def layer() -> Layer:
    return Layer()


@pytest.fixture
async def relay(layer: Layer, log: ListedLog) -> AsyncIterator[Relay]:
    relay = Relay(layer=layer, log=log)
    yield relay
    await stop(relay)


async def stop(relay: Relay) -> None:
    relay.stop()
    await asyncio.sleep(0)


async def listener(relay: Relay, log: ListedLog, *keys: str, since: int | None = None) -> Listener:
    """Someone who listens to the stream from now on, or since a seq."""
    listening = await Listener(relay, *keys).attach()
    await listening.subscribe(as_of=log.head(), since=since)
    return listening


async def publish(layer: Layer, log: ListedLog, *, cut: str | None = None) -> Entry:
    entry = log.append(cut=cut)
    await deliver(layer, entry)
    return entry


# --- order ---


async def test_entries_arrive_in_order(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    for _ in range(5):
        await publish(layer, log)
    await happens(lambda: ana.seqs == [4, 5, 6, 7, 8])
    assert ana.notebook.written == [f"{STREAM}/{seq}" for seq in range(4, 9)]
    assert log.reads == []


async def test_what_comes_twice_is_passed_on_once(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    first = await publish(layer, log)
    await deliver(layer, first)
    second = await publish(layer, log)
    for again in (first, second, first):
        await deliver(layer, again)
    last = await publish(layer, log)
    await happens(lambda: last.seq in ana.seqs)
    assert ana.seqs == [4, 5, 6]


async def test_what_is_missing_is_read_from_the_log_first(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    log.append()
    log.append()
    await publish(layer, log)
    await happens(lambda: 6 in ana.seqs)
    assert ana.seqs == [4, 5, 6]
    assert log.reads == [(STREAM, 3)]


async def test_what_arrives_during_a_repair_waits_for_it(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    log.open.clear()
    log.append()
    await publish(layer, log)
    await happens(lambda: log.reads)
    await publish(layer, log)
    await publish(layer, log)
    assert ana.seqs == []
    log.open.set()
    await happens(lambda: 7 in ana.seqs)
    assert ana.seqs == [4, 5, 6, 7]


async def test_the_wrong_order_is_put_right(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    entries = [log.append() for _ in range(6)]
    for entry in reversed(entries):
        await deliver(layer, entry)
    await happens(lambda: len(ana.seqs) == 6)
    assert ana.seqs == [4, 5, 6, 7, 8, 9]


async def test_an_entry_that_the_log_does_not_have_is_not_waited_for(
    relay: Relay, layer: Layer, log: ListedLog
) -> None:
    ana = await listener(relay, log)
    await deliver(layer, Entry(stream=STREAM, seq=99, payload="from nowhere"))
    await happens(lambda: log.reads)
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4])


async def test_a_log_that_fails_is_asked_again(
    relay: Relay, layer: Layer, log: ListedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.stream.REPAIR_RETRY_SECONDS", 0.001)
    ana = await listener(relay, log)
    log.failures = 3
    log.append()
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4, 5])
    assert len(log.reads) == 4


async def test_streams_do_not_wait_for_each_other(relay: Relay, layer: Layer, log: ListedLog) -> None:
    log.append(stream="room.2")
    ana = await listener(relay, log)
    await ana.subscribe(as_of=1, stream="room.2")
    log.open.clear()
    log.append()
    await publish(layer, log)
    await deliver(layer, log.append(stream="room.2"))
    await happens(lambda: ana.notebook.written == ["room.2/2"])
    log.open.set()
    await happens(lambda: len(ana.notebook.written) == 3)


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(1, 25))
def test_whatever_is_lost_doubled_or_disordered_everyone_hears_everything_once(
    chance: random.Random, number: int
) -> None:
    async def play() -> None:
        layer, log = Layer(), ListedLog(chance.randrange(4))
        relay = Relay(layer=layer, log=log)
        listeners: list[tuple[int, Listener]] = []
        in_flight: list[Entry] = []
        for _ in range(number):
            match chance.randrange(4):
                case 0:
                    since = chance.randint(0, log.head())
                    as_of = log.head()
                    if chance.random() < 0.5:
                        in_flight.append(log.append())  # committed after the right was checked
                    new = await Listener(relay).attach()
                    await new.subscribe(as_of=as_of, since=since)
                    listeners.append((since, new))
                case 1 | 2:
                    entry = log.append()
                    in_flight += [entry] * chance.randrange(3)  # lost, sent, or doubled
                case 3 if in_flight:
                    await deliver(layer, in_flight.pop(chance.randrange(len(in_flight))))
                    await asyncio.sleep(0)
        last = log.append()
        await deliver(layer, last)
        for since, heard in listeners:
            await happens(partial(operator.contains, heard.seqs, last.seq))
            assert heard.seqs == list(range(since + 1, last.seq + 1))
        await stop(relay)

    asyncio.run(play())


# --- one group, one frame ---


async def test_a_group_is_joined_once_for_all_sockets(relay: Relay, layer: Layer, log: ListedLog) -> None:
    everyone = [await listener(relay, log) for _ in range(5)]
    assert layer.joined == [CONTROL_GROUP, STREAM]
    await publish(layer, log)
    await happens(lambda: [one.seqs for one in everyone] == [[4]] * 5)


async def test_sockets_that_come_together_join_it_once(relay: Relay, layer: Layer, log: ListedLog) -> None:
    log.open.clear()
    coming = [asyncio.ensure_future(listener(relay, log)) for _ in range(5)]
    await happens(lambda: STREAM in layer.joined)
    log.open.set()
    everyone = await asyncio.gather(*coming)
    assert layer.joined == [CONTROL_GROUP, STREAM]
    await publish(layer, log)
    await happens(lambda: [one.seqs for one in everyone] == [[4]] * 5)


async def test_a_frame_is_encoded_once_for_all_sockets(relay: Relay, layer: Layer, log: ListedLog) -> None:
    encoded: list[int] = []

    def encode(entry: Entry) -> str:
        encoded.append(entry.seq)
        return f"frame {entry.seq}"

    everyone = [await Listener(relay).attach() for _ in range(50)]
    for one in everyone:
        await relay.subscribe(
            one.socket, STREAM, since=None, as_of=3, encode=encode, ended=one.endings.append, answer=lambda _: None
        )
    await publish(layer, log)
    await happens(lambda: all(one.notebook.written for one in everyone))
    assert encoded == [4]
    frames = {id(frame) for one in everyone for frame in one.notebook.written}
    assert len(frames) == 1


async def test_a_form_may_have_no_frame_for_an_entry(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log), await Listener(relay).attach()
    await relay.subscribe(
        berto.socket,
        STREAM,
        since=None,
        as_of=3,
        encode=lambda entry: None if entry.seq == 4 else entry.payload,
        ended=berto.endings.append,
        answer=lambda _: "subscribed",
    )
    await publish(layer, log)
    await publish(layer, log)
    await happens(lambda: len(ana.seqs) == 2)
    assert berto.notebook.written == ["subscribed", f"{STREAM}/5"]


async def test_the_group_is_left_with_the_last_socket(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log), await listener(relay, log)
    relay.unsubscribe(ana.socket, STREAM)
    await publish(layer, log)
    await happens(lambda: berto.seqs == [4])
    assert STREAM in layer.groups
    relay.detach(berto.socket)
    await happens(lambda: STREAM not in layer.groups)
    assert ana.seqs == []


async def test_the_group_is_joined_again_and_nothing_is_missing(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    relay.detach(ana.socket)
    await happens(lambda: STREAM not in layer.groups)
    await publish(layer, log)  # nobody hears it
    again = await listener(relay, log, since=3)
    await publish(layer, log)
    await happens(lambda: again.seqs == [4, 5])


async def test_who_comes_while_the_last_one_goes_hears_everything(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    berto = await Listener(relay).attach()
    log.open.clear()
    coming = asyncio.ensure_future(berto.subscribe(as_of=3, since=0))
    await happens(lambda: log.reads)
    relay.detach(ana.socket)
    for _ in range(20):
        await asyncio.sleep(0)
    log.open.set()
    await coming
    await publish(layer, log)
    await happens(lambda: berto.seqs == [1, 2, 3, 4])


async def test_who_comes_while_the_group_is_being_left_hears_everything(
    relay: Relay, layer: Layer, log: ListedLog
) -> None:
    ana = await listener(relay, log)
    berto = await Listener(relay).attach()
    layer.lets_go.clear()
    relay.detach(ana.socket)
    await happens(lambda: layer.leaving)
    coming = asyncio.ensure_future(berto.subscribe(as_of=3))
    for _ in range(20):
        await asyncio.sleep(0)
    layer.lets_go.set()
    await coming
    await publish(layer, log)
    await happens(lambda: berto.seqs == [4])


async def test_who_goes_while_subscribing_leaves_nothing_behind(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await Listener(relay).attach()
    log.open.clear()
    coming = asyncio.ensure_future(ana.subscribe(as_of=3, since=0))
    await happens(lambda: STREAM in layer.joined)
    relay.detach(ana.socket)
    log.open.set()
    await coming
    assert ana.answers == []
    await happens(lambda: STREAM not in layer.groups)


async def test_a_subscription_that_fails_leaves_nothing_behind(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await Listener(relay).attach()
    log.failures = 1
    with pytest.raises(OSError, match="cannot be reached"):
        await ana.subscribe(as_of=3, since=0)
    await happens(lambda: STREAM not in layer.groups)
    await ana.subscribe(as_of=3, since=0)
    assert ana.seqs == [1, 2, 3]
    relay.unsubscribe(ana.socket, STREAM)
    await happens(lambda: STREAM not in layer.groups)


async def test_a_stream_that_does_not_exist_is_gone(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await Listener(relay).attach()
    with pytest.raises(StreamGone):
        await ana.subscribe(as_of=0, stream="room.9")
    await happens(lambda: "room.9" not in layer.groups)
    assert relay.subscriptions(ana.socket) == set()


# --- who listens to what ---


async def test_what_a_socket_listens_to_is_known(relay: Relay, log: ListedLog) -> None:
    log.append(stream="room.2")
    ana = await listener(relay, log, "user:1")
    await ana.subscribe(as_of=1, stream="room.2")
    assert relay.subscriptions(ana.socket) == {STREAM, "room.2"}
    relay.unsubscribe(ana.socket, STREAM)
    relay.unsubscribe(ana.socket, "room.9")
    assert relay.subscriptions(ana.socket) == {"room.2"}


async def test_sockets_are_counted_by_key(relay: Relay) -> None:
    one, other = await Listener(relay, "user:1", "session:a").attach(), await Listener(relay, "user:1").attach()
    assert (relay.count("user:1"), relay.count("session:a"), relay.count("user:2")) == (2, 1, 0)
    relay.detach(one.socket)
    relay.detach(one.socket)
    assert (relay.count("user:1"), relay.count("session:a")) == (1, 0)
    relay.detach(other.socket)
    assert relay.count("user:1") == 0


async def test_who_left_is_written_to_no_more(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log), await listener(relay, log)
    relay.detach(ana.socket)
    await publish(layer, log)
    await happens(lambda: berto.seqs == [4])
    assert ana.seqs == []


async def test_a_broken_socket_does_not_end_the_fan_out(relay: Relay, layer: Layer, log: ListedLog) -> None:
    broken, ana = await listener(relay, log), await listener(relay, log)
    broken.notebook.broken = True
    await publish(layer, log)
    await publish(layer, log)
    await happens(lambda: ana.notebook.written == [f"{STREAM}/4", f"{STREAM}/5"])


# --- orders ---


async def test_a_cut_closes_every_socket_with_that_key(relay: Relay, layer: Layer, log: ListedLog) -> None:
    bertos = [await listener(relay, log, "user:2", f"session:{number}") for number in range(2)]
    ana = await listener(relay, log, "user:1")
    await layer.group_send(CONTROL_GROUP, {"type": "relay.cut", "number": 1, "key": "user:2", "code": 4401})
    await happens(lambda: all(one.notebook.code == 4401 for one in bertos))
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4])
    assert ana.notebook.code is None
    assert all(one.notebook.written == [] for one in bertos)


async def test_a_removal_ends_the_stream_for_whom_it_names(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log, "user:1"), await listener(relay, log, "user:2")
    await publish(layer, log, cut="user:2")
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4, 5])
    assert (berto.seqs, berto.endings) == ([], ["removed"])
    assert relay.subscriptions(berto.socket) == set()
    assert ana.endings == []


async def test_a_removal_that_was_lost_is_found_in_the_log(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log, "user:1"), await listener(relay, log, "user:2")
    log.append(cut="user:2")
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4, 5])
    assert (berto.seqs, berto.endings) == ([], ["removed"])


async def test_a_stream_that_ends_ends_for_everyone(relay: Relay, layer: Layer, log: ListedLog) -> None:
    everyone = [await listener(relay, log) for _ in range(3)]
    await layer.group_send(STREAM, {"type": "relay.end", "stream": STREAM, "reason": "room_deleted"})
    await happens(lambda: all(one.endings == ["room_deleted"] for one in everyone))
    await happens(lambda: STREAM not in layer.groups)
    assert all(relay.subscriptions(one.socket) == set() for one in everyone)


async def test_who_subscribes_while_the_stream_ends_comes_too_late(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log), await Listener(relay).attach()
    log.open.clear()
    late = asyncio.create_task(berto.subscribe(since=0, as_of=log.head()))
    await happens(lambda: log.reads)
    await layer.group_send(STREAM, {"type": "relay.end", "stream": STREAM, "reason": "room_deleted"})
    await happens(lambda: ana.endings == ["room_deleted"])
    log.open.set()
    with pytest.raises(StreamGone):
        await late
    assert berto.answers == []
    await happens(lambda: STREAM not in layer.groups)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "relay.nonsense"},
        {"type": "relay.entry"},
        {"type": "relay.entry", "stream": STREAM, "seq": "four", "payload": ""},
        {"type": "relay.entry", "stream": STREAM, "seq": None, "payload": None},
        {"type": "relay.entry", "stream": [], "seq": 4, "payload": ""},
        {"type": "relay.entry", "stream": "room.9", "seq": 4, "payload": ""},
        {"type": "relay.end", "stream": STREAM},
        {"type": "relay.end", "stream": "room.9", "reason": ""},
        {"type": "relay.entry", "stream": STREAM, "seq": 4, "payload": "", "cut": []},
        {"type": "relay.cut", "number": 1, "key": "user:1"},
        {"type": "relay.cut", "key": "user:1", "code": 4401},
        {"type": "relay.cut", "number": 1, "key": [], "code": 1},
    ],
    ids=str,
)
async def test_a_message_that_makes_no_sense_is_survived(
    relay: Relay, layer: Layer, log: ListedLog, message: dict[str, object]
) -> None:
    ana = await listener(relay, log, "user:1")
    await layer.group_send(STREAM, message)
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4])
    assert ana.notebook.code is None
    assert ana.endings == []


# --- the process's own ---


async def test_there_is_one_relay_in_a_process() -> None:
    assert get_relay() is get_relay()


async def test_a_slow_reader_is_closed_and_the_others_go_on(relay: Relay, layer: Layer, log: ListedLog) -> None:
    slow, ana = await listener(relay, log), await listener(relay, log)
    slow.notebook.backlog = 1001
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4])
    assert isinstance(slow.notebook, Notebook)
    assert slow.notebook.code == 4408
    assert slow.notebook.written == []


# --- what the channel layer never brings ---


@pytest.fixture
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep comes round at once."""
    monkeypatch.setattr("realtime.relay.SWEEP_SECONDS", 0.001)


@pytest.mark.usefixtures("swift")
async def test_the_last_entry_is_found_though_nothing_follows_it(relay: Relay, log: ListedLog) -> None:
    ana, berto = await listener(relay, log), await listener(relay, log)
    log.append()
    log.append()
    await happens(lambda: ana.seqs == berto.seqs == [4, 5])


@pytest.mark.usefixtures("swift")
async def test_a_stream_that_is_gone_ends(relay: Relay, log: ListedLog) -> None:
    ana = await listener(relay, log)
    del log.entries[STREAM]
    await happens(lambda: ana.endings == ["room_deleted"])
    assert relay.subscriptions(ana.socket) == set()


@pytest.mark.usefixtures("swift")
async def test_a_log_that_cannot_be_compared_is_compared_later(relay: Relay, log: ListedLog) -> None:
    ana = await listener(relay, log)
    log.failures = 5
    log.append()
    await happens(lambda: ana.seqs == [4])


@pytest.mark.usefixtures("swift")
async def test_an_order_that_was_lost_is_carried_out(layer: Layer, log: ListedLog) -> None:
    kept = Orders(Order(number=6, key="user:2", code=1012))
    relay = Relay(layer=layer, log=log, orders=kept)
    ana, berto = await listener(relay, log, "user:1"), await listener(relay, log, "user:2")
    kept.orders.append(Order(number=7, key="user:2", code=4401))
    await happens(lambda: berto.notebook.code == 4401)  # and not what was ordered before he came
    assert ana.notebook.code is None
    again = await listener(relay, log, "user:2")
    log.append()
    await happens(lambda: again.seqs == [4])
    assert again.notebook.code is None
    await stop(relay)


@pytest.mark.usefixtures("swift")
async def test_what_was_ordered_while_nobody_was_signed_in_concerns_nobody_later(layer: Layer, log: ListedLog) -> None:
    kept = Orders()
    relay = Relay(layer=layer, log=log, orders=kept)
    stranger = await listener(relay, log)  # keeps the sweep going
    early = await listener(relay, log, "user:2")
    relay.detach(early.socket)
    await happens(lambda: not relay._orders._known and relay._orders._looked is None)
    kept.orders.append(Order(number=7, key="user:2", code=4401))
    late = await listener(relay, log, "user:2")
    log.append()
    await happens(lambda: late.seqs == stranger.seqs == [4])
    for _ in range(3):
        await asyncio.sleep(0.002)
    assert late.notebook.code is None
    await stop(relay)


async def test_what_is_heard_while_somebody_comes_in_is_known_when_they_are_there(layer: Layer, log: ListedLog) -> None:
    """Between the look at who it is and the moment when the socket can be cut off."""
    kept = Orders()
    relay = Relay(layer=layer, log=log, orders=kept)
    await relay.keep_up()
    looked_up = monotonic()
    kept.orders.append(Order(number=7, key="user:2", code=4401))
    await relay._orders.look()
    ana, berto = [await Listener(relay, key).attach() for key in ("user:1", "user:2")]
    assert not relay.heard(ana.socket.keys, since=looked_up)
    assert relay.heard(berto.socket.keys, since=looked_up)
    assert not relay.heard(berto.socket.keys, since=monotonic())
    assert berto.notebook.code is None  # whoever let it in looks again
    await stop(relay)


class Orders:
    """Where orders are kept."""

    def __init__(self, *orders: Order) -> None:
        self.orders = list(orders)

    async def given_within(self, seconds: float) -> list[Order]:
        return self.orders


@pytest.mark.usefixtures("swift")
async def test_nothing_runs_while_nobody_is_there(relay: Relay, log: ListedLog) -> None:
    ana = await listener(relay, log)
    sweeping = relay._sweeper
    assert sweeping is not None
    relay.detach(ana.socket)
    await happens(sweeping.done)
    berto = await listener(relay, log)
    log.append()
    await happens(lambda: berto.seqs == [4])


# --- resuming ---


async def test_many_who_resume_at_once_cost_one_read(relay: Relay, log: ListedLog) -> None:
    for _ in range(60):
        log.append()
    await listener(relay, log)
    log.reads.clear()
    waiting = [await Listener(relay).attach() for _ in range(50)]
    await asyncio.gather(*(one.subscribe(since=60 - number, as_of=63) for number, one in enumerate(waiting)))
    assert len(log.reads) == 1
    assert [one.seqs for one in waiting] == [list(range(61 - number, 64)) for number in range(50)]


async def test_however_far_each_is_behind_they_share_what_is_read(relay: Relay, log: ListedLog) -> None:
    for _ in range(500):
        log.append()
    await listener(relay, log)
    log.reads.clear()
    waiting = [await Listener(relay).attach() for _ in range(500)]
    await asyncio.gather(*(one.subscribe(since=3 + number, as_of=503) for number, one in enumerate(waiting)))
    assert [one.seqs for one in waiting] == [list(range(4 + number, 504)) for number in range(500)]
    assert len(log.reads) == 5  # five pages, once


async def test_while_the_log_is_ahead_they_share_the_repair(relay: Relay, log: ListedLog) -> None:
    await listener(relay, log)
    for _ in range(50):
        log.append()
    log.reads.clear()
    waiting = [await Listener(relay).attach() for _ in range(50)]
    await asyncio.gather(*(one.subscribe(since=3, as_of=53) for one in waiting))
    assert [one.seqs for one in waiting] == [list(range(4, 54))] * 50
    assert len(log.reads) == 1


async def test_what_was_delivered_is_not_read_again(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    for _ in range(20):
        await publish(layer, log)
    await happens(lambda: len(ana.seqs) == 20)
    log.reads.clear()
    late = [await listener(relay, log, since=since) for since in (3, 10, 22, 23)]
    assert [one.seqs for one in late] == [list(range(since + 1, 24)) for since in (3, 10, 22, 23)]
    assert log.reads == []


async def test_what_one_resume_read_serves_the_next(relay: Relay, log: ListedLog) -> None:
    for _ in range(40):
        log.append()
    await listener(relay, log)
    log.reads.clear()
    late = [await listener(relay, log, since=since) for since in (30, 3, 0, 42)]
    assert [one.seqs for one in late] == [list(range(since + 1, 44)) for since in (30, 3, 0, 42)]
    assert len(log.reads) == 1


async def test_what_was_rewritten_is_remembered_by_nobody(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana = await listener(relay, log)
    for _ in range(3):
        await publish(layer, log)
    await deliver(layer, log.rewrite())
    await publish(layer, log)
    await happens(lambda: len(ana.seqs) == 5)
    for since in (0, 3, 5):
        late = await listener(relay, log, since=since)
        payloads = [entry.payload for entry in late.answers[0].entries]
        assert payloads == [entry.payload for entry in log.entries[STREAM][since:]]
    assert log.entries[STREAM][0].payload == "rewritten 1"


async def test_what_was_read_before_a_rewriting_is_not_remembered_after_it(
    relay: Relay, layer: Layer, log: ListedLog
) -> None:
    for _ in range(3):
        log.append()
    ana = await listener(relay, log)
    read_before = log.entries[STREAM][:]
    log.open.clear()
    log.reads.clear()
    early = await Listener(relay).attach()
    asking = asyncio.create_task(early.subscribe(since=0, as_of=6))
    await happens(lambda: log.reads)
    entry = log.rewrite()
    # The read that is under way found the log as it was.
    rewritten, log.entries[STREAM] = log.entries[STREAM], read_before
    await deliver(layer, entry)
    await happens(lambda: ana.seqs == [7])
    log.open.set()
    await happens(lambda: early.seqs[:6] == [1, 2, 3, 4, 5, 6])
    log.entries[STREAM] = rewritten
    await asking
    late = await listener(relay, log, since=0)
    assert [entry.payload for entry in late.answers[0].entries] == [entry.payload for entry in rewritten]


async def test_a_read_that_fails_fails_those_who_wait_for_it_and_nobody_later(relay: Relay, log: ListedLog) -> None:
    await listener(relay, log)
    log.failures = 1
    early = [await Listener(relay).attach() for _ in range(3)]
    asked = await asyncio.gather(*(one.subscribe(since=0, as_of=3) for one in early), return_exceptions=True)
    assert [type(answer) for answer in asked] == [OSError] * 3
    late = await listener(relay, log, since=0)
    assert late.seqs == [1, 2, 3]


# --- a fault in one is nobody else's ---


async def test_who_cannot_be_told_comes_back_and_the_others_hear(relay: Relay, layer: Layer, log: ListedLog) -> None:
    faulty = await Listener(relay).attach()
    faulty.encode_fails = True
    await faulty.subscribe(as_of=log.head())
    ana = await listener(relay, log)
    await publish(layer, log)
    await happens(lambda: ana.seqs == [4])
    assert faulty.notebook.code == 1012


async def test_a_worker_that_leaves_takes_nobody_in(relay: Relay, log: ListedLog) -> None:
    relay.leaving = True
    late = await Listener(relay).attach()
    assert late.notebook.code == 1012
    assert relay.attached == []


# --- what passes by unwritten ---


async def whisper(layer: Layer, payload: str, *, by: str) -> None:
    await layer.group_send(STREAM, {"type": "relay.ephemeral", "stream": STREAM, "by": by, "payload": payload})


async def test_what_is_ephemeral_reaches_the_others_and_is_not_kept(relay: Relay, layer: Layer, log: ListedLog) -> None:
    ana, berto = await listener(relay, log, "user:1"), await listener(relay, log, "user:2")
    await whisper(layer, "ana types", by="user:1")
    await happens(lambda: berto.notebook.written == ["ana types"])
    assert ana.notebook.written == []
    late = await listener(relay, log, since=0)
    assert late.notebook.written == []
    assert log.reads == [(STREAM, 0)]


async def test_the_same_person_is_passed_on_now_and_then(
    relay: Relay, layer: Layer, log: ListedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.stream.EPHEMERAL_SECONDS", 3600)
    carla = await listener(relay, log, "user:3")
    for by in ("user:1", "user:1", "user:2", "user:1"):
        await whisper(layer, f"{by} types", by=by)
    await publish(layer, log)
    await happens(lambda: carla.seqs == [4])
    assert carla.notebook.written == ["user:1 types", "user:2 types", f"{STREAM}/4"]
