"""Orders that the channel layer brought, lost or doubled are carried out once."""

from realtime.log import Order
from realtime.orders import OVERLAP_SECONDS, StandingOrders


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


FIRST = Order(number=1, key="user:1", code=4401)
SECOND = Order(number=2, key="user:1", code=4401)


async def test_an_order_is_new_once() -> None:
    standing = StandingOrders(Kept())
    assert standing.is_new(FIRST)
    assert not standing.is_new(FIRST)


async def test_another_order_about_the_same_sockets_is_another() -> None:
    standing = StandingOrders(Kept())
    assert standing.is_new(FIRST)
    assert standing.is_new(SECOND)


async def test_what_the_layer_lost_is_found_and_what_it_brought_is_known() -> None:
    standing = StandingOrders(Kept(FIRST, SECOND))
    assert standing.is_new(FIRST)
    assert [order for order in await standing.missed() if standing.is_new(order)] == [SECOND]
    assert [order for order in await standing.missed() if standing.is_new(order)] == []


async def test_what_was_ordered_before_anyone_came_concerns_nobody() -> None:
    kept = Kept(FIRST)
    standing = StandingOrders(kept)
    await standing.begin()
    kept.orders.append(SECOND)
    assert [order for order in await standing.missed() if standing.is_new(order)] == [SECOND]
    standing.end()
    await standing.begin()
    assert [order for order in await standing.missed() if standing.is_new(order)] == []


async def test_a_look_that_failed_is_made_up_for() -> None:
    kept = Kept()
    standing = StandingOrders(kept)
    await standing.missed()
    kept.fails = True
    try:
        await standing.missed()
    except OSError:
        kept.fails = False
    await standing.missed()
    first, failed, after = kept.asked
    assert first >= OVERLAP_SECONDS
    # The span of the look that failed is in that of the next one.
    assert after >= failed
