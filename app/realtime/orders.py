"""Which orders (to close somebody's sockets) this process has carried out already."""

from time import monotonic

from realtime.log import Order, Orders

# Numbers are given before the commit: an order may appear after one with a higher number, but not by more than this.
OVERLAP_SECONDS = 60.0


class StandingOrders:
    """Each order once, whether the channel layer brought it or a look into where orders are kept."""

    def __init__(self, kept: Orders) -> None:
        self._kept = kept
        self._looked = monotonic()
        self._known: dict[int, float] = {}

    def is_new(self, order: Order) -> bool:
        """Whether `order` was not asked about before."""
        new = order.number not in self._known
        self._known[order.number] = monotonic()
        return new

    async def missed(self) -> list[Order]:
        """Those given since the last look, with an overlap. What is older than that is forgotten here."""
        now = monotonic()
        orders = await self._kept.given_within(now - self._looked + OVERLAP_SECONDS)
        self._looked = now
        oldest = now - 2 * OVERLAP_SECONDS
        self._known = {number: at for number, at in self._known.items() if at > oldest}
        return orders
