"""Which orders (to close somebody's sockets) this process has carried out already."""

import asyncio
from time import monotonic

from realtime.log import Order, Orders

# Numbers are given before the commit: an order may appear after one with a higher number, but not by more than this.
OVERLAP_SECONDS = 60.0


class StandingOrders:
    """Each order once, whether the channel layer brought it or a look into where orders are kept."""

    def __init__(self, kept: Orders) -> None:
        self._kept = kept
        self._beginning = asyncio.Lock()
        self._looked: float | None = None
        self._known: dict[int, float] = {}

    def is_new(self, order: Order) -> bool:
        """Whether `order` was not asked about before."""
        new = order.number not in self._known
        self._known[order.number] = monotonic()
        return new

    async def begin(self) -> None:
        """What was ordered until now concerns nobody who comes later; called before the first socket is let in."""
        async with self._beginning:
            if self._looked is None:
                for order in await self._look():
                    self.is_new(order)

    def end(self) -> None:
        """Nobody is here any more."""
        self._looked = None
        self._known.clear()

    async def missed(self) -> list[Order]:
        """Those given since the last look, with an overlap; what is older is forgotten here."""
        orders = await self._look()
        kept = {order.number for order in orders}
        oldest = monotonic() - 2 * OVERLAP_SECONDS
        self._known = {number: at for number, at in self._known.items() if at > oldest or number in kept}
        return orders

    async def _look(self) -> list[Order]:
        now = monotonic()
        since = now if self._looked is None else self._looked
        orders = await self._kept.given_within(now - since + OVERLAP_SECONDS)
        self._looked = now
        return orders
