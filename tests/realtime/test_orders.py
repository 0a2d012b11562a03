"""Orders that the channel layer brought, lost or doubled are carried out once; and it is known since when."""

import asyncio
from time import monotonic

import pytest

from realtime.log import Order
from realtime.orders import FRESH_SECONDS, OVERLAP_SECONDS, StandingOrders


class Kept:
    """Where orders are kept; it writes down for how far back it was asked."""

    def __init__(self, *orders: Order) -> None:
        self.orders = list(orders)
        self.asked: list[float] = []
        self.fails = False

    async def given_within(self, seconds: float) -> list[Order]:
        self.asked.append(seconds)
        if self.fails:
            raise OSError("nobody is there")
        return self.orders


class Process:
    """Carries orders out, and has somebody whom they may concern."""

    def __init__(self, *orders: Order) -> None:
        self.kept = Kept(*orders)
        self.obeyed: list[Order] = []
        self.concerned = True
        self.standing = StandingOrders(self.kept, obey=self.obeyed.append, concerned=lambda: self.concerned)


FIRST = Order(number=1, key="user:1", code=4401)
SECOND = Order(number=2, key="user:1", code=4401)


async def test_an_order_is_carried_out_once() -> None:
    process = Process()
    for _ in range(2):
        process.standing.hear(FIRST)
    assert process.obeyed == [FIRST]


async def test_another_order_about_the_same_sockets_is_another() -> None:
    process = Process()
    for order in (FIRST, SECOND):
        process.standing.hear(order)
    assert process.obeyed == [FIRST, SECOND]


async def test_what_the_layer_lost_is_found_and_what_it_brought_is_known() -> None:
    process = Process(FIRST, SECOND)
    process.standing.hear(FIRST)
    for _ in range(2):
        await process.standing.look()
    assert process.obeyed == [FIRST, SECOND]


async def test_what_was_ordered_before_anyone_came_is_known() -> None:
    process = Process(FIRST)
    process.concerned = False
    await process.standing.keep_up()
    process.concerned = True
    process.obeyed.clear()
    process.kept.orders.append(SECOND)
    await process.standing.look()
    assert process.obeyed == [SECOND]


async def test_while_somebody_is_here_nobody_who_comes_has_to_look() -> None:
    process = Process()
    for _ in range(3):
        await process.standing.keep_up()
    assert len(process.kept.asked) == 1
    process.standing.rest()
    await process.standing.keep_up()
    assert len(process.kept.asked) == 2


async def test_who_comes_first_looks_unless_another_has_just_done_so(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    process.concerned = False
    await asyncio.gather(*(process.standing.keep_up() for _ in range(50)))
    await process.standing.keep_up()
    assert len(process.kept.asked) == 1
    monkeypatch.setattr("realtime.orders.FRESH_SECONDS", -1.0)
    await process.standing.keep_up()
    assert len(process.kept.asked) == 2
    # While nobody was here nothing was missed, however long that was.
    assert process.kept.asked == pytest.approx([OVERLAP_SECONDS] * 2, abs=FRESH_SECONDS)


async def test_it_is_known_what_was_heard_since_a_moment() -> None:
    process = Process(FIRST)
    before = monotonic()
    await process.standing.look()
    assert process.standing.heard({"user:1", "session:1"}, since=before)
    assert not process.standing.heard({"user:2"}, since=before)
    after = monotonic()
    await process.standing.look()  # the same order again says nothing new
    assert not process.standing.heard({"user:1"}, since=after)


async def test_what_is_long_past_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(FIRST)
    await process.standing.look()
    process.kept.orders.clear()
    monkeypatch.setattr("realtime.orders.OVERLAP_SECONDS", 0.0)
    await process.standing.look()
    assert not process.standing.heard({"user:1"}, since=0.0)


async def test_a_look_that_failed_is_made_up_for() -> None:
    process = Process()
    await process.standing.look()
    process.kept.fails = True
    with pytest.raises(OSError, match="nobody"):
        await process.standing.look()
    process.kept.fails = False
    await process.standing.look()
    first, failed, after = process.kept.asked
    assert first >= OVERLAP_SECONDS
    # The span of the look that failed is in that of the next one.
    assert after >= failed
